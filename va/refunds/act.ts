// SPDX-License-Identifier: Apache-2.0
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Psbt } from "bitcoinjs-lib";
import { bytesToHex } from "../../offchain/bitcoin/bytes.ts";
import { merkleProof } from "../../offchain/bitcoin/merkleProof.ts";
import { strippedBytes } from "../../offchain/bitcoin/transaction.ts";
import { byOutpoint, type Coin } from "../bitcoin/coin.ts";
import type { BitcoinKey } from "../bitcoin/key.ts";
import { extract, type KeyOrigin, signDerived } from "../bitcoin/psbt.ts";

import { type BuiltRefund, buildRefund } from "./build.ts";
import type { CoinNode } from "./coinNode.ts";
import { type DebtChain, type DebtView, refundUp } from "./debt.ts";
import { changeScriptOf, type Observed } from "./observe.ts";
import type { MinedRefund, Step } from "./plan.ts";

/** What {@link actRefund} works with. */
export interface RefundHands {
  readonly node: CoinNode;
  readonly chain: DebtChain;
  /** Undefined: PSBTs are written for whoever signs. */
  readonly key: BitcoinKey | undefined;
  readonly origin: KeyOrigin | undefined;
  /** Where PSBTs to be signed are written. */
  readonly folder: string;
  /** Satoshi per vbyte; a refund pays no more. */
  readonly maxFeeRate: number;
}

/** What became of a step. */
export type Done =
  | { readonly kind: "done"; readonly txid: string }
  | { readonly kind: "waits"; readonly why: string }
  /** A PSBT waits in this file for somebody to sign it and send it. */
  | { readonly kind: "unsigned"; readonly file: string };

/** Satoshi per vbyte where the node has no estimate. */
const DEFAULT_FEE_RATE = 2;
/** A replacement's fee rate over that of what it replaces. */
const BUMP = 1.25;

/** Does one step. Each is safe to repeat. @throws SpendError, BitcoinNodeError, TransactionError */
export async function actRefund(
  hands: RefundHands,
  debt: DebtView,
  seen: Observed,
  step: Step,
  signal: AbortSignal,
): Promise<Done> {
  switch (step.kind) {
    case "prove":
      await hands.chain.prove(await proofOf(hands.node, debt, step.refund, signal));
      return { kind: "done", txid: step.refund.txid };
    case "confirm":
    case "revoke":
      await hands.chain[step.kind](step.refund);
      return { kind: "done", txid: step.refund.txid };
    case "pay":
      return pay(hands, debt, seen, step, signal);
    case "bump":
      return bump(hands, debt, seen, step, signal);
  }
}

async function pay(hands: RefundHands, debt: DebtView, seen: Observed, step: Payment, signal: AbortSignal) {
  const feeRate = Math.min(await marketRate(hands.node, step.urgency, signal), hands.maxFeeRate);
  const built = buildRefund({ ...(await common(hands, debt, seen, step, signal)), own: seen.own, feeRate });
  return send(hands, debt, built, signal);
}

/** Spends what the former transaction spends, so that only one of them can be mined. */
async function bump(
  hands: RefundHands,
  debt: DebtView,
  seen: Observed,
  step: Bump,
  signal: AbortSignal,
): Promise<Done> {
  const { fee, vsize, inputs: own, since } = step.refund;
  const former = Number(fee) / vsize;
  if (former >= hands.maxFeeRate) return { kind: "waits", why: "it pays the highest fee rate that is allowed" };
  const market = await marketRate(hands.node, step.urgency, signal);
  const feeRate = Math.min(Math.max(market, former * BUMP), hands.maxFeeRate);
  // What the mempool does not have needs not be outdone.
  const outdo = since > 0 ? { outdo: fee } : {};
  const built = buildRefund({ ...(await common(hands, debt, seen, step, signal)), own, feeRate, ...outdo });
  return send(hands, debt, built, signal);
}

type Bump = Extract<Step, { kind: "bump" }>;
type Payment = Extract<Step, { kind: "pay" | "bump" }>;

async function common(
  { node, origin }: RefundHands,
  debt: DebtView,
  { change }: Observed,
  { owed }: Payment,
  signal: AbortSignal,
) {
  return {
    leaseId: debt.leaseId,
    refundScript: debt.refundScript,
    value: refundUp(owed),
    spare: [...change, ...(await spareCoins(node, signal))],
    changeScript: changeScriptOf(debt.bitcoinKey),
    origin,
  };
}

async function marketRate(node: CoinNode, blocks: number, signal: AbortSignal): Promise<number> {
  const [estimate, least] = await Promise.all([node.feeRate(blocks, signal), node.leastFeeRate(signal)]);
  return Math.max(estimate ?? DEFAULT_FEE_RATE, least);
}

/**
 * The wallet's, largest first, in an order that depends on nothing but the coins: two appliances that see the same wallet
 * choose the same ones, and only one of their transactions can be mined.
 */
async function spareCoins({ wallet }: CoinNode, signal: AbortSignal): Promise<Coin[]> {
  const coins = (await wallet?.coins(signal)) ?? [];
  return coins
    .map((coin) => ({ ...coin, derived: undefined }))
    .sort((a, b) => (a.value === b.value ? byOutpoint(a, b) : a.value > b.value ? -1 : 1));
}

async function send(
  { node, key, folder }: RefundHands,
  debt: DebtView,
  { psbt: unsigned, inputs }: BuiltRefund,
  signal: AbortSignal,
): Promise<Done> {
  let psbt = unsigned;
  const ofWallet = inputs.some(({ derived }) => derived === undefined);
  if (ofWallet && node.wallet !== undefined)
    psbt = Psbt.fromBase64((await node.wallet.process(psbt.toBase64(), signal)).psbt);
  if (key !== undefined) signDerived(psbt, inputs, key);
  if (!isSigned(psbt)) {
    const file = join(folder, `refund-${debt.leaseId}.psbt`);
    await writeFile(file, `${psbt.toBase64()}\n`, { mode: 0o600 });
    return { kind: "unsigned", file };
  }
  const txid = await node.sendRawTransaction(extract(psbt), signal);
  return { kind: "done", txid };
}

function isSigned({ data }: Psbt): boolean {
  return data.inputs.every((input) => input.tapKeySig !== undefined || input.finalScriptWitness !== undefined);
}

async function proofOf(node: CoinNode, { terms }: DebtView, refund: MinedRefund, signal: AbortSignal) {
  const { path, index, header } = merkleProof(await node.block(refund.blockHash, signal), refund.txid);
  const raw = bytesToHex(strippedBytes(refund.transaction));
  return { terms, height: refund.height, header, index, raw, path, paid: refund.paid, mark: refund.mark };
}
