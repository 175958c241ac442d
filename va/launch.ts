// SPDX-License-Identifier: Apache-2.0
import { type Hex, keccak256 } from "viem";

/** One `LaunchRequested` of a lease. */
export interface Launch {
  /** Counts the lease's launches, from 1. */
  readonly number: number;
  /** Of the block that it is in. */
  readonly block: bigint;
  readonly sealedSpec: Hex;
}

const HASH_DIGITS = 8;

/**
 * The name of a launch among those of its lease: its number, and the beginning of its spec's hash, since a reorganisation may
 * put another one in its place. Of `[0-9a-f-]`.
 */
export function launchKey({ number, sealedSpec }: Pick<Launch, "number" | "sealedSpec">): string {
  return `${number}-${keccak256(sealedSpec).slice(2, 2 + HASH_DIGITS)}`;
}
