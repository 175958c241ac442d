// SPDX-License-Identifier: Apache-2.0
import { BaseError, ContractFunctionRevertedError, type Hex } from "viem";
import type { ChainClient } from "../../offchain/chain/clients.ts";
import { SMALLEST_DEBT } from "../../offchain/lease/debts.ts";
import type { Launch } from "../launch.ts";
import { type Block, CLOSE_REASONS, LEASE_STATES, type LeaseView } from "../types.ts";
import type { ApplianceContracts } from "./abis.ts";

/** See `ApplianceChain.lease`. */
export async function readLease(
  client: ChainClient,
  { Leases, BitcoinDebts }: ApplianceContracts,
  leaseId: Hex,
  at: Block,
): Promise<LeaseView> {
  const common = { ...Leases, args: [leaseId], blockNumber: at.number } as const;
  try {
    const [stored, status, bitcoin] = await Promise.all([
      client.readContract({ ...common, functionName: "lease" }),
      client.readContract({ ...common, functionName: "statusOf" }),
      client.readContract({ ...common, functionName: "bitcoinSide" }),
    ]);
    // The contracts refuse a lease that they do not know: an answer of zeroes is none.
    if (LEASE_STATES[status.state] === "none") throw new Error("an endpoint answers with an empty lease");
    const isClosed = LEASE_STATES[stored.state] === "closed";
    const isBitcoin = stored.confirmations > 0;
    const debts = { ...BitcoinDebts, args: [leaseId], blockNumber: at.number } as const;
    const [owed, { refunded }] =
      isClosed && isBitcoin
        ? await Promise.all([
            client.readContract({ ...debts, functionName: "owedOf" }),
            client.readContract({ ...debts, functionName: "debtOf" }),
          ])
        : [0n, { refunded: 0n }];
    return {
      leaseId,
      block: at,
      state: LEASE_STATES[status.state] ?? unknown("state", status.state),
      recorded: isClosed,
      reason: CLOSE_REASONS[status.reason] ?? unknown("close reason", status.reason),
      appliance: stored.appliance,
      market: stored.market,
      time: BigInt(stored.time),
      clock: status.clock,
      exhaustedAt: status.exhaustedAt,
      startBy: status.startBy,
      overAt: status.overAt,
      price: status.price,
      confirmations: stored.confirmations,
      releasable: isClosed && isBitcoin ? releasable(bitcoin, stored.deposit - stored.paid) : 0n,
      unsettled: isBitcoin ? 0n : status.earned - stored.paid,
      owed,
      refunding: refunded,
    };
  } catch (error) {
    if (isUnknownLease(error)) return noLease(leaseId, at);
    throw error;
  }
}

/** Whether an endpoint's chain has a launch in the block that it is said to be in. */
export async function hasLaunch(
  client: ChainClient,
  { Leases }: ApplianceContracts,
  leaseId: Hex,
  { block, sealedSpec }: Launch,
): Promise<boolean> {
  const range = { fromBlock: block, toBlock: block } as const;
  const found = await client.getContractEvents({
    ...Leases,
    eventName: "LaunchRequested",
    args: { leaseId },
    ...range,
  });
  return found.some(({ args }) => args.sealedSpec === sealedSpec);
}

function noLease(leaseId: Hex, block: Block): LeaseView {
  const zero = { appliance: 0, market: 0, time: 0n, startBy: 0n, clock: 0n, exhaustedAt: 0n, overAt: 0n };
  const money = { price: 0n, confirmations: 0, releasable: 0n, unsettled: 0n, owed: 0n, refunding: 0n };
  return { leaseId, block, state: "none", recorded: false, reason: "none", ...zero, ...money };
}

/** What `releaseCollateral` frees: all but the share that what is owed needs, rounded up (`collateralUp` of LeaseMath.sol). */
function releasable({ collateral, covered }: { collateral: bigint; covered: bigint }, owed: bigint): bigint {
  if (owed < SMALLEST_DEBT) return collateral;
  if (owed >= covered) return 0n;
  return collateral - (collateral * owed + covered - 1n) / covered;
}

function isUnknownLease(error: unknown): boolean {
  if (!(error instanceof BaseError)) return false;
  const revert = error.walk((each) => each instanceof ContractFunctionRevertedError);
  return revert instanceof ContractFunctionRevertedError && revert.data?.errorName === "Leases_UnknownLease";
}

function unknown(what: string, value: number): never {
  throw new Error(`the contracts know a ${what} ${value} that this appliance does not`);
}
