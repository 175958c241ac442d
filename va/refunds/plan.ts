// SPDX-License-Identifier: Apache-2.0
import type { Outpoint } from "../../offchain/bitcoin/transaction.ts";
import { SMALLEST_DEBT } from "../../offchain/lease/debts.ts";
import { type Coin, outpointKey } from "../bitcoin/coin.ts";
import { type DebtView, type ProvenRefund, smaller } from "./debt.ts";
import type { MinedMark } from "./markScan.ts";
import type { Marked } from "./marks.ts";

/** A refund in the best chain. */
export interface MinedRefund extends Marked, MinedMark {
  /** As the light client has it: 0 when it does not know the block. */
  readonly depth: number;
}

/** A refund of ours that no block has. */
export interface PendingRefund extends Marked {
  /** Satoshi. */
  readonly fee: bigint;
  readonly vsize: number;
  /** The chain's height when it came into the mempool; 0 when it is not there. */
  readonly since: number;
  readonly inputs: readonly Coin[];
}

/** What Bitcoin has of a lease's refunds. */
export interface Refunds {
  /** Height of the best block. */
  readonly tip: number;
  /** Unix seconds of its miner's clock. */
  readonly tipTime: bigint;
  readonly mined: readonly MinedRefund[];
  readonly pending: readonly PendingRefund[];
}

/** What to do now; each step is safe to repeat. */
export type Step =
  | { readonly kind: "prove"; readonly refund: MinedRefund }
  | { readonly kind: "confirm" | "revoke"; readonly refund: Outpoint }
  /** Pay a debt of so many msat. */
  | { readonly kind: "pay"; readonly owed: bigint; readonly urgency: number }
  /** Replace a transaction that is not mined, at a higher fee rate. */
  | { readonly kind: "bump"; readonly refund: PendingRefund; readonly owed: bigint; readonly urgency: number };

/** A pending refund gets so many blocks before it is replaced. */
export const PATIENCE_BLOCKS = 6;
/** `REFUND_WINDOW` of BitcoinDebts.sol, seconds. */
const REFUND_WINDOW = 604_800n;
/** How far a miner's clock may be behind the close for a proof to be taken, less an hour for the next block's. */
const CLOCK_MARGIN = 3_600n;
/** Less than this paid to the refund script is no refund of ours, whatever it is marked with, satoshi. */
const NOTHING = 546n;

/**
 * The next step for one debt, or undefined when only time helps. Nothing is paid as long as any refund exists that the contracts
 * have not counted, in the chain or in the mempool: what it settles is not known to them yet.
 * @param now the latest block's time, unix seconds
 */
export function plan(debt: DebtView, bitcoin: Refunds, now: bigint): Step | undefined {
  for (const refund of debt.refunds) {
    const step = tend(refund, debt, bitcoin, now);
    if (step === "wait") return undefined;
    if (step !== undefined) return step;
  }
  const counted = new Set(debt.refunds.map(outpointKey));
  const isNew = ({ txid, paid }: Marked) => !counted.has(outpointKey({ txid, vout: paid }));
  const mined = bitcoin.mined.filter((each) => each.value >= NOTHING && isNew(each));
  if (mined.length > 0 && debt.owed > 0n) {
    const ready = mined.find(({ depth }) => depth >= debt.confirmations);
    return ready && { kind: "prove", refund: ready };
  }
  return planPayment(debt, bitcoin, bitcoin.pending.filter(isNew), now);
}

function planPayment(debt: DebtView, { tip, tipTime }: Refunds, pending: readonly PendingRefund[], now: bigint) {
  const owed = smaller(debt.owed, debt.finallyOwed);
  if (owed < SMALLEST_DEBT || debt.refundScript === "0x") return undefined;
  const urgency = urgencyOf(debt, now);
  if (pending.length > 0) {
    const slow = pending.find(({ since }) => tip - since >= PATIENCE_BLOCKS);
    return slow && ({ kind: "bump", refund: slow, owed, urgency } satisfies Step);
  }
  // A block whose clock says that it is older than the close proves nothing.
  if (tipTime + CLOCK_MARGIN < debt.closedAt) return undefined;
  return { kind: "pay", owed, urgency } satisfies Step;
}

/** What a refund that the contracts know of needs: to count for good; or when its block is gone, its new one, or to be forgotten. */
function tend(
  refund: ProvenRefund,
  { confirmations }: DebtView,
  bitcoin: Refunds,
  now: bigint,
): Step | "wait" | undefined {
  const { txid, vout, blockStands, confirmableAt } = refund;
  if (confirmableAt === undefined) return undefined;
  if (blockStands) return now >= confirmableAt ? { kind: "confirm", refund } : undefined;
  const again = bitcoin.mined.find((each) => each.txid === txid && each.paid === vout);
  if (again !== undefined) return again.depth >= confirmations ? { kind: "prove", refund: again } : "wait";
  return bitcoin.pending.some((each) => each.txid === txid) ? "wait" : { kind: "revoke", refund };
}

/** Within how many blocks a refund should be mined: the sooner, the nearer the deadline is. */
function urgencyOf({ closedAt }: DebtView, now: bigint): number {
  const left = closedAt + REFUND_WINDOW - now;
  if (left > REFUND_WINDOW / 2n) return 36;
  return left > REFUND_WINDOW / 7n ? 6 : 2;
}
