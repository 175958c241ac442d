// SPDX-License-Identifier: Apache-2.0
import { type Hash, type Hex, hexToBytes } from "./bytes.ts";

/** Blocks between two changes of the target (`DifficultyAdjustmentInterval` of Bitcoin Core). */
export const RETARGET_INTERVAL = 2016;

/** The compact target of a raw header (bytes 72 to 75). */
export function bitsOf(header: Hex): number {
  return new DataView(hexToBytes(header).buffer).getUint32(72, true);
}

/** The target that a compact form stands for (`arith_uint256::SetCompact`); 0 when no hash can meet it. */
export function targetOf(bits: number): bigint {
  const size = bits >>> 24;
  const mantissa = BigInt(bits & 0x7fffff);
  if ((bits & 0x800000) !== 0) return 0n;
  const target = size <= 3 ? mantissa >> BigInt(8 * (3 - size)) : mantissa << BigInt(8 * (size - 3));
  return target >> 256n === 0n ? target : 0n;
}

/** Expected hashes to find a block with this target (`GetBlockProof`); 0 when there can be none. */
export function workOf(bits: number): bigint {
  const target = targetOf(bits);
  return target === 0n ? 0n : 2n ** 256n / (target + 1n);
}

/** Whether a block's hash meets the target that its own header names. */
export function hasProofOfWork(hash: Hash, bits: number): boolean {
  const target = targetOf(bits);
  return target > 0n && BigInt(`0x${hash}`) <= target;
}
