// SPDX-License-Identifier: Apache-2.0
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { MaxUint256, Signature } from "ethers";
import { LyingToken__factory, type PermitToken, type Vault, type XovToken } from "../../typechain-types/index.js";
import { deployed, ethers, HOUR, STAKE, time } from "./fixture.ts";

/** As in `LyingToken.sol`. */
export const Manner = {
  Honest: 0,
  TakesTenth: 1,
  MovesNothing: 2,
  ReturnsFalse: 3,
  ReturnsNothing: 4,
  Reverts: 5,
  CallsBack: 6,
  Drains: 7,
} as const;

/** An account with XOV that the vault may pull, and a token that lies. */
export async function funded() {
  const s = await deployed();
  await s.xov.transfer(s.holder, STAKE);
  await s.xov.connect(s.holder).approve(s.vault, STAKE);
  const lying = await new LyingToken__factory(s.holder).deploy();
  await lying.connect(s.holder).approve(s.vault, MaxUint256);
  return { ...s, vault: s.vault.connect(s.holder), lying };
}

/** What the vault takes as a permit of EIP-2612. */
export interface Permit {
  deadline: number;
  v: number;
  r: string;
  s: string;
}

/** Of a token that knows no permits, or none that anyone signed. */
export const NO_PERMIT: Permit = { deadline: 0, v: 27, r: `0x${"00".repeat(32)}`, s: `0x${"00".repeat(32)}` };

/** The owner's permit for the vault, for an hour unless told. */
export async function permitOf(
  vault: Vault,
  token: PermitToken | XovToken,
  owner: HardhatEthersSigner,
  value: bigint,
  until?: number,
): Promise<Permit> {
  const { chainId } = await ethers.provider.getNetwork();
  const domain = { name: await token.name(), version: "1", chainId, verifyingContract: await token.getAddress() };
  const fields = { owner: "address", spender: "address", value: "uint256", nonce: "uint256", deadline: "uint256" };
  const types = { Permit: Object.entries(fields).map(([name, type]) => ({ name, type })) };
  const deadline = until ?? (await time.latest()) + HOUR;
  const [spender, nonce] = [await vault.getAddress(), await token.nonces(owner)];
  const message = { owner: owner.address, spender, value, nonce, deadline };
  const { v, r, s } = Signature.from(await owner.signTypedData(domain, types, message));
  return { deadline, v, r, s };
}
