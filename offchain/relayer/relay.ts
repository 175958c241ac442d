// SPDX-License-Identifier: Apache-2.0
import { TransactionError } from "../chain/transactionError.ts";
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";
import { backoffMs } from "../core/retry.ts";
import { contractProblem } from "./contractProblem.ts";
import { type Action, plan, type View } from "./plan.ts";
import { type Outpoint, outpointKey, type Payment } from "./types.ts";
import type { Waiter } from "./wake.ts";

export interface RelayParameters {
  /** Compares what the chain has with what Bitcoin has. */
  look(setAside: ReadonlySet<string>): Promise<View>;
  /** Does one action; resolves to whether the chain has changed. */
  act(action: Action): Promise<boolean>;
  readonly waiter: Waiter;
  /** How often both sides are asked for news; they wake us. */
  readonly pollMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** What has woken nobody is looked for so much more rarely. */
const IDLE_POLLS = 10;
/** Transactions of one account that a node holds before one of them is mined are few. */
const ACTIONS_AT_ONCE = 16;

/** Compares, acts and repeats until the signal ends it. No failure ends it, and none keeps other actions from being done. */
export async function relay(parameters: RelayParameters): Promise<void> {
  const { waiter, pollMs, clock, signal, log } = parameters;
  const refusals = createRefusals(clock);
  let failures = 0;
  while (!signal.aborted) {
    try {
      const acted = await round(parameters, refusals);
      failures = 0;
      if (!acted) await waiter.wait(pollMs * IDLE_POLLS, clock, signal);
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ err: error }, "cannot compare chain and bitcoin");
      await clock.sleep(backoffMs(++failures, { minMs: pollMs }), signal);
    }
  }
}

async function round(parameters: RelayParameters, refusals: Refusals): Promise<boolean> {
  const view = await parameters.look(refusals.standing());
  // Side by side: none builds on what another one does, and none has to wait until another is mined.
  const actions = plan(view).slice(0, ACTIONS_AT_ONCE);
  const acted = await Promise.all(actions.map((action) => attempt(action, parameters, refusals)));
  return acted.includes(true);
}

/** One action; a proof that is refused is tried again in halves, so that one bad payment keeps back no other. */
async function attempt(action: Action, parameters: RelayParameters, refusals: Refusals): Promise<boolean> {
  const { act, log, signal } = parameters;
  try {
    const acted = await act(action);
    if (acted) log.info(describe(action), "done");
    return acted;
  } catch (error) {
    signal.throwIfAborted();
    // Whoever counts the money says so, once.
    if (error instanceof TransactionError && error.code === "SPENDING_LIMIT") return false;
    const refusal = contractProblem(error);
    const halves = refusal === undefined ? [] : halvesOf(action);
    if (halves.length === 0) {
      log.warn({ ...describe(action), ...(refusal === undefined ? { err: error } : { refusal }) }, "not done");
      if (refusal !== undefined) refusals.add(outpointsOf(action));
      return false;
    }
    let acted = false;
    for (const half of halves) if (await attempt(half, parameters, refusals)) acted = true;
    return acted;
  }
}

function halvesOf(action: Action): Action[] {
  if (action.kind !== "prove" || action.payments.length < 2) return [];
  const middle = Math.ceil(action.payments.length / 2);
  const halves: (readonly Payment[])[] = [action.payments.slice(0, middle), action.payments.slice(middle)];
  return halves.map((payments) => ({ kind: "prove", payments }));
}

function outpointsOf(action: Action): readonly Outpoint[] {
  if (action.kind === "prove") return action.payments;
  return action.kind === "revoke" ? [action.outpoint] : [];
}

function describe(action: Action): object {
  if (action.kind === "submitHeaders") {
    return { action: action.kind, height: action.batch.height, headers: action.batch.headers.length };
  }
  const outpoints = outpointsOf(action).map(({ leaseId, txid, vout }) => ({ leaseId, txid, vout }));
  return { action: action.kind, outpoints };
}

/** Outpoints that the contracts have refused, each set aside for longer after each refusal. */
interface Refusals {
  add(outpoints: readonly Outpoint[]): void;
  standing(): ReadonlySet<string>;
}

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 3_600_000;

function createRefusals(clock: Clock): Refusals {
  const refused = new Map<string, { times: number; until: number }>();
  return {
    add: (outpoints) => {
      for (const key of outpoints.map(outpointKey)) {
        const times = (refused.get(key)?.times ?? 0) + 1;
        const until = clock.now() + backoffMs(times, { minMs: FIRST_PAUSE_MS, maxMs: LONGEST_PAUSE_MS });
        refused.set(key, { times, until });
      }
    },
    standing: () => {
      for (const [key, { until }] of refused) if (until + LONGEST_PAUSE_MS < clock.now()) refused.delete(key);
      return new Set([...refused].filter(([, { until }]) => until > clock.now()).map(([key]) => key));
    },
  };
}
