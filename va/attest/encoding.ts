// SPDX-License-Identifier: Apache-2.0
import { encodeAbiParameters, getAbiItem, type Hex, keccak256 } from "viem";
import { abis } from "../../offchain/chain/abis.ts";
import { type Component, LEVELS } from "./stack.ts";

const [, COMPONENTS] = getAbiItem({ abi: abis.Attestations, name: "attest" }).inputs;

/** Of a stack as the contract keeps it: keccak256 of its ABI encoding. */
export function hashOf(components: readonly Component[]): Hex {
  return keccak256(encodeAbiParameters([COMPONENTS], [components.map(encoded)]));
}

/** As `Component` in IAttestations.sol. */
export function encoded({ level, ...rest }: Component) {
  return { ...rest, level: LEVELS.indexOf(level) };
}
