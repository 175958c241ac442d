// SPDX-License-Identifier: Apache-2.0
import {
  type Abi,
  type Address,
  type ContractFunctionName,
  type ContractFunctionParameters,
  type EncodeFunctionDataParameters,
  encodeFunctionData,
  type Hex,
  type LocalAccount,
  type TransactionReceipt,
} from "viem";
import type { Clock } from "../core/clock.ts";
import { type Allowance, broadcast, type Unsigned } from "./broadcast.ts";
import type { ChainClient } from "./clients.ts";
import type { Fees } from "./fees.ts";
import { createNonces } from "./nonces.ts";
import { awaitReceipt } from "./receipt.ts";
import { type Revert, revertOf, TransactionError, textOf } from "./transactionError.ts";

export interface SenderParameters {
  /** `createChain(…)` */
  chain: { client: ChainClient; chainId: number };
  /** Pays and signs. No other process may use its key, or calls end in NONCE_TAKEN. */
  account: LocalAccount;
  /** ABIs of contracts whose custom errors can come through those that are called. */
  errors?: Abi;
  clock: Clock;
  /** Wei; no transaction offers more per gas. Default: no bound. */
  maxFeePerGas?: bigint;
  /** Default: all may be spent. */
  allowance?: Allowance;
  /** A transaction that is not mined by then is sent again with higher fees, and so on. Default 30,000. */
  bumpAfterMs?: number;
  /** Then NOT_MINED. Default 600,000. */
  giveUpAfterMs?: number;
  /** Milliseconds between two looks for a receipt. Default 500. */
  pollMs?: number;
}

/** A call that changes state, as viem writes it. */
export type WriteCall<
  A extends Abi | readonly unknown[] = Abi,
  F extends ContractFunctionName<A, "nonpayable" | "payable"> = ContractFunctionName<A, "nonpayable" | "payable">,
> = ContractFunctionParameters<A, "nonpayable" | "payable", F> & { value?: bigint };

export interface Sender {
  address: Address;
  /**
   * Simulates, sends and waits until it is mined. Calls may overlap: they get nonces in order. One that depends on
   * what another one does has to wait for its receipt, as it is simulated on the latest block.
   *
   * A receipt can still be taken back by a reorg. What must hold is compared with the chain again, later.
   * @throws TransactionError; the signal's reason when aborted, and what was sent may still be mined
   */
  submit<const A extends Abi | readonly unknown[], F extends ContractFunctionName<A, "nonpayable" | "payable">>(
    call: WriteCall<A, F>,
    signal: AbortSignal,
  ): Promise<TransactionReceipt>;
}

/** A fifth more than estimated: state moves between the estimate and the block. */
const withMargin = (gas: bigint) => gas + gas / 5n;

/** Sends transactions with one key. */
export function createSender(parameters: SenderParameters): Sender {
  const { chain, account } = parameters;
  const nonces = createNonces();
  let last: Promise<unknown> = Promise.resolve();
  /** From the choice of a nonce to its sending nothing comes between, or a later nonce could be sent and an earlier not. */
  const inTurn = <T>(action: () => Promise<T>): Promise<T> => {
    const result = last.then(action);
    last = result.catch(() => undefined);
    return result;
  };
  return {
    address: account.address,
    async submit(call, signal) {
      const { abi, address: to, value = 0n } = call as WriteCall;
      const data = encodeFunctionData(call as EncodeFunctionDataParameters);
      const errors: Abi = [...abi, ...(parameters.errors ?? [])];
      const transfer = { account: account.address, to, data, value };
      const sent = await inTurn(async () => {
        signal.throwIfAborted();
        const { gas, fees, count } = await prepare(chain.client, transfer, errors);
        signal.throwIfAborted();
        const transaction: Unsigned = { to, data, value, gas, nonce: nonces.take(count) };
        try {
          return { transaction, ...(await send(transaction, fees, parameters)) };
        } catch (error) {
          nonces.release(transaction.nonce);
          // Nothing was sent; when not allowed, nothing was reserved either.
          const isReserved = error instanceof TransactionError && error.code !== "SPENDING_LIMIT";
          if (isReserved) await parameters.allowance?.settle(transaction.nonce, 0n);
          throw error;
        }
      });
      const { nonce } = sent.transaction;
      try {
        const receipt = await awaitReceipt(sent, { ...parameters, signal });
        nonces.mined(nonce);
        await parameters.allowance?.settle(nonce, costOf(receipt));
        if (receipt.status === "success") return receipt;
        throw await minedRevert(chain.client, transfer, receipt, errors);
      } finally {
        nonces.release(nonce);
      }
    },
  };
}

function send(transaction: Unsigned, fees: Fees, { chain, account, maxFeePerGas, allowance }: SenderParameters) {
  const { client, chainId } = chain;
  return broadcast(transaction, fees, { client, account, chainId, maxFeePerGas, allowance });
}

/** Wei for gas; with what an OP stack chain takes for its data on the chain below, which its receipts call `l1Fee`. */
function costOf(receipt: TransactionReceipt): bigint {
  const below = "l1Fee" in receipt && typeof receipt.l1Fee === "string" ? BigInt(receipt.l1Fee) : 0n;
  return receipt.gasUsed * receipt.effectiveGasPrice + below;
}

interface Transfer {
  account: Address;
  to: Address;
  data: Hex;
  value: bigint;
}

/** What the transaction needs, after a simulation that shows that it would succeed. */
async function prepare(client: ChainClient, transfer: Transfer, errors: Abi) {
  try {
    await client.call(transfer);
    const [gas, { maxFeePerGas, maxPriorityFeePerGas }, count] = await Promise.all([
      client.estimateGas(transfer),
      client.estimateFeesPerGas({ type: "eip1559" }),
      client.getTransactionCount({ address: transfer.account, blockTag: "latest" }),
    ]);
    return { gas: withMargin(gas), fees: { maxFeePerGas, maxPriorityFeePerGas }, count };
  } catch (error) {
    const revert = revertOf(error, errors);
    if (revert !== undefined) throw reverted(transfer, revert);
    const text = textOf(error);
    const code = /insufficient funds|exceeds the balance/i.test(text) ? "UNDERFUNDED" : "RPC_FAILED";
    const message = `a call of ${transfer.to} by ${transfer.account} cannot be prepared: ${text}`;
    throw new TransactionError({ code, message, retryable: code === "RPC_FAILED" });
  }
}

/** Finds the reason by the same call after its block: what came between simulation and transaction is in there. */
async function minedRevert(
  client: ChainClient,
  transfer: Transfer,
  receipt: TransactionReceipt,
  errors: Abi,
): Promise<TransactionError> {
  const { transactionHash: hash, blockNumber } = receipt;
  try {
    await client.call({ ...transfer, blockNumber });
  } catch (error) {
    const revert = revertOf(error, errors);
    if (revert !== undefined) return reverted(transfer, revert, hash);
  }
  const message = `transaction ${hash} to ${transfer.to} was mined and reverted; it would not now`;
  return new TransactionError({ code: "REVERTED", message, hash });
}

function reverted({ to }: Transfer, revert: Revert, hash?: Hex): TransactionError {
  const { errorName, args, data } = revert;
  const what = errorName === undefined ? `an unknown error ${data}` : `${errorName}(${args.map(String).join(", ")})`;
  const message = `${to} refuses: ${what}`;
  return new TransactionError({ code: "REVERTED", message, revert, ...(hash === undefined ? {} : { hash }) });
}
