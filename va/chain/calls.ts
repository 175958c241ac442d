// SPDX-License-Identifier: Apache-2.0
import { type Abi, type Address, encodeFunctionData, type Hex, toHex } from "viem";
import { BITCOIN } from "../../offchain/lease/terms.ts";
import type { ApplianceContracts } from "./abis.ts";
import type { Transaction } from "./applianceChain.ts";

/** Where a transaction goes and what it says. */
export interface Call {
  readonly to: Address;
  readonly data: Hex;
}

/** Encodes what the hot key signs. */
export function encodeCall(transaction: Transaction, contracts: ApplianceContracts, appliance: number): Call {
  const { Leases, Providers, ComputeClasses, Markets } = contracts;
  switch (transaction.kind) {
    case "start":
    case "postAccess": {
      const args = [transaction.leaseId, toHex(transaction.sealedAccess)] as const;
      return to(Leases, encodeFunctionData({ abi: Leases.abi, functionName: transaction.kind, args }));
    }
    case "decline": {
      const args = [transaction.leaseId, transaction.explanation] as const;
      return to(Leases, encodeFunctionData({ abi: Leases.abi, functionName: "decline", args }));
    }
    case "close":
    case "releaseCollateral": {
      const args = [transaction.leaseId] as const;
      return to(Leases, encodeFunctionData({ abi: Leases.abi, functionName: transaction.kind, args }));
    }
    case "beat":
      return to(Providers, encodeFunctionData({ abi: Providers.abi, functionName: "beat", args: [appliance] }));
    case "registerClass": {
      const args = [transaction.spec] as const;
      return to(ComputeClasses, encodeFunctionData({ abi: ComputeClasses.abi, functionName: "register", args }));
    }
    case "openMarket": {
      const args = [transaction.pool, transaction.class, BITCOIN] as const;
      return to(Markets, encodeFunctionData({ abi: Markets.abi, functionName: "open", args }));
    }
    default:
      return encodeOrder(transaction, contracts, appliance);
  }
}

type OrderTransaction = Extract<Transaction, { kind: "place" | "reduce" | "cancel" }>;

function encodeOrder(transaction: OrderTransaction, { Exchange }: ApplianceContracts, appliance: number): Call {
  const { abi } = Exchange;
  switch (transaction.kind) {
    case "place": {
      const params = { ...transaction.ask, appliance, expiry: Number(transaction.ask.expiry) };
      return to(Exchange, encodeFunctionData({ abi, functionName: "place", args: [params] }));
    }
    case "reduce": {
      const args = [transaction.order, transaction.quantity] as const;
      return to(Exchange, encodeFunctionData({ abi, functionName: "reduce", args }));
    }
    case "cancel":
      return to(Exchange, encodeFunctionData({ abi, functionName: "cancel", args: [transaction.order] }));
  }
}

function to({ address }: { readonly address: Address; readonly abi: Abi }, data: Hex): Call {
  return { to: address, data };
}
