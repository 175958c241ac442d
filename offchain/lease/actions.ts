// SPDX-License-Identifier: Apache-2.0
import { type Address, type Hex, keccak256, type LocalAccount } from "viem";
import { leasesDomain, type TermsDomain } from "./terms.ts";

const types = {
  Stop: [
    { name: "leaseId", type: "bytes32" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
  Console: [
    { name: "leaseId", type: "bytes32" },
    { name: "deadline", type: "uint256" },
  ],
  Launch: [
    { name: "leaseId", type: "bytes32" },
    { name: "launchSpecHash", type: "bytes32" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
} as const;

/** When and how often an action counts. */
export interface ActionLimits {
  /** The holder's next nonce: `nonces(holder)` of the Leases contract. */
  readonly nonce: bigint;
  /** Unix seconds: the last at which it counts. */
  readonly deadline: bigint;
}

/** Signs `stopBySig` as the lease's holder (EIP-712). */
export function signStop(leaseId: Hex, limits: ActionLimits, domain: TermsDomain, holder: LocalAccount): Promise<Hex> {
  const message = { leaseId, ...limits };
  return holder.signTypedData({ domain: leasesDomain(domain), types, primaryType: "Stop", message });
}

/** Where requests are valid: one chain, one contract. */
export interface RequestsDomain {
  readonly chainId: number;
  /** The Requests contract. */
  readonly requests: Address;
}

/**
 * Signs `requestConsoleBySig` of the Requests contract as the lease's holder (EIP-712). It counts any number of times until then.
 *
 * @param deadline Unix seconds, at most a day from when it is used
 */
export function signConsoleRequest(
  leaseId: Hex,
  deadline: bigint,
  { chainId, requests }: RequestsDomain,
  holder: LocalAccount,
): Promise<Hex> {
  const domain = { name: "XOV Requests", version: "1", chainId, verifyingContract: requests } as const;
  const message = { leaseId, deadline };
  return holder.signTypedData({ domain, types, primaryType: "Console", message });
}

/** Signs `launchBySig` as the lease's holder (EIP-712). */
export function signLaunch(
  leaseId: Hex,
  sealedSpec: Hex,
  limits: ActionLimits,
  domain: TermsDomain,
  holder: LocalAccount,
): Promise<Hex> {
  const message = { leaseId, launchSpecHash: keccak256(sealedSpec), ...limits };
  return holder.signTypedData({ domain: leasesDomain(domain), types, primaryType: "Launch", message });
}
