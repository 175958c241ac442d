// SPDX-License-Identifier: Apache-2.0
import type { Hex } from "../../bitcoin/bytes.ts";
import type { HolderKeys } from "../../lease/holderKeys.ts";
import type { Network } from "../../pool/api.ts";
import { getNonce, postAction } from "../api/calls.ts";

/** How long what is signed here counts, seconds: the relayer has to submit it meanwhile. */
const COUNTS_S = 3_600;

export interface StopLeaseParameters {
  readonly leaseId: string;
  readonly keys: HolderKeys;
  readonly network: Network;
  /** The chain's time, Unix seconds. */
  readonly now: number;
}

/**
 * Signs the end of a lease with the holder's key, here in the browser, and hands it to the pool for its relayer.
 * @throws ApiError when the pool refuses or does not answer; the same can be tried again
 */
export async function stopLease({ leaseId, keys, network, now }: StopLeaseParameters): Promise<void> {
  const { signStop } = await import("../crypto.ts");
  const { Leases: leases } = network.contracts;
  if (leases === undefined) throw new Error("The pool does not say which contract holds the leases.");
  const { nonce } = await getNonce(keys.account.address);
  const limits = { nonce: BigInt(nonce), deadline: BigInt(Math.floor(now) + COUNTS_S) };
  const domain = { chainId: network.chainId, leases: leases as Hex };
  const signature = await signStop(leaseId as Hex, limits, domain, keys.account);
  await postAction({ kind: "stop", leaseId, deadline: `${limits.deadline}`, signature });
}
