// SPDX-License-Identifier: Apache-2.0
import { toHex } from "viem";
import type { Sender } from "../../offchain/chain/sender.ts";
import { encoded } from "../attest/encoding.ts";
import type { ApplianceContracts } from "./abis.ts";
import type { Transaction } from "./applianceChain.ts";

/** What {@link send} needs. */
export interface SendParameters {
  readonly sender: Sender;
  readonly contracts: ApplianceContracts;
  readonly appliance: number;
  readonly signal: AbortSignal;
}

/** Sends what the hot key signs and resolves to the number of the block that it was mined in. @throws TransactionError */
export async function send(transaction: Transaction, parameters: SendParameters): Promise<bigint> {
  const { sender, contracts, appliance, signal } = parameters;
  const { Leases, Providers, ComputeClasses, Markets, Attestations } = contracts;
  switch (transaction.kind) {
    case "start":
    case "postAccess": {
      const args = [transaction.leaseId, toHex(transaction.sealedAccess)] as const;
      return (await sender.submit({ ...Leases, functionName: transaction.kind, args }, signal)).blockNumber;
    }
    case "decline":
    case "evict": {
      const args = [transaction.leaseId, transaction.explanation] as const;
      return (await sender.submit({ ...Leases, functionName: transaction.kind, args }, signal)).blockNumber;
    }
    case "close":
    case "settle":
    case "releaseCollateral":
      return (await sender.submit({ ...Leases, functionName: transaction.kind, args: [transaction.leaseId] }, signal))
        .blockNumber;
    case "beat":
      return (await sender.submit({ ...Providers, functionName: "beat", args: [appliance] }, signal)).blockNumber;
    case "publishCard": {
      const args = [appliance, transaction.card] as const;
      return (await sender.submit({ ...Providers, functionName: "publishCard", args }, signal)).blockNumber;
    }
    case "attest": {
      const args = [appliance, transaction.components.map(encoded)] as const;
      return (await sender.submit({ ...Attestations, functionName: "attest", args }, signal)).blockNumber;
    }
    case "registerClass":
      return (await sender.submit({ ...ComputeClasses, functionName: "register", args: [transaction.spec] }, signal))
        .blockNumber;
    case "openMarket": {
      const args = [transaction.pool, transaction.class, transaction.quote] as const;
      return (await sender.submit({ ...Markets, functionName: "open", args }, signal)).blockNumber;
    }
    default:
      return sendOrder(transaction, parameters);
  }
}

/** `Execution` of IExchange.sol: what is not filled at once rests, and the oldest of its own orders in its way are removed. */
const EXECUTION = { timeInForce: 0, selfTrade: 0, maxFills: 20 };

type OrderTransaction = Extract<Transaction, { kind: "place" | "reduce" | "cancel" }>;

async function sendOrder(transaction: OrderTransaction, parameters: SendParameters): Promise<bigint> {
  const { sender, appliance, signal } = parameters;
  const { Exchange } = parameters.contracts;
  switch (transaction.kind) {
    case "place": {
      const ask = { ...transaction.ask, appliance, expiry: Number(transaction.ask.expiry) };
      return (await sender.submit({ ...Exchange, functionName: "placeAsk", args: [ask, EXECUTION] }, signal))
        .blockNumber;
    }
    case "reduce": {
      const args = [transaction.order, transaction.quantity] as const;
      return (await sender.submit({ ...Exchange, functionName: "reduce", args }, signal)).blockNumber;
    }
    case "cancel":
      return (await sender.submit({ ...Exchange, functionName: "cancel", args: [transaction.order] }, signal))
        .blockNumber;
  }
}
