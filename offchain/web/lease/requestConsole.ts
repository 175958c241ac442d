// SPDX-License-Identifier: Apache-2.0
import type { Hex } from "../../bitcoin/bytes.ts";
import type { HolderKeys } from "../../lease/holderKeys.ts";
import type { Network } from "../../pool/api.ts";
import { postAction } from "../api/calls.ts";

/** How long what is signed here counts, seconds. */
const COUNTS_S = 600;

export interface RequestConsoleParameters {
  readonly leaseId: string;
  readonly keys: HolderKeys;
  readonly network: Network;
  /** The chain's time, Unix seconds. */
  readonly now: number;
}

/**
 * Asks the provider, over the chain, for the console of a lease's server: signed here in the browser and handed to the pool for its
 * relayer. The answer comes as new access details.
 * @throws ApiError when the pool refuses or does not answer; the same can be tried again
 */
export async function requestConsole({ leaseId, keys, network, now }: RequestConsoleParameters): Promise<void> {
  const { signConsoleRequest } = await import("../crypto.ts");
  const { Requests: requests } = network.contracts;
  if (requests === undefined) throw new Error("The pool does not say which contract takes requests.");
  const deadline = BigInt(Math.floor(now) + COUNTS_S);
  const domain = { chainId: network.chainId, requests: requests as Hex };
  const signature = await signConsoleRequest(leaseId as Hex, deadline, domain, keys.account);
  await postAction({ kind: "console", leaseId, deadline: `${deadline}`, signature });
}
