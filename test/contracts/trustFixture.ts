// SPDX-License-Identifier: Apache-2.0
import { parseEther } from "ethers";
import { TRUST_PARAMETERS } from "../../scripts/deploy/trustParameters.ts";
import { COMPUTE_UNITS, ethers, marketed, pending } from "./fixture.ts";

/** A compute-unit-hour, in thousandths × seconds. */
export const UNIT_HOUR = 3_600_000n;
/** What one instance of the fixture's class needs as a deposit. */
export const ENOUGH: bigint = (COMPUTE_UNITS * TRUST_PARAMETERS.limit.unitDeposit) / 1000n;
export const PURSE: bigint = parseEther("1000");
export const COOL_DOWN = 14 * 24 * 3600;

/** `marketed`, and a holder and a stranger with XOV in the vault; `asLeases` and `asClaims` stand for those contracts. */
export async function trusting() {
  return withPurses(await marketed());
}

/** `pending`, with those purses. */
export async function awaiting() {
  return withPurses(await pending());
}

async function withPurses<S extends Awaited<ReturnType<typeof marketed>>>(s: S) {
  for (const account of [s.holder, s.stranger]) {
    await s.xov.transfer(account, PURSE);
    await s.xov.connect(account).approve(s.vault, PURSE);
    await s.vault.connect(account).deposit(s.xov, PURSE, account);
  }
  const asLeases = await impersonated(await s.leases.getAddress());
  const asClaims = await impersonated(await s.claims.getAddress());
  return { ...s, asLeases, asClaims };
}

/** Signs as a contract. */
export async function impersonated(address: string) {
  await ethers.provider.send("hardhat_setBalance", [address, "0xde0b6b3a7640000"]);
  return ethers.getImpersonatedSigner(address);
}

/** The parts of an ending that a test does not name. */
export function ending(parts: { holder: string; provider: string } & Partial<Ending>): Ending {
  return {
    pool: 1n,
    units: 0n,
    withinLimit: false,
    started: false,
    failed: false,
    feeless: false,
    delivered: 0n,
    withheld: 0n,
    ...parts,
  };
}

export interface Ending {
  holder: string;
  provider: string;
  pool: bigint;
  units: bigint;
  withinLimit: boolean;
  started: boolean;
  failed: boolean;
  delivered: bigint;
  feeless: boolean;
  withheld: bigint;
}
