// SPDX-License-Identifier: Apache-2.0
import { zeroAddress } from "viem";
import type { EventOf, HandlerContext } from "../events.ts";
import { need } from "../need.ts";
import { decodePrice } from "../priceCode.ts";

export async function handleExchange(event: EventOf<"Exchange">, { rows }: HandlerContext): Promise<void> {
  switch (event.eventName) {
    case "AskPlaced": {
      const { order, appliance, market, ask } = event.args;
      const { decade } = await need(rows, "markets", { id: market });
      return rows.add("asks", {
        id: order,
        appliance,
        market,
        price: `${decodePrice(ask.price, decade)}`,
        quantity: ask.quantity,
        unfunded: 0,
        expiry: ask.expiry,
        confirmations: ask.confirmations,
        prepaid_hours: ask.prepaidHours,
        bond: `${ask.bond}`,
        removed: false,
      });
    }
    case "AskReduced": {
      const ask = await need(rows, "asks", { id: event.args.order });
      return rows.put("asks", { ...ask, quantity: event.args.quantity });
    }
    case "AskRemoved": {
      const ask = await need(rows, "asks", { id: event.args.order });
      return rows.put("asks", { ...ask, removed: true });
    }
    case "AskTaken": {
      const ask = await need(rows, "asks", { id: event.args.order });
      const { quote } = await need(rows, "markets", { id: ask.market });
      // A token is paid at the take.
      const unfunded = ask.unfunded + (quote === zeroAddress ? 1 : 0);
      return rows.put("asks", { ...ask, quantity: event.args.quantity, unfunded });
    }
    case "ReservationEnded": {
      const ask = await need(rows, "asks", { id: event.args.order });
      return rows.put("asks", { ...ask, unfunded: ask.unfunded - 1 });
    }
  }
}
