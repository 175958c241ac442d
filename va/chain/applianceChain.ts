// SPDX-License-Identifier: Apache-2.0
import type { Address, Hex } from "viem";
import type { Component } from "../attest/stack.ts";
import type { Launch } from "../launch.ts";
import type { Block, LeaseView } from "../types.ts";

/**
 * The narrow port between the appliance and the chain. Reads throw what the transport throws: nothing is decided on a failed
 * read. Writes resolve when mined, and throw a TransactionError (offchain/chain): then the chain is read again before anything else.
 */
export interface ApplianceChain {
  /** A lease at a block; of state "none" when the chain does not know it there. */
  lease(leaseId: Hex, at: Block): Promise<LeaseView>;
  /** A lease as every configured endpoint has it, each at its own finalized block. Throws unless all answer. */
  finalizedLease(leaseId: Hex, signal: AbortSignal): Promise<LeaseView[]>;
  /** Whether a lease's launch is final, as every configured endpoint has it. Throws unless all answer. */
  finalizedLaunch(leaseId: Hex, launch: Launch, signal: AbortSignal): Promise<LaunchTestimony[]>;
  /** The appliance at the latest block. */
  appliance(): Promise<ApplianceView>;
  /** Of the orders given, the asks that are on the book at the latest block. */
  asks(orders: readonly bigint[]): Promise<AskView[]>;
  /** A pool's market for a class and what is paid with, or why there is none yet. */
  market(pool: number, spec: ClassSpec, quote: Address): Promise<MarketView>;
  /** XOV base units of the provider's stake that may be locked. */
  freeStake(provider: Address): Promise<bigint>;
  /** XOV base units of collateral for a millisatoshi of prepayment in a pool. */
  collateralPerMsat(pool: number): Promise<bigint>;
  /** What the appliance has attested, at the latest block. */
  attestation(): Promise<AttestationView>;
  /** XOV base units that an anonymous start of so many compute units (thousandths) costs now. */
  startPrice(computeUnits: number): Promise<bigint>;
  /** How many evictions a day the provider lets the hot key do, and how many are left now. */
  evictions(): Promise<EvictionsView>;
  /** The lowest price at which the hot key may sell for a quote, quote units (msat) per compute-unit-hour; 0 for none. */
  priceFloor(quote: Address): Promise<bigint>;
  /** What the first start of a lease's holder means for the provider, at the latest block. */
  startTerms(leaseId: Hex): Promise<StartTerms>;
  /** @returns the number of the block that it was mined in */
  send(transaction: Transaction): Promise<bigint>;
}

/** See `IProviders.evictionsOf`. */
export interface EvictionsView {
  readonly perDay: bigint;
  readonly left: bigint;
}

/** What a start would cost now, and what there is for it. */
export interface StartTerms {
  /** XOV base units, of the provider; 0 within the holder's limit. "exhausted": nobody starts anonymously just now. */
  readonly price: bigint | "exhausted";
  /** What the provider's purse has, and its vault balance, XOV base units: one of them has to cover the price. */
  readonly purse: bigint;
  readonly balance: bigint;
  /** The start fee that was agreed, quote units. */
  readonly fee: bigint;
}

/** `Attestation` in IAttestations.sol; zeroes when there is none. Times are unix seconds. */
export interface AttestationView {
  readonly expiresAt: bigint;
  readonly barredUntil: bigint;
  readonly componentsHash: Hex;
}

/** What an endpoint says of a launch at its own finalized block. */
export interface LaunchTestimony {
  readonly block: Pick<Block, "number">;
  /** Whether it is there, in the block that it is said to be in, and that block is final. */
  readonly there: boolean;
}

/** What the appliance's reconciling needs to know of itself. */
export interface ApplianceView {
  readonly provider: Address;
  readonly hotKey: Address;
  readonly pool: number;
  /** Unix seconds. */
  readonly lastBeat: bigint;
  /** The hot key sells only for quotes with a price floor, and not below it. */
  readonly hasFloors: boolean;
  readonly sealKey: Hex;
}

/** An ask on the book; see `Ask` in IExchange.sol for units. What only bitcoin asks have is zero in others. */
export interface AskView {
  readonly order: bigint;
  readonly market: number;
  readonly price: number;
  readonly quantity: number;
  readonly unfunded: number;
  readonly expiry: bigint;
  readonly confirmations: number;
  readonly prepaidHours: number;
  readonly bond: bigint;
  /** Its code; see StartFee.sol. */
  readonly startFee: number;
  readonly lockPerInstance: bigint;
}

/** `ClassSpec` in IComputeClasses.sol; the last two as left-aligned ASCII bytes. */
export interface ClassSpec {
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly diskGiB: number;
  readonly gpus: number;
  readonly gpuModel: Hex;
  readonly architecture: Hex;
}

/** Where a class is traded. */
export interface MarketView {
  /** keccak256 of the spec's ABI encoding. */
  readonly class: Hex;
  /** Thousandths of a compute unit; 0 when the class is not registered. */
  readonly computeUnits: number;
  /** 0 when it is not open. */
  readonly market: number;
  /** Exponent of its lowest price decade; 0 when it is not open. */
  readonly decade: number;
  /** XOV base units burned for a lease that is not answered; 0 when the class is not registered. */
  readonly startPenalty: bigint;
}

/** What an appliance places; see `AskParams` in IExchange.sol for units. What only bitcoin asks have is zero in others. */
export interface NewAsk {
  readonly market: number;
  readonly price: number;
  readonly quantity: number;
  readonly expiry: bigint;
  readonly confirmations: number;
  readonly prepaidHours: number;
  readonly bond: bigint;
  /** Its code; see StartFee.sol. */
  readonly startFee: number;
}

/** What the hot key signs. */
export type Transaction =
  | { readonly kind: "start" | "postAccess"; readonly leaseId: Hex; readonly sealedAccess: Uint8Array }
  | { readonly kind: "decline" | "evict"; readonly leaseId: Hex; readonly explanation: string }
  | { readonly kind: "close" | "settle" | "releaseCollateral"; readonly leaseId: Hex }
  | { readonly kind: "beat" }
  | { readonly kind: "place"; readonly ask: NewAsk }
  | { readonly kind: "reduce"; readonly order: bigint; readonly quantity: number }
  | { readonly kind: "cancel"; readonly order: bigint }
  | { readonly kind: "registerClass"; readonly spec: ClassSpec }
  | { readonly kind: "openMarket"; readonly pool: number; readonly class: Hex; readonly quote: Address }
  | { readonly kind: "publishCard"; readonly card: Hex }
  | { readonly kind: "attest"; readonly components: readonly Component[] };
