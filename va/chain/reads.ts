// SPDX-License-Identifier: Apache-2.0
import { BaseError, ContractFunctionRevertedError, type Hex } from "viem";
import type { ChainClient } from "../../offchain/chain/clients.ts";
import { type Block, CLOSE_REASONS, LEASE_STATES, type LeaseView } from "../types.ts";
import type { ApplianceContracts } from "./abis.ts";

/** See `ApplianceChain.lease`. */
export async function readLease(
  client: ChainClient,
  { Leases }: ApplianceContracts,
  leaseId: Hex,
  at: Block,
): Promise<LeaseView> {
  const common = { ...Leases, args: [leaseId], blockNumber: at.number } as const;
  try {
    const [stored, status] = await Promise.all([
      client.readContract({ ...common, functionName: "lease" }),
      client.readContract({ ...common, functionName: "statusOf" }),
    ]);
    return {
      leaseId,
      block: at,
      state: LEASE_STATES[status.state] ?? unknown("state", status.state),
      recorded: LEASE_STATES[stored.state] === "closed",
      reason: CLOSE_REASONS[status.reason] ?? unknown("close reason", status.reason),
      appliance: stored.appliance,
      market: stored.market,
      time: BigInt(stored.time),
      clock: status.clock,
      exhaustedAt: status.exhaustedAt,
      graceEndsAt: status.graceEndsAt,
    };
  } catch (error) {
    if (isUnknownLease(error)) return noLease(leaseId, at);
    throw error;
  }
}

function noLease(leaseId: Hex, block: Block): LeaseView {
  const zero = { appliance: 0, market: 0, time: 0n, clock: 0n, exhaustedAt: 0n, graceEndsAt: 0n };
  return { leaseId, block, state: "none", recorded: false, reason: "none", ...zero };
}

function isUnknownLease(error: unknown): boolean {
  if (!(error instanceof BaseError)) return false;
  const revert = error.walk((each) => each instanceof ContractFunctionRevertedError);
  return revert instanceof ContractFunctionRevertedError && revert.data?.errorName === "Leases_UnknownLease";
}

function unknown(what: string, value: number): never {
  throw new Error(`the contracts know a ${what} ${value} that this appliance does not`);
}
