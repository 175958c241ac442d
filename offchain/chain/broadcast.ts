// SPDX-License-Identifier: Apache-2.0
import { type Hash, type Hex, keccak256, type LocalAccount } from "viem";
import type { ChainClient } from "./clients.ts";
import { type Fees, raised } from "./fees.ts";
import { TransactionError, textOf } from "./transactionError.ts";

/** A transaction but for its fees. */
export interface Unsigned {
  to: Hex;
  data: Hex;
  value: bigint;
  gas: bigint;
  nonce: number;
}

export interface BroadcastParameters {
  client: ChainClient;
  account: LocalAccount;
  chainId: number;
  maxFeePerGas: bigint | undefined;
  allowance?: Allowance | undefined;
}

/** Says what may be spent. A nonce is mined once, so what is reserved for it counts once however often it is sent. */
export interface Allowance {
  /**
   * Asked each time before a transaction is sent, which may then cost up to `wei`.
   * @throws TransactionError when that is too much: it is not sent
   */
  reserve(nonce: number, wei: bigint): Promise<void>;
  /** What the transaction with this nonce has cost; 0 when none was sent. */
  settle(nonce: number, wei: bigint): Promise<void>;
}

/** What an endpoint has, or may have: no answer is no refusal, and a nonce that is mined may be so by this transaction. */
export interface Broadcast {
  hash: Hash;
  fees: Fees;
}

/** A replacement is raised so often: to some 90 times the fee. */
const MAX_RAISES = 38;

/**
 * Signs and sends; where another transaction of this nonce is waiting, with fees high enough to take its place.
 * @throws TransactionError UNDERFUNDED, FEE_TOO_HIGH, REJECTED, SPENDING_LIMIT
 */
export async function broadcast(
  transaction: Unsigned,
  first: Fees,
  parameters: BroadcastParameters,
): Promise<Broadcast> {
  const { client, account, chainId, maxFeePerGas: cap, allowance } = parameters;
  let fees = first;
  for (let raises = 0; raises <= MAX_RAISES; raises++) {
    if (cap !== undefined && fees.maxFeePerGas > cap) break;
    await allowance?.reserve(transaction.nonce, transaction.gas * fees.maxFeePerGas + transaction.value);
    const serialized = await account.signTransaction({ type: "eip1559", chainId, ...transaction, ...fees });
    const hash = keccak256(serialized);
    try {
      await client.request({ method: "eth_sendRawTransaction", params: [serialized] });
      return { hash, fees };
    } catch (error) {
      const text = textOf(error);
      if (/already (known|imported)|known transaction|AlreadyKnown|nonce( is)? too low/i.test(text))
        return { hash, fees };
      if (/insufficient funds/i.test(text)) {
        const message = `${account.address} cannot pay: ${text}`;
        throw new TransactionError({ code: "UNDERFUNDED", message });
      }
      if (/underpriced|fee too low|max fee per gas less than/i.test(text)) fees = raised(fees);
      else if (isAnswer(error)) throw new TransactionError({ code: "REJECTED", message: text });
      else return { hash, fees };
    }
  }
  const message = `the chain asks for more than ${cap ?? fees.maxFeePerGas} wei per gas`;
  throw new TransactionError({
    code: "FEE_TOO_HIGH",
    message,
    have: cap,
    need: fees.maxFeePerGas,
    retryable: true,
  });
}

/** Whether the node itself said no; else it did not answer, and may have taken the transaction. */
function isAnswer(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "number" && error.code !== -1;
}
