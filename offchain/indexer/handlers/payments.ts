// SPDX-License-Identifier: Apache-2.0
import { displayOrder } from "../../bitcoin/bytes.ts";
import type { EventOf, HandlerContext } from "../events.ts";
import { need } from "../need.ts";
import { addTimeline } from "../timeline.ts";

export async function handlePayments(event: EventOf<"BitcoinPayments">, context: HandlerContext): Promise<void> {
  const { rows } = context;
  const { leaseId: lease, vout } = event.args;
  const txid = displayOrder(event.args.txid);
  const key = { lease, txid, vout };
  switch (event.eventName) {
    case "PaymentCredited": {
      const { amount, height } = event.args;
      const former = await rows.get("payments", key);
      // What a revocation left, because it was spent, is not credited again.
      const all = BigInt(former?.amount ?? 0) + amount;
      rows.put("payments", { ...key, amount: `${all}`, height, revoked: false });
      return addTimeline(context, event, "payment-credited", lease, { txid, vout, msat: `${amount}` });
    }
    case "PaymentMoved": {
      const { height } = event.args;
      rows.put("payments", { ...(await need(rows, "payments", key)), height });
      return addTimeline(context, event, "payment-moved", lease, { txid, vout, height });
    }
    case "PaymentRevoked": {
      const { taken, kept } = event.args;
      rows.put("payments", { ...(await need(rows, "payments", key)), amount: `${kept}`, revoked: true });
      return addTimeline(context, event, "payment-revoked", lease, { txid, vout, msat: `${taken}`, kept: `${kept}` });
    }
  }
}
