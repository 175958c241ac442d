// SPDX-License-Identifier: Apache-2.0
import { type Address, type PublicClient, recoverAddress } from "viem";
import { abis } from "../chain/abis.ts";
import type { Sender } from "../chain/sender.ts";
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";
import { backoffMs } from "../core/retry.ts";
import { BITCOIN, leaseIdOf, type TermsDomain } from "../lease/terms.ts";
import { contractProblem } from "./contractProblem.ts";
import { exchangeAbi } from "./contracts.ts";
import type { Journal, JournaledTake } from "./journal.ts";
import { ProblemError } from "./problem.ts";
import { type Take, takeToJson } from "./take.ts";
import type { Hex } from "./types.ts";
import type { Wake } from "./wake.ts";

export interface TakesParameters {
  readonly chain: PublicClient;
  readonly domain: TermsDomain;
  readonly exchange: Address;
  /** Of the relayer's account, which posts the bond from its vault balance. */
  readonly sender: Sender;
  readonly journal: Journal;
  /** The chain's block that opened a lease; undefined while none has. */
  openedIn(leaseId: Hex): bigint | undefined;
  /** The last block of the chain that no reorg takes back. */
  finalized(): bigint;
  /** Unix seconds. */
  chainTime(): number;
  readonly wake: Wake;
  /** How long to sleep when nothing happens. */
  readonly pollMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

export interface Takes {
  /**
   * Checks a take and promises to submit it: it is on disk when this resolves.
   * @returns its lease, and whether that is open already
   * @throws ProblemError when it is refused; nothing has changed then
   */
  accept(take: Take): Promise<{ leaseId: Hex; open: boolean }>;
  /** Submits what was promised, until the signal ends it. */
  run(): Promise<void>;
}

export function createTakes(parameters: TakesParameters): Takes {
  const { domain, journal, wake, pollMs, clock, signal } = parameters;
  return {
    async accept(take) {
      const leaseId = leaseIdOf(take.terms, domain);
      await requireSignature(take, leaseId, parameters);
      requireBitcoin(take);
      if (await isOpen(leaseId, parameters)) return { leaseId, open: true };
      requireSamePromise(journal.get(leaseId), take);
      await simulate(take, parameters).catch((error: unknown) => {
        const refusal = contractProblem(error);
        throw refusal === undefined ? error : new ProblemError(refusal);
      });
      await journal.put({ leaseId, take, refusal: undefined });
      wake.now();
      return { leaseId, open: false };
    },
    async run() {
      const waiter = wake.waiter();
      const underWay = new Map<Hex, Attempts>();
      while (!signal.aborted) {
        // None waits for another one's transaction.
        for (const entry of journal.all()) await advance(entry, underWay, parameters);
        await waiter.wait(pollMs, clock, signal);
      }
    },
  };
}

/** How submitting a take has gone so far. */
interface Attempts {
  failures: number;
  running: boolean;
  /** Not before this time again. */
  after: number;
}

const DAY_S = 86_400;
/** What stands against a take now may not do so until its deadline. */
const PASSING: ReadonlySet<string> = new Set(["Exchange_TooManyUnfunded", "Exchange_SoldOut"]);

/** Starts what is to be done for one take, if anything. */
async function advance(entry: JournaledTake, attempts: Map<Hex, Attempts>, parameters: TakesParameters): Promise<void> {
  const { leaseId, take, refusal } = entry;
  const { openedIn, finalized, chainTime, journal, clock, log, signal } = parameters;
  const block = openedIn(leaseId);
  const isLate = chainTime() > Number(take.terms.deadline) + DAY_S;
  // Kept until it is final: a reorg of the chain may take the lease back, and then it is opened again.
  if ((block !== undefined && block <= finalized()) || (refusal !== undefined && isLate)) {
    attempts.delete(leaseId);
    return journal.remove(leaseId);
  }
  const attempt = attempts.get(leaseId) ?? { failures: 0, running: false, after: 0 };
  const isDue = block === undefined && refusal === undefined && !attempt.running && attempt.after <= clock.now();
  if (!isDue) return;
  attempts.set(leaseId, { ...attempt, running: true });
  const ended = (failures: number, after: number) => attempts.set(leaseId, { failures, after, running: false });
  submit(entry, parameters).then(
    // The book hears of it in a moment.
    () => ended(0, clock.now() + SETTLE_MS),
    (error: unknown) => {
      if (signal.aborted) return;
      const failures = attempt.failures + 1;
      log.warn({ leaseId, failures, refusal: contractProblem(error), err: error }, "take not submitted yet");
      ended(failures, clock.now() + backoffMs(failures));
    },
  );
}

const SETTLE_MS = 2_000;

/** @throws what may pass; what does not, the journal keeps */
async function submit({ leaseId, take }: JournaledTake, parameters: TakesParameters): Promise<void> {
  const { journal, sender, log, signal } = parameters;
  try {
    await sender.submit(callOf(take, parameters), signal);
    log.info({ leaseId }, "lease opened");
  } catch (error) {
    const refusal = contractProblem(error);
    if (refusal?.code === "Leases_AlreadyOpened") return;
    // What we lack ourselves may come.
    if (refusal === undefined || refusal.status === 503 || PASSING.has(refusal.code)) throw error;
    log.warn({ leaseId, refusal }, "take refused");
    await journal.put({ leaseId, take, refusal });
  }
}

/** Tries a take without a transaction. @throws viem's BaseError */
async function simulate(take: Take, parameters: TakesParameters): Promise<void> {
  const { chain, sender } = parameters;
  await chain.simulateContract({ ...callOf(take, parameters), abi: exchangeAbi, account: sender.address });
}

function callOf({ order, terms, signature, launch }: Take, { exchange }: TakesParameters) {
  const args = [order, terms, signature, launch] as const;
  return { address: exchange, abi: abis.Exchange, functionName: "take", args } as const;
}

/** An account with code decides for itself what is its signature (ERC-1271); the simulation asks it. */
async function requireSignature({ terms, signature }: Take, leaseId: Hex, { chain }: TakesParameters): Promise<void> {
  const signer = await recoverAddress({ hash: leaseId, signature }).catch(() => undefined);
  if (signer === terms.holder) return;
  const code = await chain.getCode({ address: terms.holder });
  if (code !== undefined && code !== "0x") return;
  throw new ProblemError({
    code: "INVALID_SIGNATURE",
    status: 422,
    title: "The terms are not signed by their holder",
    detail:
      "The signature does not belong to these terms and this holder: one of them was altered, or the chain differs.",
    have: signer ?? "no signature of any account",
    need: terms.holder,
  });
}

/** Whoever takes an ask in a token pays the whole prepayment. */
function requireBitcoin({ terms }: Take): void {
  if (terms.quote === BITCOIN) return;
  throw new ProblemError({
    code: "NOT_PAID_IN_BITCOIN",
    status: 422,
    title: "The lease is not paid in bitcoin",
    detail: "This relayer posts reservation bonds; it pays for nobody. Take the ask with the account that pays.",
    have: terms.quote,
    need: BITCOIN,
  });
}

/** The signature does not cover the ask, and one lease cannot take two. */
function requireSamePromise(promised: JournaledTake | undefined, take: Take): void {
  if (promised === undefined || promised.refusal !== undefined) return;
  const [have, need] = [take, promised.take].map((each) => JSON.stringify(takeToJson(each)));
  if (have === need) return;
  throw new ProblemError({
    code: "TAKE_UNDER_WAY",
    status: 409,
    title: "These terms are being submitted already",
    detail: `A take of these terms from order ${promised.take.order} is under way; this one differs from it.`,
    have: `order ${take.order}`,
    need: `order ${promised.take.order}`,
  });
}

async function isOpen(leaseId: Hex, { chain, domain }: TakesParameters): Promise<boolean> {
  try {
    const call = { address: domain.leases, abi: abis.Leases, functionName: "lease", args: [leaseId] } as const;
    await chain.readContract(call);
    return true;
  } catch (error) {
    if (contractProblem(error)?.code === "Leases_UnknownLease") return false;
    throw error;
  }
}
