// SPDX-License-Identifier: Apache-2.0
import { parseEventLogs } from "viem";
import { internalOrder } from "../bitcoin/bytes.ts";
import { refundIn } from "../bitcoin/refundMarks.ts";
import type { MarkScan } from "../bitcoin/refundScan.ts";
import { abis } from "../chain/abis.ts";
import type { ChainClient } from "../chain/clients.ts";
import type { leaseLogs } from "../chain/leaseLogs.ts";
import type { Lease } from "./book.ts";
import type { PendingRefund, UnprovenRefund } from "./claim.ts";
import type { Addresses } from "./contracts.ts";
import type { Hex } from "./types.ts";

export interface RefundReader {
  readonly client: ChainClient;
  readonly addresses: Pick<Addresses, "debts" | "lightClient">;
  /** Over the blocks of Bitcoin's best chain. */
  readonly scan: MarkScan;
  readonly signal: AbortSignal;
}

/** Refunds of a lease that are proven and do not count for good yet. @param logs of BitcoinDebts about it, at least */
export async function pendingRefunds(
  leaseId: Hex,
  logs: Awaited<ReturnType<typeof leaseLogs>>,
  reader: RefundReader,
): Promise<PendingRefund[]> {
  const raw = logs as Parameters<typeof parseEventLogs>[0]["logs"];
  const proven = parseEventLogs({ abi: abis.BitcoinDebts, eventName: "RefundProven", logs: raw });
  const outpoints = new Map(proven.map(({ args }) => [`${args.txid}:${args.vout}`, args]));
  const found: PendingRefund[] = [];
  for (const { txid, vout } of outpoints.values()) {
    const record = await recordOf(leaseId, { txid, vout }, reader);
    if (record === undefined || record.confirmableAt === 0) continue;
    found.push({ txid, vout, stands: record.stands, confirmableAt: record.confirmableAt });
  }
  return found;
}

/** Refunds of a closed lease in Bitcoin's chain that the contracts do not count, or not any more. */
export async function unprovenRefunds(
  { leaseId, closedAt = 0 }: Lease,
  refundScript: Hex,
  reader: RefundReader,
): Promise<UnprovenRefund[]> {
  const { client, addresses, scan, signal } = reader;
  const marked = (await scan.minedSince(BigInt(closedAt), signal)).get(leaseId) ?? [];
  const found: UnprovenRefund[] = [];
  for (const mined of marked) {
    const refund = refundIn(mined.transaction, leaseId, refundScript);
    if (refund === undefined) continue;
    const record = await recordOf(leaseId, { txid: internalOrder(refund.txid), vout: refund.paid }, reader);
    if (record?.stands === true || record?.confirmableAt === 0) continue;
    const lightClient = { address: addresses.lightClient, abi: abis.BitcoinLightClient } as const;
    const args = [mined.height, internalOrder(mined.blockHash)] as const;
    const depth = await client.readContract({ ...lightClient, functionName: "confirmations", args });
    found.push({ ...mined, ...refund, depth, moved: record !== undefined });
  }
  return found;
}

/** What the contracts have of a refund; undefined when it is not one of this lease. */
async function recordOf(
  leaseId: Hex,
  { txid, vout }: { readonly txid: Hex; readonly vout: number },
  { client, addresses }: RefundReader,
) {
  const debts = { address: addresses.debts, abi: abis.BitcoinDebts } as const;
  const refund = await client.readContract({ ...debts, functionName: "refundOf", args: [txid, vout] });
  if (refund.leaseId !== leaseId) return undefined;
  const { height, hashStart, confirmableAt } = refund;
  const lightClient = { address: addresses.lightClient, abi: abis.BitcoinLightClient } as const;
  const stands = await client.readContract({ ...lightClient, functionName: "stands", args: [height, hashStart] });
  return { stands, confirmableAt };
}
