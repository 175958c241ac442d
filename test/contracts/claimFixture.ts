// SPDX-License-Identifier: Apache-2.0
import { keccak256, toUtf8Bytes } from "ethers";
import { DAY, time } from "./fixture.ts";
import { awaiting } from "./trustFixture.ts";

export const XOV: bigint = 10n ** 18n;
export const Kind = { None: 0, Abuse: 1, FalseAttestation: 2 } as const;
export const Status = { Open: 1n, Decided: 2n, Appealed: 3n, Closed: 4n } as const;
export const Outcome = { Upheld: 0n, Dismissed: 1n, Uncontested: 2n, Lapsed: 3n } as const;
export const EVIDENCE: string = keccak256(toUtf8Bytes("what happened"));
export const URI = "https://example.org/evidence";
export const [WEEK, TWO_WEEKS, MONTH]: readonly [number, number, number] = [7 * DAY, 14 * DAY, 30 * DAY];
export const DEPOSIT: bigint = 500n * XOV;
/** Claimed of it, and the bond of such a claim. */
export const AMOUNT: bigint = 200n * XOV;
export const CLAIM_BOND: bigint = 20n * XOV;

/** A user with a deposit, karma and a lease; a stranger who claims; the treasury is the owner. */
export async function accusable() {
  const s = await awaiting();
  await s.trust.connect(s.holder).deposit(DEPOSIT);
  await s.trust.connect(s.asLeases).delivered(s.holder, s.provider, s.pool, 3_600_000n);
  const claimant = s.claims.connect(s.stranger);
  const accused = s.claims.connect(s.holder);
  const operator = s.claims.connect(s.operator);
  const owner = s.claims.connect(s.treasury);
  return { ...s, claimant, accused, operatorSays: operator, ownerSays: owner };
}

/** `accusable`, and an open claim of abuse: number 1. */
export async function claimed() {
  const s = await accusable();
  await s.claimant.open(Kind.Abuse, s.id, AMOUNT, AMOUNT / 10n, EVIDENCE, URI);
  return { ...s, disputeBy: (await time.latest()) + WEEK, entries: () => entries(s) };
}

/** `claimed`, and disputed. */
export async function disputed() {
  const s = await claimed();
  await s.accused.dispute(1, EVIDENCE, URI);
  return { ...s, disputedAt: await time.latest() };
}

/** What each party has in the vault, and what the claims hold. */
async function entries(s: Awaited<ReturnType<typeof accusable>>) {
  const of = (account: Parameters<typeof s.vault.balanceOf>[1]) => s.vault.balanceOf(s.xov, account);
  return { claimant: await of(s.stranger), accused: await of(s.holder), held: await of(s.claims) };
}
