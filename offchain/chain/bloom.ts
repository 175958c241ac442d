// SPDX-License-Identifier: Apache-2.0
import { type Address, type Hex, hexToBytes, keccak256 } from "viem";

/**
 * Whether a block with this bloom filter can hold a log of the address: "no" is certain, "yes" is not.
 * Source: Ethereum Yellow Paper, section 4.4.3 (three bits of 2,048, by the first three pairs of bytes of keccak256).
 */
export function mayContain(logsBloom: Hex, address: Address): boolean {
  const bloom = hexToBytes(logsBloom);
  const hash = hexToBytes(keccak256(address));
  return [0, 2, 4].every((at) => {
    const bit = (((hash[at] ?? 0) << 8) | (hash[at + 1] ?? 0)) & 0x7ff;
    const byte = bloom[bloom.length - 1 - (bit >> 3)] ?? 0;
    return ((byte >> (bit & 7)) & 1) === 1;
  });
}
