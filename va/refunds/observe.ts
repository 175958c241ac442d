// SPDX-License-Identifier: Apache-2.0
import type { Hex } from "../../offchain/bitcoin/bytes.ts";
import { leaseAddress } from "../../offchain/bitcoin/leaseAddress.ts";
import { taprootOutput } from "../../offchain/bitcoin/taproot.ts";
import {
  type Outpoint,
  parseTransaction,
  scriptKey,
  spentOutpoints,
  strippedBytes,
  type Transaction,
  visitOutputs,
} from "../../offchain/bitcoin/transaction.ts";
import { byOutpoint, type Coin } from "../bitcoin/coin.ts";
import type { CoinNode } from "./coinNode.ts";
import type { DebtChain, DebtView } from "./debt.ts";
import type { MinedMark } from "./markScan.ts";
import { refundIn } from "./marks.ts";
import type { MinedRefund, PendingRefund, Refunds } from "./plan.ts";

/** What {@link observeRefunds} reads with. */
export interface RefundEyes {
  readonly node: CoinNode;
  readonly chain: Pick<DebtChain, "depthOf">;
}

/** Bitcoin as it is for one debt. */
export interface Observed extends Refunds {
  /** The lease's coins that the chain has unspent, in a fixed order, whatever the mempool spends. */
  readonly own: readonly Coin[];
  /** What its former refunds left as change, likewise. */
  readonly change: readonly Coin[];
}

/**
 * Reads what Bitcoin has of a lease's coins and refunds.
 *
 * @param marked the best chain's transactions that are marked with the lease
 * @param at the best block, and its time
 */
export async function observeRefunds(
  { node, chain }: RefundEyes,
  debt: DebtView,
  marked: readonly MinedMark[],
  at: Pick<Refunds, "tip" | "tipTime">,
  signal: AbortSignal,
): Promise<Observed> {
  const own = await ownCoins(node, debt, signal);
  const mined: MinedRefund[] = [];
  for (const each of marked) {
    const refund = refundIn(each.transaction, debt.leaseId, debt.refundScript);
    if (refund === undefined) continue;
    mined.push({ ...refund, ...each, depth: await chain.depthOf(each.height, each.blockHash) });
  }
  const change = await changeCoins(node, debt, mined, signal);
  return { ...at, own, change, mined, pending: await pendingRefunds(node, debt, own, signal) };
}

async function ownCoins(node: CoinNode, debt: DebtView, signal: AbortSignal): Promise<Coin[]> {
  const coins = await coinsAt(node, debt, debt.payments.toSorted(byOutpoint), signal);
  return coins.filter(({ derived }) => derived !== undefined);
}

async function changeCoins(node: CoinNode, debt: DebtView, mined: readonly MinedRefund[], signal: AbortSignal) {
  const script = changeScriptOf(debt.bitcoinKey);
  const outpoints: Outpoint[] = [];
  for (const { transaction, txid } of mined) {
    visitOutputs(
      transaction,
      (length) => length === 34,
      (output) => {
        if (scriptKey(output.script) === script) outpoints.push({ txid, vout: output.vout });
      },
    );
  }
  return coinsAt(node, debt, outpoints.sort(byOutpoint), signal);
}

/** The key's own address (BIP-86): no lease's, so that what comes there is not counted as a payment. */
export function changeScriptOf(bitcoinKey: Hex): Hex {
  return taprootOutput(bitcoinKey, undefined, "mainnet").script; // the same everywhere
}

/** The outputs that the chain has unspent, those of the lease with how they are made. */
async function coinsAt(node: CoinNode, debt: DebtView, outpoints: readonly Outpoint[], signal: AbortSignal) {
  const { bitcoinKey, leaseId } = debt;
  const { merkleRoot, script: address } = leaseAddress(bitcoinKey, leaseId, "mainnet"); // likewise
  const change = changeScriptOf(bitcoinKey);
  const found = await node.unspent(outpoints, signal);
  return found.flatMap((coin): Coin[] => {
    if (coin === undefined) return [];
    const { script } = coin;
    if (script === change) return [{ ...coin, derived: { internalKey: bitcoinKey, merkleRoot: undefined } }];
    return [{ ...coin, derived: script === address ? { internalKey: bitcoinKey, merkleRoot } : undefined }];
  });
}

/**
 * Ours are those that spend the lease's coins, and those that the wallet made: anybody can mark a transaction, and one that
 * is never mined would keep us from paying.
 */
async function pendingRefunds(node: CoinNode, debt: DebtView, own: readonly Outpoint[], signal: AbortSignal) {
  const outpoints = own.map(({ txid, vout }) => ({ txid, vout }));
  const spenders = (await node.mempoolSpenders(outpoints, signal)).filter((txid) => txid !== undefined);
  const inMempool = await node.transactions([...new Set(spenders)], signal);
  const ofWallet = (await node.wallet?.pending(signal)) ?? [];
  const found = new Map<string, PendingRefund>();
  for (const transaction of [...inMempool, ...ofWallet.map(parseTransaction)]) {
    if (transaction === undefined) continue;
    const refund = refundIn(transaction, debt.leaseId, debt.refundScript);
    if (refund === undefined || found.has(refund.txid)) continue;
    const inputs = await coinsAt(node, debt, spentOutpoints(transaction), signal);
    const { virtualSize: vsize, paid } = sizeOf(transaction);
    const fee = inputs.reduce((sum, { value }) => sum + value, 0n) - paid;
    const since = (await node.inMempoolSince(refund.txid, signal)) ?? 0;
    found.set(refund.txid, { ...refund, fee, vsize, inputs, since });
  }
  return [...found.values()];
}

/** vbytes, and the satoshi of all outputs. */
function sizeOf(transaction: Transaction): { virtualSize: number; paid: bigint } {
  let paid = 0n;
  const all = () => true;
  visitOutputs(transaction, all, ({ value }) => {
    paid += value;
  });
  const stripped = strippedBytes(transaction).length;
  return { virtualSize: Math.ceil((3 * stripped + transaction.end - transaction.start) / 4), paid };
}
