// SPDX-License-Identifier: Apache-2.0
import { type Address, keccak256, type PublicClient } from "viem";
import { abis } from "../chain/abis.ts";
import type { Sender } from "../chain/sender.ts";
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";
import { backoffMs } from "../core/retry.ts";
import {
  type ActionJournal,
  actionKey,
  actionToJson,
  type ConsoleRequest,
  type HolderAction,
  type JournaledAction,
} from "./action.ts";
import { contractProblem } from "./contractProblem.ts";
import { customErrors } from "./contracts.ts";
import { ProblemError } from "./problem.ts";
import type { Hex } from "./types.ts";
import type { Wake } from "./wake.ts";

export interface ActionsParameters {
  readonly chain: PublicClient;
  /** The Leases contract. */
  readonly leases: Address;
  /** The Requests contract. */
  readonly requests: Address;
  /** Of the relayer's account, which pays the gas. */
  readonly sender: Sender;
  readonly actions: ActionJournal;
  /** keccak256 of the last launch spec given for a lease; undefined while there is none. */
  launchedSpec(leaseId: Hex): Hex | undefined;
  /** The last block of the chain that no reorg takes back. */
  finalized(): bigint;
  readonly wake: Wake;
  /** How long to sleep when nothing happens. */
  readonly pollMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

export interface Actions {
  /**
   * Checks an action and promises to submit it: it is on disk when this resolves.
   * @returns whether what it asks for is so already
   * @throws ProblemError when it is refused; nothing has changed then
   */
  accept(action: HolderAction): Promise<{ done: boolean }>;
  /**
   * Submits a request for the console, which costs nobody anything when it is lost: its holder asks again.
   * @throws ProblemError when it is refused
   */
  requestConsole(request: ConsoleRequest): Promise<{ done: false }>;
  /** Submits what was promised, until the signal ends it. */
  run(): Promise<void>;
}

export function createActions(parameters: ActionsParameters): Actions {
  const { actions, wake, pollMs, clock, log, signal } = parameters;
  return {
    async accept(action) {
      const { holder, state } = await readLease(action.leaseId, parameters);
      const nonce = await readNonce(holder, undefined, parameters);
      const key = actionKey(holder, nonce);
      const promised = actions.get(key)?.action;
      if (promised !== undefined && isSame(promised, action)) return { done: false };
      const refusal = await simulate(callOf(action, parameters), parameters);
      if (refusal !== undefined) {
        if (isDone(action, state, parameters)) return { done: true };
        throw refusal;
      }
      if (promised !== undefined) throw underWay(promised);
      await actions.put(key, { holder, nonce, action });
      wake.now();
      return { done: false };
    },
    async requestConsole({ leaseId, deadline, signature }) {
      await readLease(leaseId, parameters);
      const args = [leaseId, deadline, signature] as const;
      const contract = { address: parameters.requests, abi: abis.Requests } as const;
      const call = { ...contract, functionName: "requestConsoleBySig", args } as const;
      const refusal = await simulate(call, parameters);
      if (refusal !== undefined) throw refusal;
      parameters.sender.submit(call, signal).then(
        () => log.info({ leaseId, kind: "console" }, "action done"),
        (error: unknown) => signal.aborted || log.warn({ leaseId, kind: "console", err: error }, "action failed"),
      );
      return { done: false };
    },
    async run() {
      const waiter = wake.waiter();
      const attempts = new Map<Hex, Attempts>();
      while (!signal.aborted) {
        for (const [key, entry] of actions.all()) {
          await advance(key, entry, attempts, parameters).catch((error: unknown) => {
            signal.throwIfAborted();
            log.warn({ err: error, leaseId: entry.action.leaseId }, "action not looked at");
          });
        }
        await waiter.wait(pollMs, clock, signal);
      }
    },
  };
}

/** How submitting an action has gone so far. */
interface Attempts {
  failures: number;
  running: boolean;
  /** Not before this time again. */
  after: number;
}

/** Starts what is to be done for one action, if anything. The nonce says how far it has come. */
async function advance(
  key: Hex,
  entry: JournaledAction,
  attempts: Map<Hex, Attempts>,
  parameters: ActionsParameters,
): Promise<void> {
  const { actions, finalized, clock, log, signal } = parameters;
  const { holder, nonce, action } = entry;
  const attempt = attempts.get(key) ?? { failures: 0, running: false, after: 0 };
  if (attempt.running || attempt.after > clock.now()) return;
  const next = await readNonce(holder, undefined, parameters);
  if (next > nonce) {
    // Kept until it is final: a reorg of the chain may take it back, and then it is submitted again.
    if ((await readNonce(holder, finalized(), parameters)) <= nonce) return;
    attempts.delete(key);
    return await actions.remove(key);
  }
  // One before it was taken back, and comes first.
  if (next < nonce) return;
  attempts.set(key, { ...attempt, running: true });
  const ended = (failures: number, after: number) => attempts.set(key, { failures, after, running: false });
  submit(key, entry, parameters).then(
    // Endpoints hear of it in a moment.
    () => ended(0, clock.now() + SETTLE_MS),
    (error: unknown) => {
      if (signal.aborted) return;
      const failures = attempt.failures + 1;
      log.warn({ leaseId: action.leaseId, kind: action.kind, failures, err: error }, "action not submitted yet");
      ended(failures, clock.now() + backoffMs(failures));
    },
  );
}

const SETTLE_MS = 2_000;

/** @throws what may pass; what does not, ends the promise */
async function submit(
  key: Hex,
  { holder, nonce, action }: JournaledAction,
  parameters: ActionsParameters,
): Promise<void> {
  const { actions, sender, log, signal } = parameters;
  const { leaseId, kind } = action;
  try {
    await sender.submit(callOf(action, parameters), signal);
    log.info({ leaseId, kind }, "action done");
  } catch (error) {
    const refusal = contractProblem(error);
    if (refusal === undefined || refusal.status === 503) throw error;
    // Another relayer was quicker, or our own transaction is only now heard of.
    if ((await readNonce(holder, undefined, parameters)) > nonce) return;
    log.warn({ leaseId, kind, refusal }, "action refused");
    await actions.remove(key);
  }
}

/** Tries a call without a transaction. @returns why the contracts refuse it @throws viem's BaseError */
async function simulate(
  call: ReturnType<typeof callOf> | { readonly abi: typeof abis.Requests },
  { chain, sender }: ActionsParameters,
): Promise<ProblemError | undefined> {
  try {
    await chain.simulateContract({ ...call, abi: [...call.abi, ...customErrors], account: sender.address } as never);
    return undefined;
  } catch (error) {
    const refusal = contractProblem(error);
    if (refusal === undefined) throw error;
    return new ProblemError(refusal);
  }
}

function callOf(action: HolderAction, { leases }: ActionsParameters) {
  const { leaseId, deadline, signature } = action;
  const contract = { address: leases, abi: abis.Leases } as const;
  return action.kind === "stop"
    ? ({ ...contract, functionName: "stopBySig", args: [leaseId, deadline, signature] } as const)
    : ({ ...contract, functionName: "launchBySig", args: [leaseId, action.launch, deadline, signature] } as const);
}

/** Whether somebody has done it before: what is signed counts once. */
function isDone(action: HolderAction, state: number, { launchedSpec }: ActionsParameters): boolean {
  if (action.kind === "stop") return state === CLOSED;
  return launchedSpec(action.leaseId) === keccak256(action.launch.sealedSpec);
}

/** `State.Closed` of ILeases.sol. */
const CLOSED = 5;

async function readLease(leaseId: Hex, { chain, leases }: ActionsParameters) {
  const call = { address: leases, abi: abis.Leases, functionName: "lease", args: [leaseId] } as const;
  try {
    return await chain.readContract(call);
  } catch (error) {
    const refusal = contractProblem(error);
    if (refusal?.code !== "Leases_UnknownLease") throw error;
    throw new ProblemError({ ...refusal, status: 404 });
  }
}

function readNonce(holder: Address, blockNumber: bigint | undefined, { chain, leases }: ActionsParameters) {
  const call = { address: leases, abi: abis.Leases, functionName: "nonces", args: [holder] } as const;
  return chain.readContract(blockNumber === undefined ? call : { ...call, blockNumber });
}

function isSame(a: HolderAction, b: HolderAction): boolean {
  const [one, other] = [a, b].map((each) => JSON.stringify(actionToJson(each)));
  return one === other;
}

function underWay(promised: HolderAction): ProblemError {
  return new ProblemError({
    code: "ACTION_UNDER_WAY",
    status: 409,
    title: "Another action of this holder is being submitted",
    detail: `A ${promised.kind} of lease ${promised.leaseId} uses the same nonce; sign again once it is done.`,
    have: promised.kind,
  });
}
