// SPDX-License-Identifier: Apache-2.0
import { toHex } from "viem";
import type { Sender } from "../../offchain/chain/sender.ts";
import { BITCOIN } from "../../offchain/lease/terms.ts";
import type { ApplianceContracts } from "./abis.ts";
import type { Transaction } from "./applianceChain.ts";

/** What {@link send} needs. */
export interface SendParameters {
  readonly sender: Sender;
  readonly contracts: ApplianceContracts;
  readonly appliance: number;
  readonly signal: AbortSignal;
}

/** Sends what the hot key signs and resolves when it is mined. @throws TransactionError */
export async function send(transaction: Transaction, parameters: SendParameters): Promise<void> {
  const { sender, contracts, appliance, signal } = parameters;
  const { Leases, Providers, ComputeClasses, Markets } = contracts;
  switch (transaction.kind) {
    case "start":
    case "postAccess": {
      const args = [transaction.leaseId, toHex(transaction.sealedAccess)] as const;
      await sender.submit({ ...Leases, functionName: transaction.kind, args }, signal);
      return;
    }
    case "decline": {
      const args = [transaction.leaseId, transaction.explanation] as const;
      await sender.submit({ ...Leases, functionName: "decline", args }, signal);
      return;
    }
    case "close":
    case "releaseCollateral":
      await sender.submit({ ...Leases, functionName: transaction.kind, args: [transaction.leaseId] }, signal);
      return;
    case "beat":
      await sender.submit({ ...Providers, functionName: "beat", args: [appliance] }, signal);
      return;
    case "registerClass":
      await sender.submit({ ...ComputeClasses, functionName: "register", args: [transaction.spec] }, signal);
      return;
    case "openMarket": {
      const args = [transaction.pool, transaction.class, BITCOIN] as const;
      await sender.submit({ ...Markets, functionName: "open", args }, signal);
      return;
    }
    default:
      return sendOrder(transaction, parameters);
  }
}

type OrderTransaction = Extract<Transaction, { kind: "place" | "reduce" | "cancel" }>;

async function sendOrder(transaction: OrderTransaction, parameters: SendParameters): Promise<void> {
  const { sender, appliance, signal } = parameters;
  const { Exchange } = parameters.contracts;
  switch (transaction.kind) {
    case "place": {
      const ask = { ...transaction.ask, appliance, expiry: Number(transaction.ask.expiry) };
      await sender.submit({ ...Exchange, functionName: "place", args: [ask] }, signal);
      return;
    }
    case "reduce": {
      const args = [transaction.order, transaction.quantity] as const;
      await sender.submit({ ...Exchange, functionName: "reduce", args }, signal);
      return;
    }
    case "cancel":
      await sender.submit({ ...Exchange, functionName: "cancel", args: [transaction.order] }, signal);
      return;
  }
}
