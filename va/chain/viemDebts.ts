// SPDX-License-Identifier: Apache-2.0
import { type Hex, parseEventLogs } from "viem";
import { displayOrder, internalOrder } from "../../offchain/bitcoin/bytes.ts";
import type { Outpoint } from "../../offchain/bitcoin/transaction.ts";
import { abis } from "../../offchain/chain/abis.ts";
import type { ChainClient } from "../../offchain/chain/clients.ts";
import { type LeaseLog, leaseLogs } from "../../offchain/chain/leaseLogs.ts";
import type { Sender } from "../../offchain/chain/sender.ts";
import { bitcoinTerms } from "../../offchain/lease/bitcoinTerms.ts";
import { outpointKey } from "../bitcoin/coin.ts";
import type { DebtChain, DebtView, ProvenRefund } from "../refunds/debt.ts";
import { type Block, LEASE_STATES } from "../types.ts";
import type { ApplianceContracts } from "./abis.ts";

/** What {@link viemDebts} needs. */
export interface ViemDebtsOptions {
  readonly reader: ChainClient;
  readonly sender: Sender;
  readonly contracts: ApplianceContracts;
  readonly chainId: number;
  readonly appliance: number;
  /** Ends waiting for receipts. */
  readonly signal: AbortSignal;
}

const EVENTS = [...abis.Leases, ...abis.BitcoinPayments, ...abis.BitcoinDebts].filter(({ type }) => type === "event");

/** {@link DebtChain} over JSON-RPC. What it remembers is final. */
export function viemDebts(options: ViemDebtsOptions): DebtChain {
  const { reader, sender, contracts, chainId, appliance, signal } = options;
  const { BitcoinDebts, BitcoinLightClient, Providers } = contracts;
  const logs = rememberedLogs(options);
  const { Leases, Markets } = contracts;
  const termsReader = { client: reader, chainId, leases: Leases.address, markets: Markets.address };
  const owedAt = async (leaseId: Hex, { number: blockNumber }: Block) => {
    const at = { ...BitcoinDebts, functionName: "owedOf", args: [leaseId], blockNumber } as const;
    return reader.readContract(at);
  };
  const submit = async (functionName: "confirm" | "revoke", { txid, vout }: Outpoint) => {
    await sender.submit({ ...BitcoinDebts, functionName, args: [internalOrder(txid), vout] }, signal);
  };
  return {
    async debt(leaseId, openedAt, { latest, finalized }) {
      const lease = await closedAt(options, leaseId, latest);
      // Not closed for good: nothing may leave for it.
      if (lease === undefined || (await closedAt(options, leaseId, finalized)) === undefined) return undefined;
      const found = await logs(leaseId, openedAt, latest, finalized);
      const events = parse(found);
      const key = { ...Providers, functionName: "bitcoinKeyOf", args: [appliance] } as const;
      const [owed, finallyOwed, bitcoinKey, agreed, refunds] = await Promise.all([
        owedAt(leaseId, latest),
        owedAt(leaseId, finalized),
        reader.readContract(key),
        bitcoinTerms(leaseId, lease.market, found, termsReader),
        refundsOf(options, leaseId, events, latest),
      ]);
      const payments = paymentsOf(events);
      const { confirmations, time } = lease;
      const standing = { confirmations, closedAt: time, owed, finallyOwed, refunds };
      return { leaseId, ...agreed, bitcoinKey, payments, ...standing };
    },
    async depthOf(height, blockHash) {
      const call = { ...BitcoinLightClient, functionName: "confirmations" } as const;
      return reader.readContract({ ...call, args: [height, internalOrder(blockHash)] });
    },
    async prove({ terms, height, header, index, raw, path, paid, mark }) {
      const args = [terms, { height, header }, { index, raw, path: [...path] }, { paid, mark }] as const;
      await sender.submit({ ...BitcoinDebts, functionName: "prove", args }, signal);
    },
    confirm: (refund) => submit("confirm", refund),
    revoke: (refund) => submit("revoke", refund),
  };
}

/** The lease as it is stored at a block, if it is the appliance's, paid in bitcoin and closed. */
async function closedAt({ reader, contracts, appliance }: ViemDebtsOptions, leaseId: Hex, { number }: Block) {
  const call = { ...contracts.Leases, functionName: "lease", args: [leaseId], blockNumber: number } as const;
  const lease = await reader.readContract(call).catch((error: unknown) => {
    if (String(error).includes("Leases_UnknownLease")) return undefined;
    throw error;
  });
  const isOurs = lease?.appliance === appliance && lease.confirmations > 0;
  if (lease === undefined || !isOurs || LEASE_STATES[lease.state] !== "closed") return undefined;
  return { market: lease.market, confirmations: lease.confirmations, time: BigInt(lease.time) };
}

/** The events of one lease, of which those that are final are asked for once. */
function rememberedLogs({ reader, contracts }: ViemDebtsOptions) {
  const addresses = [contracts.Leases.address, contracts.BitcoinPayments.address, contracts.BitcoinDebts.address];
  const known = new Map<Hex, { to: bigint; logs: LeaseLog[] }>();
  return async (leaseId: Hex, openedAt: bigint, latest: Block, finalized: Block) => {
    const before = known.get(leaseId) ?? { to: openedAt - 1n, logs: [] };
    const settled = await leaseLogs(reader, addresses, leaseId, before.to + 1n, finalized.number);
    const to = before.to > finalized.number ? before.to : finalized.number;
    const all = { to, logs: [...before.logs, ...settled] };
    known.set(leaseId, all);
    const recent = await leaseLogs(reader, addresses, leaseId, to + 1n, latest.number);
    return [...all.logs, ...recent];
  };
}

function parse(logs: readonly LeaseLog[]) {
  return parseEventLogs({ abi: EVENTS, logs: logs as Parameters<typeof parseEventLogs>[0]["logs"] });
}

type Events = ReturnType<typeof parse>;

function paymentsOf(events: Events): Outpoint[] {
  const found = new Map<string, Outpoint>();
  for (const { args } of parseEventsNamed(events, "PaymentCredited")) {
    const outpoint = { txid: displayOrder(args.txid), vout: args.vout };
    found.set(outpointKey(outpoint), outpoint);
  }
  return [...found.values()];
}

async function refundsOf(
  { reader, contracts }: ViemDebtsOptions,
  leaseId: Hex,
  events: Events,
  { number: blockNumber }: Block,
): Promise<DebtView["refunds"]> {
  const found = new Map<string, ProvenRefund>();
  for (const { args } of parseEventsNamed(events, "RefundProven")) {
    const outpoint = { txid: displayOrder(args.txid), vout: args.vout };
    const call = { ...contracts.BitcoinDebts, functionName: "refundOf", args: [args.txid, args.vout] } as const;
    const refund = await reader.readContract({ ...call, blockNumber });
    if (refund.leaseId !== leaseId) continue; // revoked
    const { height, hashStart, confirmableAt } = refund;
    const stands = { ...contracts.BitcoinLightClient, functionName: "stands", args: [height, hashStart] } as const;
    const pending = confirmableAt === 0 ? undefined : BigInt(confirmableAt);
    const blockStands = pending === undefined || (await reader.readContract({ ...stands, blockNumber }));
    found.set(outpointKey(outpoint), { ...outpoint, height, blockStands, confirmableAt: pending });
  }
  return [...found.values()];
}

function parseEventsNamed<N extends Events[number]["eventName"]>(events: Events, name: N) {
  return events.filter((event): event is Extract<Events[number], { eventName: N }> => event.eventName === name);
}
