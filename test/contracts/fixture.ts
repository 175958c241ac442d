// SPDX-License-Identifier: Apache-2.0
// What every contract test starts from: all contracts, and the journey so far as the test needs it.

import type { HardhatEthers, HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { BytesLike, ContractRunner, ContractTransactionResponse } from "ethers";
import { encodeBytes32String, getCreateAddress, keccak256, parseEther, Result, ZeroAddress } from "ethers";
import { network } from "hardhat";
import { EXCEPTIONS, LICENCES } from "../../scripts/deploy/licences.ts";
import { TRUST_PARAMETERS } from "../../scripts/deploy/trustParameters.ts";
import { STACK } from "../../scripts/gas/stack.ts";
import {
  Attestations__factory,
  Claims__factory,
  ComputeClasses__factory,
  Exchange__factory,
  Leases__factory,
  Markets__factory,
  Pools__factory,
  Providers__factory,
  Trust__factory,
  TrustLens__factory,
  Vault__factory,
  XovToken__factory,
} from "../../typechain-types/index.js";

const connection = await network.getOrCreate();

/** Hardhat's chain, one for all contract tests of a process. */
export const ethers: HardhatEthers = connection.ethers;
export const { time, loadFixture } = connection.networkHelpers;
const { setNextBlockTimestamp } = time;

export const HOUR = 3600;
export const DAY = 24 * HOUR;
/** From the opening until a lease may be closed unpaid, with the two confirmations of the fixture's asks. */
export const PAYMENT_WINDOW: number = HOUR + HOUR / 3;
/** How long the collateral of a lease that was not used up is held. */
export const LATE_PAYMENT_WINDOW: number = DAY + HOUR / 3;
/** The quote of bitcoin markets. */
export const BITCOIN: string = ZeroAddress;

export const State = { None: 0n, Unfunded: 1n, Pending: 2n, Reserved: 3n, Active: 4n, Closed: 5n } as const;
export const Reason = {
  None: 0n,
  Stopped: 1n,
  Exhausted: 2n,
  Declined: 3n,
  NotStarted: 4n,
  Ended: 5n,
  Evicted: 6n,
  Unpaid: 7n,
} as const;
export const Admission = { Open: 0, Listed: 1 } as const;

export const SUPPLY: bigint = parseEther("1000000");
export const STAKE: bigint = parseEther("10000");
export const MINIMUM_STAKE: bigint = parseEther("1000");
export const BOND: bigint = parseEther("3");
/** XOV base units for each millisatoshi of prepayment. */
export const RATIO: bigint = 10n ** 12n;

/** Two vCPUs, 4 GiB and 40 GiB: 1.28 compute units. */
export const SPEC = {
  vcpus: 2,
  memoryMiB: 4096,
  diskGiB: 40,
  gpus: 0,
  gpuModel: `0x${"00".repeat(16)}`,
  architecture: encodeBytes32String("x86_64").slice(0, 18),
};
export const COMPUTE_UNITS = 1280n;
export const PENALTY: bigint = COMPUTE_UNITS * 10n ** 15n;

/** 1500 × 10^3 millisatoshi per hour. */
export const PRICE = 1_500_000n;
export const PRICE_CODE: number = 3 * 9000 + 1500 - 1000;
export const PREPAID_HOURS = 24;
/** Locked for each instance on the ask. */
export const LOCK: bigint = PENALTY + PRICE * BigInt(PREPAID_HOURS) * RATIO;
/** What a lease with the usual prepayment of ten hours holds as collateral. */
export const PREPAYMENT: bigint = 10n * PRICE;
export const COLLATERAL: bigint = PREPAYMENT * RATIO;

export const GRACE: number = 6 * HOUR;
/** x of the generator of secp256k1. */
export const BITCOIN_KEY = "0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
export const SEAL_KEY: string = keccak256("0x01");
export const SEALED_SPEC = "0xa9e5ea1ed0";
export const SEALED_ACCESS = "0xacce55";

/** What a holder signs; see `ILeases.sol`. */
export interface Terms {
  holder: string;
  appliance: bigint;
  class: string;
  quote: string;
  price: bigint;
  startFee: bigint;
  prepayment: bigint;
  refundScript: string;
  launchSpecHash: string;
  salt: bigint;
  deadline: number;
}

export interface Launch {
  sealKeyHash: string;
  sealedSpec: string;
}

export const TERMS_TYPES = {
  Terms: [
    { name: "holder", type: "address" },
    { name: "appliance", type: "uint32" },
    { name: "class", type: "bytes32" },
    { name: "quote", type: "address" },
    { name: "price", type: "uint256" },
    { name: "startFee", type: "uint256" },
    { name: "prepayment", type: "uint256" },
    { name: "refundScript", type: "bytes" },
    { name: "launchSpecHash", type: "bytes32" },
    { name: "salt", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
};

async function actors() {
  const [treasury, provider, hotKey, operator, relayer, holder, payments, stranger, debts] = await ethers.getSigners();
  const all = { treasury, provider, hotKey, operator, relayer, holder, payments, stranger, debts };
  if (Object.values(all).includes(undefined)) throw new Error("too few accounts");
  return all as { [name in keyof typeof all]: HardhatEthersSigner };
}

/** All contracts; an account of the test's stands for the bitcoin payments. */
export async function deployed() {
  const who = await actors();
  const from = who.treasury.address;
  const nonce = await who.treasury.getNonce();
  const at = (n: number) => getCreateAddress({ from, nonce: nonce + n });
  const [providersAt, exchangeAt, leasesAt, trustAt, claimsAt] = [at(5), at(6), at(7), at(8), at(10)];
  const attestationsAt = at(9);
  const xov = await new XovToken__factory(who.treasury).deploy(from, SUPPLY);
  const pools = await new Pools__factory(who.treasury).deploy(trustAt);
  const classes = await new ComputeClasses__factory(who.treasury).deploy();
  const markets = await new Markets__factory(who.treasury).deploy(pools, classes);
  const vault = await new Vault__factory(who.treasury).deploy(xov, {
    providers: providersAt,
    exchange: exchangeAt,
    leases: leasesAt,
    swap: ZeroAddress,
    trust: trustAt,
    claims: claimsAt,
  });
  const providers = await new Providers__factory(who.treasury).deploy({
    xov,
    vault,
    pools,
    exchange: exchangeAt,
    leases: leasesAt,
    trust: trustAt,
    claims: claimsAt,
    attestations: attestationsAt,
  });
  const exchange = await new Exchange__factory(who.treasury).deploy({
    xov,
    vault,
    pools,
    providers,
    markets,
    leases: leasesAt,
  });
  const leases = await new Leases__factory(who.treasury).deploy({
    xov,
    vault,
    providers,
    markets,
    exchange,
    trust: trustAt,
    payments: who.payments,
    debts: who.debts,
  });
  const trust = await new Trust__factory(who.treasury).deploy(
    { xov, vault, pools, providers, leases, claims: claimsAt },
    TRUST_PARAMETERS,
    who.treasury,
  );
  const attestations = await new Attestations__factory(who.treasury).deploy(
    providers,
    claimsAt,
    [...LICENCES],
    [...EXCEPTIONS],
    who.treasury,
  );
  const claims = await new Claims__factory(who.treasury).deploy(
    { xov, vault, pools, providers, leases, trust, attestations },
    who.treasury,
  );
  const trustLens = await new TrustLens__factory(who.treasury).deploy(trust, providers, attestations);
  const modules = { trust, attestations, claims, trustLens };
  return { ...who, xov, pools, classes, markets, vault, providers, exchange, leases, ...modules };
}

/** Everything but an ask: a provider with an appliance in a pool with a market, and a relayer with XOV in the vault. */
export async function marketed() {
  const s = await deployed();
  for (const account of [s.provider, s.relayer]) {
    await s.xov.transfer(account, 2n * STAKE);
    await s.xov.connect(account).approve(s.vault, 2n * STAKE);
    await s.vault.connect(account).deposit(s.xov, 2n * STAKE, account);
  }
  const rules = { minimumStake: MINIMUM_STAKE, collateralPerMsat: RATIO, fee: 0n, admission: Admission.Open };
  await s.pools.connect(s.operator).create(encodeBytes32String("stackmonkey"), rules);
  await s.classes.register(SPEC);
  const class_ = await s.classes.idOf(SPEC);
  await s.markets.open(1, class_, BITCOIN);
  await s.providers.connect(s.provider).stake(STAKE);
  await s.providers.connect(s.provider).registerAppliance(applianceParams(s.hotKey.address));
  await s.attestations.connect(s.hotKey).attest(1, STACK);
  return { ...s, class: class_, rules, pool: 1n, market: 1n, appliance: 1n };
}

export type Marketed = Awaited<ReturnType<typeof marketed>>;

/** Parameters of an appliance in the first pool. */
export function applianceParams(hotKey: string) {
  return { pool: 1, grace: GRACE, bitcoinKey: BITCOIN_KEY, sealKey: SEAL_KEY, hotKey, region: "eu-north-1" };
}

/** Parameters of an ask that expires in a day. */
export async function askParams(overrides: Partial<AskParams> = {}): Promise<AskParams> {
  return {
    appliance: 1n,
    market: 1n,
    price: PRICE_CODE,
    quantity: 8n,
    expiry: (await time.latest()) + DAY,
    confirmations: 2n,
    prepaidHours: BigInt(PREPAID_HOURS),
    bond: BOND,
    startFee: 0,
    ...overrides,
  };
}

export interface AskParams {
  appliance: bigint;
  market: bigint;
  price: number;
  quantity: bigint;
  expiry: number;
  confirmations: bigint;
  prepaidHours: bigint;
  bond: bigint;
  /** Its code. */
  startFee: number;
}

export const TimeInForce = { GoodTill: 0, ImmediateOrCancel: 1, FillOrKill: 2, PostOnly: 3 } as const;
export const SelfTrade = { CancelOldest: 0, CancelNewest: 1 } as const;
export const Removal = { Cancelled: 0n, Expired: 1n, SelfTrade: 2n } as const;
export const Side: { readonly Ask: bigint; readonly Bid: bigint } = { Ask: 0n, Bid: 1n };

export interface Execution {
  timeInForce: number;
  selfTrade: number;
  maxFills: number;
}

/** What rests until it is filled. */
export const GOOD_TILL: Execution = {
  timeInForce: TimeInForce.GoodTill,
  selfTrade: SelfTrade.CancelOldest,
  maxFills: 20,
};

/** Where an order stands; the first ask of the usual market at the usual price unless told. */
export function orderId(
  where: { market?: bigint; side?: bigint; price?: number; page?: bigint; lane?: bigint; generation?: bigint } = {},
): bigint {
  const { market = 1n, side = Side.Ask, price = PRICE_CODE, page = 0n, lane = 0n, generation = 1n } = where;
  const level = (market << 24n) | (side << 16n) | BigInt(price);
  return (((level << 24n) | page) << 40n) | (lane << 32n) | generation;
}

/** `marketed`, and an ask of eight instances. */
export async function listed() {
  const s = await marketed();
  const params = await askParams();
  await s.exchange.connect(s.hotKey).placeAsk(params, GOOD_TILL);
  return { ...s, order: orderId(), expiry: params.expiry };
}

export type Listed = Awaited<ReturnType<typeof listed>>;

/** Terms that the ask of `listed` accepts. */
export async function termsOf(s: Listed, overrides: Partial<Terms> = {}): Promise<Terms> {
  return {
    holder: s.holder.address,
    appliance: s.appliance,
    class: s.class,
    quote: BITCOIN,
    price: PRICE,
    startFee: 0n,
    prepayment: PREPAYMENT,
    refundScript: `0x5120${"11".repeat(32)}`,
    launchSpecHash: keccak256(SEALED_SPEC),
    salt: 1n,
    deadline: (await time.latest()) + HOUR,
    ...overrides,
  };
}

/** The launch that `termsOf` names. */
export const LAUNCH: Launch = { sealKeyHash: keccak256(SEAL_KEY), sealedSpec: SEALED_SPEC };

/** Signs terms as the lease's id (EIP-712). */
export async function sign(s: Listed, terms: Terms, signer: HardhatEthersSigner = s.holder): Promise<string> {
  const { chainId } = await ethers.provider.getNetwork();
  const domain = { name: "XOV Leases", version: "1", chainId, verifyingContract: await s.leases.getAddress() };
  return signer.signTypedData(domain, TERMS_TYPES, terms);
}

export interface Take {
  terms?: Partial<Terms>;
  order?: bigint;
  signature?: BytesLike;
  launch?: Partial<Launch>;
  from?: ContractRunner;
}

/** Takes one instance, as the relayer unless told; gives the lease's id and the transaction, not yet awaited. */
export async function take(
  s: Listed,
  options: Take = {},
): Promise<{ id: string; tx: Promise<ContractTransactionResponse> }> {
  const terms = await termsOf(s, options.terms);
  const signature = options.signature ?? (await sign(s, terms));
  const id = await s.leases.idOf(terms);
  const exchange = s.exchange.connect(options.from ?? s.relayer);
  const tx = exchange.take(options.order ?? s.order, terms, signature, { ...LAUNCH, ...options.launch });
  return { id, tx };
}

/** Takes one more instance under another salt and gives the lease's id. */
export async function taken(s: Listed, salt: bigint, terms: Partial<Terms> = {}): Promise<string> {
  const { id, tx } = await take(s, { terms: { ...terms, salt } });
  await tx;
  return id;
}

/** `listed`, and an unfunded lease of ten hours; `payBy` is its last second for a payment. */
export async function unfunded() {
  const s = await listed();
  const id = await taken(s, 1n);
  return { ...s, id, payBy: (await time.latest()) + PAYMENT_WINDOW };
}

/** `unfunded`, and the whole prepayment credited; `startBy` is the last second for its start. */
export async function pending() {
  const s = await unfunded();
  await s.leases.connect(s.payments).credit(s.id, PREPAYMENT);
  return { ...s, startBy: (await time.latest()) + HOUR / 2 };
}

/** `pending`, and started; `startedAt` is on the provider clock. */
export async function active() {
  const s = await pending();
  await s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS);
  return { ...s, startedAt: Number((await s.leases.lease(s.id)).time) };
}

/** Lets so many seconds pass with a VA that beats every twenty minutes; the last beat is at the end. */
export async function live(s: Marketed, seconds: number): Promise<void> {
  const end = (await time.latest()) + seconds;
  for (let now = end - seconds; now < end; ) {
    now = Math.min(now + HOUR / 3, end);
    await setNextBlockTimestamp(now);
    await s.providers.connect(s.hotKey).beat(s.appliance);
  }
}

/** Keeps the VA alive until the provider clock shows `clock`, and makes that the time of the next transaction. */
export async function untilClock(s: Marketed, clock: number): Promise<void> {
  const missing = clock - Number(await s.providers.clockOf(s.appliance));
  if (missing > 1) await live(s, missing - 1);
  if (missing > 0) await setNextBlockTimestamp((await time.latest()) + 1);
}

/** Makes `timestamp` the time of the next transaction. */
export function at(timestamp: number): Promise<void> {
  return setNextBlockTimestamp(timestamp);
}

/** The fields of a struct that a call returned, in order. */
export function valuesOf(struct: object): unknown[] {
  if (!(struct instanceof Result)) throw new TypeError("not the result of a call");
  return struct.toArray();
}

/** The fields of a struct that a call returned, by name. */
export function fieldsOf(struct: object): Record<string, unknown> {
  if (!(struct instanceof Result)) throw new TypeError("not the result of a call");
  return struct.toObject();
}
