// SPDX-License-Identifier: Apache-2.0
import type { LeaseAddress } from "../../bitcoin/leaseAddress.ts";
import { depthNeeded } from "../plan.ts";
import type { StatusSources } from "../status.ts";
import { type Hex, outpointKey } from "../types.ts";
import type { PaymentNow } from "./event.ts";

/** How every payment to a watched lease stands. Where a block has one that was seen elsewhere too, the block is believed. */
export function paymentsNow(
  { book, ledger, sightings }: StatusSources,
  addressOf: (leaseId: Hex) => LeaseAddress | undefined,
): PaymentNow[] {
  const tip = ledger.tip().height;
  const inBlocks = ledger.payments().flatMap((payment): PaymentNow[] => {
    const { leaseId, txid, vout, sats, block } = payment;
    const address = addressOf(leaseId)?.address;
    if (address === undefined) return [];
    const agreed = book.leases.get(leaseId)?.confirmations;
    const isCredited = book.credits.get(outpointKey(payment))?.block?.hash === block.hash;
    return [
      {
        ...{ leaseId, txid, vout, address, sats },
        status: isCredited ? "credited" : "confirming",
        blockHash: block.hash,
        confirmations: tip - block.height + 1,
        needed: agreed === undefined ? undefined : depthNeeded(agreed, payment),
        replacedBy: undefined,
      },
    ];
  });
  const known = new Set(inBlocks.map(outpointKey));
  const elsewhere = [...sightings.all()].flatMap((sighting): PaymentNow[] => {
    const address = addressOf(sighting.leaseId)?.address;
    if (address === undefined || known.has(outpointKey(sighting))) return [];
    const needed = book.leases.get(sighting.leaseId)?.confirmations;
    return [{ ...sighting, address, blockHash: undefined, confirmations: 0, needed }];
  });
  return [...inBlocks, ...elsewhere];
}
