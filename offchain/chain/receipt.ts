// SPDX-License-Identifier: Apache-2.0
import { type Hash, type LocalAccount, type TransactionReceipt, TransactionReceiptNotFoundError } from "viem";
import type { Clock } from "../core/clock.ts";
import { type Allowance, broadcast, type Unsigned } from "./broadcast.ts";
import type { ChainClient } from "./clients.ts";
import { type Fees, higher, raised } from "./fees.ts";
import { TransactionError } from "./transactionError.ts";

export interface AwaitReceiptParameters {
  chain: { client: ChainClient; chainId: number };
  account: LocalAccount;
  clock: Clock;
  signal: AbortSignal;
  maxFeePerGas?: bigint;
  allowance?: Allowance;
  bumpAfterMs?: number;
  giveUpAfterMs?: number;
  pollMs?: number;
}

/** Looks in a row that must find the nonce mined, but not by us, before it is believed: endpoints lag. */
const TAKEN_LOOKS = 6;

/**
 * Waits until a transaction is mined, and sends it again with higher fees while it is not.
 * @throws TransactionError NOT_MINED, NONCE_TAKEN
 */
export async function awaitReceipt(
  sent: { transaction: Unsigned; hash: Hash; fees: Fees },
  parameters: AwaitReceiptParameters,
): Promise<TransactionReceipt> {
  const { chain, account, clock, signal, bumpAfterMs = 30_000, giveUpAfterMs = 600_000, pollMs = 500 } = parameters;
  const { nonce } = sent.transaction;
  const startedAt = clock.now();
  const hashes = [sent.hash];
  let { fees } = sent;
  let sentAt = startedAt;
  let takenLooks = 0;
  for (;;) {
    const receipt = await findReceipt(chain.client, hashes);
    if (receipt !== undefined) return receipt;
    const hash = hashes.at(-1) ?? sent.hash;
    const count = await chain.client
      .getTransactionCount({ address: account.address, blockTag: "latest" })
      .catch(() => undefined);
    takenLooks = count !== undefined && count > nonce ? takenLooks + 1 : 0;
    if (takenLooks >= TAKEN_LOOKS) {
      const message = `another transaction of ${account.address} was mined with nonce ${nonce}`;
      throw new TransactionError({ code: "NONCE_TAKEN", message, hash, retryable: true });
    }
    const now = clock.now();
    if (now - startedAt >= giveUpAfterMs) {
      const message = `transaction ${hash} with nonce ${nonce} is not mined after ${giveUpAfterMs} ms; it still may be`;
      throw new TransactionError({ code: "NOT_MINED", message, hash });
    }
    if (takenLooks === 0 && now - sentAt >= bumpAfterMs) {
      const again = await sendAgain(sent.transaction, fees, parameters);
      if (again !== undefined && !hashes.includes(again.hash)) hashes.push(again.hash);
      fees = again?.fees ?? fees;
      sentAt = now;
    }
    await clock.sleep(pollMs, signal);
  }
}

/** The receipt of whichever was mined; undefined also when no endpoint answers. */
async function findReceipt(client: ChainClient, hashes: readonly Hash[]): Promise<TransactionReceipt | undefined> {
  for (const hash of hashes) {
    try {
      return await client.getTransactionReceipt({ hash });
    } catch (error) {
      if (!(error instanceof TransactionReceiptNotFoundError)) return undefined;
    }
  }
  return undefined;
}

/** With higher fees as far as the cap allows, else as it was: its endpoint may have dropped it. */
async function sendAgain(transaction: Unsigned, fees: Fees, parameters: AwaitReceiptParameters) {
  const { chain, account, maxFeePerGas, allowance } = parameters;
  const { client, chainId } = chain;
  const current = await client.estimateFeesPerGas({ type: "eip1559" }).catch(() => fees);
  const next = higher(raised(fees), current);
  const affordable = maxFeePerGas === undefined || next.maxFeePerGas <= maxFeePerGas ? next : fees;
  try {
    return await broadcast(transaction, affordable, { client, account, chainId, maxFeePerGas, allowance });
  } catch (error) {
    // Refused now, such as for lack of funds: what was sent before is still waiting.
    if (error instanceof TransactionError) return undefined;
    throw error;
  }
}
