// SPDX-License-Identifier: Apache-2.0
import type { PublicClient } from "viem";
import { leaseAddress } from "../bitcoin/leaseAddress.ts";
import type { BitcoinNetwork } from "../bitcoin/taproot.ts";
import { abis } from "../chain/abis.ts";
import { bitcoinKeyOf } from "./book.ts";
import { contractProblem } from "./contractProblem.ts";
import type { Addresses } from "./contracts.ts";
import type { Journal } from "./journal.ts";
import type { Problem } from "./problem.ts";
import { type PaymentStatus, paymentsOf, type StatusSources } from "./status.ts";
import type { Hex } from "./types.ts";

/** What there is to say of a lease to the one who pays it. */
export interface LeaseReport {
  readonly leaseId: Hex;
  /** queued: accepted, and not yet on the chain; refused: accepted, then refused by the contracts; else as on the chain. */
  readonly state: "queued" | "refused" | "unfunded" | "pending" | "reserved" | "active" | "closed";
  /** What it is paid to; undefined when it is not paid in bitcoin. */
  readonly address: string | undefined;
  readonly payments: readonly PaymentStatus[];
  /** Why it was refused. */
  readonly refusal: Problem | undefined;
}

const STATES = ["queued", "unfunded", "pending", "reserved", "active", "closed"] as const;

export interface ReportParameters {
  readonly chain: PublicClient;
  readonly addresses: Pick<Addresses, "leases" | "providers">;
  readonly network: BitcoinNetwork;
  readonly journal: Journal;
  readonly sources: StatusSources;
}

/** Undefined for a lease that neither the chain nor this relayer knows. */
export async function reportOn(leaseId: Hex, parameters: ReportParameters): Promise<LeaseReport | undefined> {
  const { journal, sources } = parameters;
  const queued = journal.get(leaseId);
  const onChain = await readLease(leaseId, parameters);
  const appliance = onChain?.appliance ?? queued?.take.terms.appliance;
  if (appliance === undefined) return undefined;
  const refusal = onChain === undefined ? queued?.refusal : undefined;
  return {
    leaseId,
    state: refusal === undefined ? (STATES[onChain?.state ?? 0] ?? "queued") : "refused",
    address: onChain?.isBitcoin === false ? undefined : await addressOf(leaseId, appliance, parameters),
    payments: paymentsOf(leaseId, sources),
    refusal,
  };
}

/** What there is to say of a reservation of the swap to the one who pays it. */
export interface ReservationReport {
  readonly reservationId: Hex;
  readonly address: string;
  readonly payments: readonly PaymentStatus[];
}

/** Undefined for a reservation that the relayer does not know, or not any more. */
export function reportOnReservation(
  reservationId: Hex,
  { network, sources }: Pick<ReportParameters, "network" | "sources">,
): ReservationReport | undefined {
  const payee = sources.book.payees.get(reservationId);
  const key = payee?.kind === "reservation" ? bitcoinKeyOf(payee, sources.book) : undefined;
  if (key === undefined) return undefined;
  const { address } = leaseAddress(key, reservationId, network);
  return { reservationId, address, payments: paymentsOf(reservationId, sources) };
}

async function addressOf(leaseId: Hex, appliance: number, { chain, addresses, network }: ReportParameters) {
  const { address, abi } = { address: addresses.providers, abi: abis.Providers };
  const key = await chain.readContract({ address, abi, functionName: "bitcoinKeyOf", args: [appliance] });
  return leaseAddress(key, leaseId, network).address;
}

async function readLease(leaseId: Hex, { chain, addresses }: ReportParameters) {
  const contract = { address: addresses.leases, abi: abis.Leases, args: [leaseId] } as const;
  try {
    const [{ appliance, confirmations }, { state }] = await Promise.all([
      chain.readContract({ ...contract, functionName: "lease" }),
      chain.readContract({ ...contract, functionName: "statusOf" }),
    ]);
    return { appliance, state, isBitcoin: confirmations > 0 };
  } catch (error) {
    if (contractProblem(error)?.code === "Leases_UnknownLease") return undefined;
    throw error;
  }
}
