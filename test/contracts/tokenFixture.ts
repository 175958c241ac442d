// SPDX-License-Identifier: Apache-2.0
// Leases paid in a token: a dollar with six decimals, whose prices and amounts are the numbers of the bitcoin fixtures.

import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { type ContractTransactionResponse, keccak256, TypedDataEncoder, type TypedDataField, ZeroHash } from "ethers";
import { PermitToken__factory } from "../../typechain-types/index.js";
import {
  askParams,
  ethers,
  GOOD_TILL,
  HOUR,
  LAUNCH,
  type Listed,
  marketed,
  orderId,
  PREPAYMENT,
  SEALED_ACCESS,
  SEALED_SPEC,
  sign,
  type Take,
  type Terms,
  termsOf,
  time,
} from "./fixture.ts";

/** What holder and stranger each have of the token in the vault. */
export const PURSE = 10_000_000_000n;
/** Names no launch spec: reserves capacity. */
export const RESERVE = { terms: { launchSpecHash: ZeroHash }, launch: { sealedSpec: "0x" } } as const;
/** Another sealed launch spec than the terms'. */
export const OTHER_SPEC = "0x07e45bec";
export const RELAUNCH = { ...LAUNCH, sealedSpec: OTHER_SPEC };

/** `marketed`, and an ask of eight instances for a token. */
export async function tokenListed() {
  const s = await marketed();
  const usd = await new PermitToken__factory(s.treasury).deploy(6, 100n * PURSE);
  for (const account of [s.holder, s.stranger]) {
    await usd.transfer(account, 2n * PURSE);
    await usd.connect(account).approve(s.vault, PURSE);
    await s.vault.connect(account).deposit(usd, PURSE, account);
  }
  await s.markets.open(1, s.class, usd);
  const params = await askParams({ market: 2n, confirmations: 0n, prepaidHours: 0n, bond: 0n });
  await s.exchange.connect(s.hotKey).placeAsk(params, GOOD_TILL);
  return { ...s, usd, market: 2n, order: orderId({ market: 2n }), expiry: params.expiry };
}

export type TokenListed = Awaited<ReturnType<typeof tokenListed>>;

/** Terms that the ask of `tokenListed` accepts. */
export async function tokenTerms(s: TokenListed, overrides: Partial<Terms> = {}): Promise<Terms> {
  return termsOf(s, { quote: await s.usd.getAddress(), refundScript: "0x", ...overrides });
}

/** Takes one instance, as the holder unless told; gives the lease's id and the transaction, not yet awaited. */
export async function takeForToken(
  s: TokenListed,
  options: Take = {},
): Promise<{ id: string; tx: Promise<ContractTransactionResponse> }> {
  const terms = await tokenTerms(s, options.terms);
  const exchange = s.exchange.connect(options.from ?? s.holder);
  const signature = options.signature ?? (await sign(s, terms));
  const tx = exchange.take(s.order, terms, signature, { ...LAUNCH, ...options.launch });
  return { id: await s.leases.idOf(terms), tx };
}

/** `tokenListed`, and a lease of ten hours that waits for its start; `startBy` is the last second for it. */
export async function tokenPending() {
  const s = await tokenListed();
  const { id, tx } = await takeForToken(s);
  await tx;
  return { ...s, id, startBy: (await time.latest()) + HOUR / 2 };
}

export type TokenLeased = Awaited<ReturnType<typeof tokenPending>>;

/** `tokenPending`, and started; `startedAt` is on the provider clock. */
export async function tokenActive() {
  const s = await tokenPending();
  await s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS);
  return { ...s, startedAt: Number((await s.leases.lease(s.id)).time) };
}

/** `tokenListed`, and capacity reserved for ten hours; `startedAt` is on the provider clock. */
export async function tokenReserved() {
  const s = await tokenListed();
  const { id, tx } = await takeForToken(s, RESERVE);
  await tx;
  return { ...s, id, startedAt: Number((await s.leases.lease(id)).time), startBy: 0 };
}

/** A signed action of a holder; the nonce and a deadline in an hour unless told. */
export interface Signing {
  nonce?: bigint;
  deadline?: number;
  signer?: HardhatEthersSigner;
  spec?: string;
}

/** The holder's signature of `stop`, and the deadline that it names. */
export async function signStop(s: Listed, id: string, options: Signing = {}): Promise<[number, string]> {
  return signAction(s, id, options, {});
}

/** The holder's signature of `launch`, and the deadline that it names. */
export async function signLaunch(s: Listed, id: string, options: Signing = {}): Promise<[number, string]> {
  return signAction(s, id, options, { launchSpecHash: keccak256(options.spec ?? SEALED_SPEC) });
}

/** What the holder signs to stop: the digest that a refusal names. */
export async function stopDigest(s: Listed, id: string, nonce: bigint, deadline: number): Promise<string> {
  const { domain, types, message } = await actionOf(s, id, nonce, deadline, {});
  return TypedDataEncoder.hash(domain, types, message);
}

/** What the holder signs to launch: the digest that a refusal names. */
export async function launchDigest(
  s: Listed,
  id: string,
  nonce: bigint,
  deadline: number,
  spec: string = SEALED_SPEC,
): Promise<string> {
  const { domain, types, message } = await actionOf(s, id, nonce, deadline, { launchSpecHash: keccak256(spec) });
  return TypedDataEncoder.hash(domain, types, message);
}

async function signAction(
  s: Listed,
  id: string,
  options: Signing,
  spec: { launchSpecHash?: string },
): Promise<[number, string]> {
  const nonce = options.nonce ?? (await s.leases.nonces(s.holder));
  const deadline = options.deadline ?? (await time.latest()) + HOUR;
  const { domain, types, message } = await actionOf(s, id, nonce, deadline, spec);
  return [deadline, await (options.signer ?? s.holder).signTypedData(domain, types, message)];
}

async function actionOf(
  s: Listed,
  leaseId: string,
  nonce: bigint,
  deadline: number,
  spec: { launchSpecHash?: string },
) {
  const { chainId } = await ethers.provider.getNetwork();
  const domain = { name: "XOV Leases", version: "1", chainId, verifyingContract: await s.leases.getAddress() };
  const fields = [
    { name: "leaseId", type: "bytes32" },
    ...Object.keys(spec).map((name) => ({ name, type: "bytes32" })),
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ];
  const types: Record<string, TypedDataField[]> =
    spec.launchSpecHash === undefined ? { Stop: fields } : { Launch: fields };
  return { domain, types, message: { leaseId, ...spec, nonce, deadline } };
}

/** The vault balances of the token that a lease moves between. */
export async function balances(s: TokenLeased): Promise<{ holder: bigint; provider: bigint; leases: bigint }> {
  const of = (account: { getAddress(): Promise<string> }) => s.vault.balanceOf(s.usd, account);
  return { holder: await of(s.holder), provider: await of(s.provider), leases: await of(s.leases) };
}

/** What the holder has left after paying for ten hours. */
export const LEFT: bigint = PURSE - PREPAYMENT;
