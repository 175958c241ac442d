// SPDX-License-Identifier: Apache-2.0
import { type Address, type Hex, keccak256, parseEventLogs, zeroHash } from "viem";
import { abis } from "../chain/abis.ts";
import type { ChainClient } from "../chain/clients.ts";
import type { LeaseLog } from "../chain/leaseLogs.ts";
import { BITCOIN, leaseIdOf, type Terms } from "./terms.ts";

/** What {@link bitcoinTerms} reads with. */
export interface TermsReader {
  readonly client: ChainClient;
  readonly chainId: number;
  readonly leases: Address;
  readonly markets: Address;
}

/** What was agreed on a bitcoin lease. */
export interface BitcoinTerms {
  readonly terms: Terms;
  /** Where a refund goes: the script of the last resale, else of the terms; `0x` for none. */
  readonly refundScript: Hex;
}

/**
 * The terms of a bitcoin lease, as the chain tells them, checked against its id.
 * @param market of the lease
 * @param logs of Leases about it, in their order
 * @throws Error when the opening is not among the logs, or they do not give the terms
 */
export async function bitcoinTerms(
  leaseId: Hex,
  market: number,
  logs: readonly LeaseLog[],
  { client, chainId, leases, markets }: TermsReader,
): Promise<BitcoinTerms> {
  const events = parseEventLogs({ abi: abis.Leases, logs: logs as Parameters<typeof parseEventLogs>[0]["logs"] });
  const opened = events.find((event) => event.eventName === "LeaseOpened");
  const bitcoin = events.find((event) => event.eventName === "BitcoinLeaseOpened");
  if (opened === undefined || bitcoin === undefined) {
    throw new Error(`the opening of lease ${leaseId} is not to be found`);
  }
  const spec = events.find(
    (event) => event.eventName === "LaunchRequested" && event.blockNumber === opened.blockNumber,
  );
  const resold = events.findLast((event) => event.eventName === "HolderChanged");
  const [{ class: classId }, { price }] = await Promise.all([
    client.readContract({ address: markets, abi: abis.Markets, functionName: "market", args: [market] }),
    client.readContract({ address: leases, abi: abis.Leases, functionName: "statusOf", args: [leaseId] }),
  ]);
  const common = {
    holder: opened.args.holder,
    appliance: opened.args.appliance,
    class: classId,
    quote: BITCOIN,
    price,
    prepayment: opened.args.prepayment,
    refundScript: bitcoin.args.refundScript,
    salt: bitcoin.args.salt,
    deadline: bitcoin.args.deadline,
  };
  // Reserved capacity may have been launched in the very block of its opening: then its terms name no spec.
  const hashes = spec?.eventName === "LaunchRequested" ? [keccak256(spec.args.sealedSpec), zeroHash] : [zeroHash];
  const terms = hashes
    .map((launchSpecHash) => ({ ...common, launchSpecHash }))
    .find((each) => leaseIdOf(each, { chainId, leases }) === leaseId);
  if (terms === undefined) throw new Error(`the events of lease ${leaseId} do not give its terms`);
  return { terms, refundScript: resold?.args.refundScript ?? terms.refundScript };
}
