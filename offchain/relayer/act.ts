// SPDX-License-Identifier: Apache-2.0
import type { PublicClient } from "viem";
import type { Block } from "../bitcoin/block.ts";
import { bytesToHex, concatBytes, type Hex, hexToBytes, internalOrder } from "../bitcoin/bytes.ts";
import type { HeaderBatch } from "../bitcoin/headersSince.ts";
import type { LeaseAddress } from "../bitcoin/leaseAddress.ts";
import type { BitcoinNode } from "../bitcoin/node.ts";
import { provePayments, sharePaths } from "../bitcoin/provePayments.ts";
import { abis } from "../chain/abis.ts";
import type { Sender } from "../chain/sender.ts";
import { contractProblem } from "./contractProblem.ts";
import { type Addresses, paymentsAbi } from "./contracts.ts";
import type { Action } from "./plan.ts";
import type { Outpoint, Payment } from "./types.ts";

export interface ActParameters {
  readonly chain: PublicClient;
  readonly node: BitcoinNode;
  /** Of the relayer's account. */
  readonly sender: Sender;
  readonly addresses: Pick<Addresses, "lightClient" | "payments">;
  addressOf(leaseId: Hex): LeaseAddress | undefined;
  readonly signal: AbortSignal;
}

/**
 * Does one action, unless the chain has it already or has moved on.
 * @returns whether the chain has changed
 * @throws TransactionError, or viem's BaseError, with the contract's custom error when it is refused; errors of chain
 *   and node
 */
export async function act(action: Action, parameters: ActParameters): Promise<boolean> {
  try {
    if (action.kind === "submitHeaders") return await submitHeaders(action.batch, parameters);
    if (action.kind === "prove") return await prove(action.payments, parameters);
    return await revoke(action.outpoint, parameters);
  } catch (error) {
    if (OVERTAKEN.has(contractProblem(error)?.code ?? "")) return false;
    throw error;
  }
}

/** Refusals that mean that the chain has changed since the plan was made: another relayer was quicker, or a block came. */
const OVERTAKEN: ReadonlySet<string> = new Set([
  "BitcoinLightClient_NotMoreWork",
  "BitcoinPayments_NotCredited",
  "BitcoinPayments_BlockStands",
  "BitcoinProof_BlockNotCanonical",
]);

async function submitHeaders({ height, headers }: HeaderBatch, { sender, addresses, signal }: ActParameters) {
  const address = addresses.lightClient;
  const args = [height, bytesToHex(concatBytes(...headers.map(hexToBytes)))] as const;
  await sender.submit({ address, abi: abis.BitcoinLightClient, functionName: "submit", args }, signal);
  return true;
}

async function prove(batch: readonly Payment[], parameters: ActParameters): Promise<boolean> {
  const { chain, node, sender, addresses, signal } = parameters;
  const [first] = batch;
  if (first === undefined) return false;
  const block = await node.block(first.block.hash, signal);
  const args = proofOf(batch, block, first.block.height, parameters);
  const call = { address: addresses.payments, abi: abis.BitcoinPayments, functionName: "proveMany", args } as const;
  const simulated = { ...call, abi: paymentsAbi, account: sender.address } as const;
  const { result: credited } = await chain.simulateContract(simulated);
  // Another relayer was quicker, or the book has yet to hear of our own proof.
  if (credited === 0n) return false;
  await sender.submit(call, signal);
  return true;
}

/** The arguments of `proveMany`. */
function proofOf(batch: readonly Payment[], block: Block, height: number, { addressOf }: ActParameters) {
  const payments = batch.flatMap(({ leaseId, txid, vout, sats }) => {
    const to = addressOf(leaseId);
    return to === undefined ? [] : [{ to, txid, vout, value: sats, script: to.script }];
  });
  const { header, transactions } = provePayments({ block, height, payments });
  const outputOf = ({ to, vout }: (typeof payments)[number]) => {
    return { vout, outputKeyY: to.outputKey.y, leaseId: to.leaseId };
  };
  return [
    { height, header },
    sharePaths(transactions).map(({ index, stripped, path }) => ({ index, raw: stripped, path })),
    transactions.map((transaction) => transaction.payments.map(outputOf)),
  ] as const;
}

async function revoke({ txid, vout, leaseId }: Outpoint, { sender, addresses, signal }: ActParameters) {
  const address = addresses.payments;
  const args = [internalOrder(txid), vout, leaseId] as const;
  await sender.submit({ address, abi: abis.BitcoinPayments, functionName: "revoke", args }, signal);
  return true;
}
