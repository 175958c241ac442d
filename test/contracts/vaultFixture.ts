// SPDX-License-Identifier: Apache-2.0
import { MaxUint256 } from "ethers";
import { LyingToken__factory } from "../../typechain-types/index.js";
import { deployed, STAKE } from "./fixture.ts";

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
