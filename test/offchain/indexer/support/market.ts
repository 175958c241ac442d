// SPDX-License-Identifier: Apache-2.0
import { type Address, getAddress, type Hex, keccak256, numberToHex, stringToHex, zeroAddress } from "viem";
import { internalOrder } from "../../../../offchain/bitcoin/bytes.ts";
import type { Emitted } from "./scriptedChain.ts";

/** A made-up account. */
export function account(n: number): Address {
  return getAddress(numberToHex(0xacc000 + n, { size: 20 }));
}

/** A made-up 32-byte value; `n` from 0. */
export function word(n: number): Hex {
  return keccak256(numberToHex(n));
}

export const POOL = 1;
export const PROVIDER = account(1);
export const HOLDER = account(2);
export const RELAYER = account(3);
/** An x-only key that is on the curve: that of the generator. */
export const BITCOIN_KEY: Hex = "0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
export const SEALED_SPEC: Hex = "0x5ea1ed";
/** 1,000 sat an hour in a market of decade 0: 1000 × 10^3 msat. */
export const PRICE_CODE = 9_000 * 3;

export interface ClassFields {
  vcpus?: number;
  memoryMiB?: number;
  diskGiB?: number;
  gpus?: number;
  gpuModel?: string;
}

/** A class, and a market for it, in bitcoin unless `quote` is a token. Ids are 1 unless said otherwise. */
export function marketEvents(
  market = 1,
  fields: ClassFields = {},
  computeUnits = 1_000,
  quote: Address = zeroAddress,
): Emitted[] {
  const { vcpus = 2, memoryMiB = 4_096, diskGiB = 40, gpus = 0, gpuModel = "" } = fields;
  const classId = word(market);
  const spec = {
    vcpus,
    memoryMiB,
    diskGiB,
    gpus,
    gpuModel: stringToHex(gpuModel, { size: 16 }),
    architecture: stringToHex("x86_64", { size: 8 }),
  };
  return [
    { contract: "ComputeClasses", eventName: "ClassRegistered", args: { classId, spec, computeUnits } },
    {
      contract: "Markets",
      eventName: "MarketOpened",
      args: { market, pool: POOL, classId, quote, decade: 0, computeUnits },
    },
  ];
}

export function poolEvents(pool = POOL, name = "stackmonkey"): Emitted[] {
  const rules = { minimumStake: 1n, collateralPerMsat: 1n, fee: 0n, admission: 0 };
  const args = { pool, name: stringToHex(name, { size: 32 }), operator: account(0), rules };
  return [{ contract: "Pools", eventName: "PoolCreated", args }];
}

export function applianceEvents(appliance: number, region = "eu-fi-helsinki", pool = POOL): Emitted[] {
  const registered = { appliance, provider: PROVIDER, pool, bitcoinKey: BITCOIN_KEY, grace: 3_600, region };
  return [
    { contract: "Providers", eventName: "ApplianceRegistered", args: registered },
    { contract: "Providers", eventName: "HotKeySet", args: { appliance, hotKey: account(10 + appliance) } },
    { contract: "Providers", eventName: "SealKeySet", args: { appliance, sealKey: word(1_000 + appliance) } },
    attested(appliance, ATTESTED_UNTIL),
  ];
}

/** Of `applianceEvents`: later than any test's time. */
export const ATTESTED_UNTIL = 2 ** 33;

export function attested(appliance: number, until: number): Emitted {
  const args = { appliance, expiresAt: BigInt(until), components: [] };
  return { contract: "Attestations", eventName: "Attested", args };
}

/** A claim has ended what the appliance attested. */
export function attestationRevoked(appliance: number): Emitted {
  return { contract: "Attestations", eventName: "AttestationRevoked", args: { appliance, barredUntil: 2n ** 33n } };
}

export function beat(appliance: number, elapsed: number): Emitted {
  return { contract: "Providers", eventName: "Beat", args: { appliance, elapsed: BigInt(elapsed) } };
}

export interface AskFields {
  order: number;
  appliance?: number;
  market?: number;
  price?: number;
  quantity?: number;
  expiry: number;
}

/** An ask in bitcoin. */
export function askPlaced({
  order,
  appliance = 1,
  market = 1,
  price = PRICE_CODE,
  quantity = 4,
  expiry,
}: AskFields): Emitted[] {
  const args = { order: BigInt(order), appliance, market, price, quantity, expiry, lock: 10n ** 19n, startFee: 0 };
  const bitcoin = { order: BigInt(order), confirmations: 2, prepaidHours: 168, bond: 10n ** 18n };
  return [
    { contract: "Exchange", eventName: "AskPlaced", args },
    { contract: "Exchange", eventName: "BitcoinAskPlaced", args: bitcoin },
  ];
}

export interface LeaseFields {
  leaseId: Hex;
  order?: number;
  appliance?: number;
  market?: number;
  holder?: Address;
  payBy: number;
  /** Instances left of the ask. */
  quantity: number;
}

const PREPAYMENT = 24_000_000n;

/** A take, as the exchange and the leases tell of it. */
export function takenEvents(fields: LeaseFields): Emitted[] {
  const { leaseId, order = 1, payBy, quantity } = fields;
  const reservation = { opener: RELAYER, bond: 10n ** 18n, collateral: 5n * 10n ** 18n, confirmations: 2 };
  const terms = { refundScript: `0x0014${"11".repeat(20)}` as Hex, salt: 7n, deadline: BigInt(payBy) };
  const args = { leaseId, ...reservation, payBy: BigInt(payBy), ...terms };
  return [
    ...openedEvents(fields),
    { contract: "Leases", eventName: "BitcoinLeaseOpened", args },
    { contract: "Exchange", eventName: "AskTaken", args: { order: BigInt(order), leaseId, quantity } },
  ];
}

/** A take in a market whose quote is a token: paid at once. */
export function tokenTakenEvents(fields: Omit<LeaseFields, "payBy"> & { startBy: number }): Emitted[] {
  const { leaseId, order = 1, startBy, quantity } = fields;
  return [
    ...openedEvents(fields),
    { contract: "Leases", eventName: "Funded", args: { leaseId } },
    startAwaited(leaseId, startBy),
    { contract: "Exchange", eventName: "AskTaken", args: { order: BigInt(order), leaseId, quantity } },
  ];
}

function openedEvents(fields: Omit<LeaseFields, "payBy" | "quantity">): Emitted[] {
  const { leaseId, order = 1, appliance = 1, market = 1, holder = HOLDER } = fields;
  const agreed = { price: PRICE_CODE, startFee: 0n, prepayment: PREPAYMENT };
  const args = { leaseId, holder, appliance, order: BigInt(order), market, ...agreed };
  return [{ contract: "Leases", eventName: "LeaseOpened", args }, launchRequested(leaseId)];
}

export function launchRequested(leaseId: Hex, sealedSpec = SEALED_SPEC): Emitted {
  return { contract: "Leases", eventName: "LaunchRequested", args: { leaseId, sealKeyHash: word(5), sealedSpec } };
}

export function startAwaited(leaseId: Hex, startBy: number): Emitted {
  return { contract: "Leases", eventName: "StartAwaited", args: { leaseId, startBy: BigInt(startBy) } };
}

export const TXID = "aa".repeat(31).concat("bb");

/** A proven payment; with `startBy` it funds the lease. */
export function paidEvents(
  leaseId: Hex,
  { msat, deposit, startBy, order = 1 }: { msat: bigint; deposit: bigint; startBy?: number; order?: number },
): Emitted[] {
  const credited = { leaseId, txid: internalOrder(TXID), vout: 0, amount: msat, height: 110, blockHash: word(9) };
  return [
    { contract: "Leases", eventName: "Credited", args: { leaseId, amount: msat, deposit } },
    ...(startBy === undefined ? [] : fundedEvents(leaseId, startBy, order)),
    { contract: "BitcoinPayments", eventName: "PaymentCredited", args: credited },
  ];
}

function fundedEvents(leaseId: Hex, startBy: number, order: number): Emitted[] {
  return [
    { contract: "Leases", eventName: "Funded", args: { leaseId } },
    startAwaited(leaseId, startBy),
    { contract: "Exchange", eventName: "ReservationEnded", args: { order: BigInt(order) } },
  ];
}

export function started(leaseId: Hex, periodStart: number, sealedAccess: Hex = "0xacce55"): Emitted {
  return {
    contract: "Leases",
    eventName: "Started",
    args: { leaseId, periodStart: BigInt(periodStart), sealedAccess },
  };
}

export function closed(leaseId: Hex, reason: number, earned: bigint, refundable: bigint): Emitted {
  return { contract: "Leases", eventName: "LeaseClosed", args: { leaseId, reason, earned, refundable } };
}
