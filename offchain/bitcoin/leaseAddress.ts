// SPDX-License-Identifier: Apache-2.0
import { bytesToHex, fixedBytes, type Hex } from "./bytes.ts";
import { type BitcoinNetwork, type TaprootOutput, taggedHash, taprootOutput } from "./taproot.ts";

/** Where a lease is paid, and all that a contract needs to check it. */
export interface LeaseAddress extends TaprootOutput {
  leaseId: Hex;
  /** The x-only key of the appliance: the internal key P. */
  bitcoinKey: Hex;
  /** The tagged hash "xov/lease" of the lease id. The tree it stands for has no leaf: only the key can spend. */
  merkleRoot: Hex;
}

/**
 * The address that a lease is paid to: Q = P + H_TapTweak(P ‖ root)·G. Anybody can compute it, only the owner of the
 * appliance's key can spend from it, and no two leases share one. Runs in a browser too.
 * @param bitcoinKey the appliance's key: x-only (BIP-340), 32 bytes
 * @param leaseId 32 bytes
 * @throws RangeError when a length is wrong or the key is not on the curve
 */
export function leaseAddress(bitcoinKey: Hex, leaseId: Hex, network: BitcoinNetwork): LeaseAddress {
  const merkleRoot = bytesToHex(taggedHash("xov/lease", fixedBytes("the lease id", leaseId, 32)));
  return { leaseId, bitcoinKey, merkleRoot, ...taprootOutput(bitcoinKey, merkleRoot, network) };
}
