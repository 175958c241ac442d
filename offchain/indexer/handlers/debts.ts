// SPDX-License-Identifier: Apache-2.0
import { displayOrder } from "../../bitcoin/bytes.ts";
import type { EventOf, HandlerContext } from "../events.ts";
import { need } from "../need.ts";
import type { RefundRow } from "../tables.ts";
import { addTimeline } from "../timeline.ts";

/** Refunds of what closed bitcoin leases owe, and claims of their collateral. */
export async function handleDebts(event: EventOf<"BitcoinDebts">, context: HandlerContext): Promise<void> {
  const { rows } = context;
  const { leaseId: lease } = event.args;
  switch (event.eventName) {
    case "RefundProven": {
      const { vout, value, settled, height, confirmableAt } = event.args;
      const txid = displayOrder(event.args.txid);
      const row: RefundRow = {
        lease,
        txid,
        vout,
        value: `${value}`,
        settled: `${settled}`,
        height,
        confirmable_at: Number(confirmableAt),
        state: "proven",
      };
      // It may be there already, from a block that was removed.
      await rows.get("refunds", { lease, txid, vout });
      rows.put("refunds", row);
      return addTimeline(context, event, "refund-proven", lease, { txid, vout, msat: `${value}` });
    }
    case "RefundConfirmed": {
      const { txid, vout } = await changeRefund(event.args, context, "confirmed");
      return addTimeline(context, event, "refund-confirmed", lease, { txid, vout });
    }
    case "RefundRevoked": {
      const { txid, vout } = await changeRefund(event.args, context, "revoked");
      return addTimeline(context, event, "refund-revoked", lease, { txid, vout, msat: `${event.args.reopened}` });
    }
    case "CollateralClaimed": {
      const { amount } = event.args;
      const payableAt = Number(event.args.payableAt);
      const row = await need(rows, "leases", { id: lease });
      rows.put("leases", { ...row, claimed: `${amount}`, claim_payable_at: payableAt });
      return addTimeline(context, event, "collateral-claimed", lease, { msat: `${amount}`, payableAt });
    }
    case "ClaimPaid": {
      const { amount, collateral } = event.args;
      const row = await need(rows, "leases", { id: lease });
      rows.put("leases", { ...row, claimed: "0", claim_payable_at: null });
      return addTimeline(context, event, "claim-paid", lease, { msat: `${amount}`, amount: `${collateral}` });
    }
  }
}

async function changeRefund(
  args: { leaseId: string; txid: `0x${string}`; vout: number },
  { rows }: HandlerContext,
  state: RefundRow["state"],
) {
  const key = { lease: args.leaseId, txid: displayOrder(args.txid), vout: args.vout };
  rows.put("refunds", { ...(await need(rows, "refunds", key)), state });
  return key;
}
