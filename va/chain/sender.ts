// SPDX-License-Identifier: Apache-2.0
import {
  BaseError,
  type Chain,
  decodeErrorResult,
  type Hash,
  type Hex,
  type PrivateKeyAccount,
  type PublicClient,
  type Transport,
  type WalletClient,
} from "viem";
import type { Clock } from "../../offchain/core/clock.ts";
import { errorsAbi } from "./abis.ts";
import { TransactionError } from "./applianceChain.ts";
import type { Call } from "./calls.ts";

/** What {@link createSender} needs. */
export interface SenderOptions {
  readonly reader: PublicClient;
  readonly wallet: WalletClient<Transport, Chain, PrivateKeyAccount>;
  readonly clock: Clock;
  /** How long to wait for a receipt, milliseconds. */
  readonly receiptTimeoutMs: number;
  /** How often to look for it, milliseconds. */
  readonly pollMs: number;
  readonly signal: AbortSignal;
}

/** Sends a call and resolves when it is mined. @throws TransactionError */
export type Sender = (call: Call) => Promise<void>;

/**
 * One account's transactions, one after the other: the next is signed when the former is mined, so that what it is based on
 * can be read first, and a transaction left over from a former life is waited for and never repeated.
 */
export function createSender(options: SenderOptions): Sender {
  let last: Promise<void> = Promise.resolve();
  return (call) => {
    const mine = last.catch(() => undefined).then(() => sendOne(options, call));
    last = mine;
    return mine;
  };
}

async function sendOne(options: SenderOptions, call: Call): Promise<void> {
  const { reader, wallet } = options;
  const account = wallet.account.address;
  await settled(options);
  let gas: bigint;
  try {
    gas = await reader.estimateGas({ account, ...call });
  } catch (error) {
    throw refusal(error) ?? new TransactionError("UNAVAILABLE", brief(error), { cause: error });
  }
  let hash: Hash;
  try {
    // What is estimated at one block may cost a little more at the next.
    hash = await wallet.sendTransaction({ ...call, gas: gas + gas / 4n });
  } catch (error) {
    throw new TransactionError("UNCERTAIN", brief(error), { cause: error });
  }
  await mined(options, hash);
}

/** Waits until no transaction of the account is under way. */
async function settled({ reader, wallet, clock, receiptTimeoutMs, pollMs, signal }: SenderOptions): Promise<void> {
  const { address } = wallet.account;
  const deadline = clock.now() + receiptTimeoutMs;
  for (;;) {
    const count = (blockTag: "latest" | "pending") => reader.getTransactionCount({ address, blockTag });
    let pair: readonly [number, number];
    try {
      pair = await Promise.all([count("latest"), count("pending")]);
    } catch (error) {
      throw new TransactionError("UNAVAILABLE", brief(error), { cause: error });
    }
    if (pair[1] <= pair[0]) return;
    if (clock.now() > deadline) {
      throw new TransactionError("UNAVAILABLE", `${pair[1] - pair[0]} transactions of ${address} are not mined`, {});
    }
    await clock.sleep(pollMs, signal);
  }
}

async function mined(options: SenderOptions, hash: Hash): Promise<void> {
  const { reader, clock, receiptTimeoutMs, pollMs, signal } = options;
  const deadline = clock.now() + receiptTimeoutMs;
  for (;;) {
    const receipt = await reader.getTransactionReceipt({ hash }).catch(() => undefined);
    if (receipt?.status === "success") return;
    if (receipt !== undefined) throw new TransactionError("REVERTED", `transaction ${hash} reverted`, {});
    if (clock.now() > deadline) throw new TransactionError("UNCERTAIN", `no receipt of ${hash} yet`, {});
    await clock.sleep(pollMs, signal);
  }
}

/** The contracts' own error, when that is what it was. */
function refusal(error: unknown): TransactionError | undefined {
  if (!(error instanceof BaseError)) return undefined;
  const data = revertData(error);
  if (data !== undefined) {
    const reason = errorName(data);
    return new TransactionError("REVERTED", `the contracts refuse it: ${reason ?? data.slice(0, 10)}`, {
      reason,
      cause: error,
    });
  }
  if (!/revert/i.test(error.message)) return undefined;
  return new TransactionError("REVERTED", brief(error), { cause: error });
}

function revertData(error: BaseError): Hex | undefined {
  const found = error.walk((each) => typeof (each as { data?: unknown }).data === "string");
  const data = (found as { data?: unknown } | null)?.data;
  return typeof data === "string" && /^0x[0-9a-f]{8,}$/i.test(data) ? (data as Hex) : undefined;
}

function errorName(data: Hex): string | undefined {
  try {
    return decodeErrorResult({ abi: errorsAbi, data }).errorName;
  } catch {
    return undefined;
  }
}

function brief(error: unknown): string {
  return error instanceof BaseError ? error.shortMessage : String(error);
}
