// SPDX-License-Identifier: Apache-2.0
import type { Hex } from "../../offchain/bitcoin/bytes.ts";
import type { Clock } from "../../offchain/core/clock.ts";
import { messageOf } from "../../offchain/core/errors.ts";
import type { Logger } from "../../offchain/core/log.ts";
import type { Heads } from "../types.ts";
import { actRefund, type RefundHands } from "./act.ts";
import { type DebtView, smaller } from "./debt.ts";
import { createMarkScan, timeAt } from "./markScan.ts";
import { observeRefunds } from "./observe.ts";
import { plan, type Step } from "./plan.ts";

/** A lease that may owe. */
export interface Debtor {
  readonly leaseId: Hex;
  /** A block that is not after its first event. */
  readonly openedAt: bigint;
}

/** Refunds what closed bitcoin leases owe. */
export interface RefundKeeper {
  /**
   * Looks at every debtor and takes the next step of each: chain and node say what was done, so it may be called at any time and any
   * number of times.
   */
  keep(debtors: readonly Debtor[], heads: Heads, signal: AbortSignal): Promise<void>;
}

export interface RefundKeeperOptions {
  readonly hands: RefundHands;
  readonly clock: Clock;
  readonly log: Logger;
}

/** How long a PSBT that nobody has signed yet stays as it is, milliseconds. */
const UNSIGNED_PAUSE_MS = 3_600_000;

/** See {@link RefundKeeper}. What it remembers is a cache. */
export function createRefundKeeper({ hands, clock, log }: RefundKeeperOptions): RefundKeeper {
  const { node, chain } = hands;
  const scan = createMarkScan(node);
  /** When each PSBT to be signed was written. */
  const written = new Map<Hex, number>();

  const tend = async (debts: readonly DebtView[], now: bigint, signal: AbortSignal): Promise<void> => {
    const { blocks: tip, bestHash, initialBlockDownload } = await node.blockchainInfo(signal);
    const { loaded } = await node.mempool(signal);
    // What it does not know yet may be a refund.
    if (initialBlockDownload || !loaded) return;
    const tipTime = await timeAt(node, tip, signal);
    const earliest = debts.map(({ closedAt }) => closedAt).reduce(smaller, now);
    const marked = await scan.minedSince(earliest - CLOCK_TOLERANCE, signal);
    for (const debt of debts) {
      try {
        const seen = await observeRefunds(hands, debt, marked.get(debt.leaseId) ?? [], { tip, tipTime }, signal);
        // A block that came meanwhile may have what was in the mempool before: neither place would have shown it.
        if ((await node.blockchainInfo(signal)).bestHash !== bestHash) return;
        const step = plan(debt, seen, now);
        if (step === undefined || (isPayment(step) && isPaused(debt.leaseId))) continue;
        const line = { leaseId: debt.leaseId, refund: step.kind };
        log.debug(line, "act");
        const done = await actRefund(hands, debt, seen, step, signal);
        if (done.kind === "unsigned") written.set(debt.leaseId, clock.now());
        log[done.kind === "unsigned" ? "warn" : "info"]({ ...line, ...done }, MESSAGES[done.kind]);
      } catch (error) {
        if (signal.aborted) throw error;
        log.warn({ leaseId: debt.leaseId, err: error }, `refund failed: ${messageOf(error)}`);
      }
    }
  };

  const isPaused = (leaseId: Hex) => clock.now() - (written.get(leaseId) ?? -UNSIGNED_PAUSE_MS) < UNSIGNED_PAUSE_MS;

  return {
    async keep(debtors, { latest, finalized }, signal) {
      const debts: DebtView[] = [];
      for (const { leaseId, openedAt } of debtors) {
        const debt = await chain.debt(leaseId, openedAt, { latest, finalized });
        if (debt !== undefined) debts.push(debt);
      }
      if (debts.length > 0) await tend(debts, latest.timestamp, signal);
    },
  };
}

/** `CLOCK_TOLERANCE` of BitcoinDebts.sol, seconds. */
const CLOCK_TOLERANCE = 7_200n;

function isPayment({ kind }: Step): boolean {
  return kind === "pay" || kind === "bump";
}

const MESSAGES = {
  done: "done",
  waits: "a refund waits",
  unsigned: "a refund waits to be signed: sign the PSBT and send it",
} as const;
