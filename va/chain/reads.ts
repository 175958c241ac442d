// SPDX-License-Identifier: Apache-2.0
import { BaseError, ContractFunctionRevertedError, type Hex } from "viem";
import type { ChainClient } from "../../offchain/chain/clients.ts";
import {
  type Block,
  CLOSE_REASONS,
  type CloseReason,
  type HeldCollateral,
  LEASE_STATES,
  type LeaseView,
} from "../types.ts";
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
    const recorded = LEASE_STATES[stored.state] === "closed";
    const reason = CLOSE_REASONS[status.reason] ?? unknown("close reason", status.reason);
    const neverStarted = recorded && NEVER_STARTED.has(reason);
    const side = neverStarted ? await client.readContract({ ...common, functionName: "bitcoinSide" }) : undefined;
    return {
      leaseId,
      block: at,
      state: LEASE_STATES[status.state] ?? unknown("state", status.state),
      recorded,
      reason,
      appliance: stored.appliance,
      market: stored.market,
      time: BigInt(stored.time),
      clock: status.clock,
      exhaustedAt: status.exhaustedAt,
      graceEndsAt: status.graceEndsAt,
      held: side === undefined ? undefined : heldUntil(BigInt(stored.time), status.refundable, side),
    };
  } catch (error) {
    if (isUnknownLease(error)) return noLease(leaseId, at);
    throw error;
  }
}

const NEVER_STARTED: ReadonlySet<CloseReason> = new Set(["unpaid", "declined", "notStarted"]);
/** `LATE_PAYMENT_WINDOW` and `CONFIRMATION_TIME` of Leases.sol, seconds. */
const LATE_PAYMENT_WINDOW = 86_400n;
const CONFIRMATION_TIME = 1_200n;

/** What `releaseCollateral` would free; see `LeaseMath.collateralUp`: what covers the amount owed is kept. */
function heldUntil(closedAt: bigint, owed: bigint, side: BitcoinSide): HeldCollateral | undefined {
  const { collateral, covered, confirmations } = side;
  if (owed >= covered || collateral === 0n) return undefined;
  const kept = (collateral * owed + covered - 1n) / covered;
  if (kept === collateral) return undefined;
  const burial = BigInt(confirmations - 1) * CONFIRMATION_TIME;
  return { amount: collateral - kept, until: closedAt + LATE_PAYMENT_WINDOW + burial };
}

interface BitcoinSide {
  readonly collateral: bigint;
  readonly covered: bigint;
  readonly confirmations: number;
}

function noLease(leaseId: Hex, block: Block): LeaseView {
  const zero = { appliance: 0, market: 0, time: 0n, clock: 0n, exhaustedAt: 0n, graceEndsAt: 0n };
  return { leaseId, block, state: "none", recorded: false, reason: "none", held: undefined, ...zero };
}

function isUnknownLease(error: unknown): boolean {
  if (!(error instanceof BaseError)) return false;
  const revert = error.walk((each) => each instanceof ContractFunctionRevertedError);
  return revert instanceof ContractFunctionRevertedError && revert.data?.errorName === "Leases_UnknownLease";
}

function unknown(what: string, value: number): never {
  throw new Error(`the contracts know a ${what} ${value} that this appliance does not`);
}
