// SPDX-License-Identifier: Apache-2.0
import { zeroAddress } from "viem";
import { filledLeases, placeOf } from "../../lease/orderId.ts";
import type { EventOf, HandlerContext } from "../events.ts";
import { need } from "../need.ts";
import { newLease } from "../newLease.ts";
import { decodePrice, decodeStartFee } from "../priceCode.ts";
import type { AskRow } from "../tables.ts";
import { addTimeline } from "../timeline.ts";

type ExchangeEvent = EventOf<"Exchange">;
type Named<N extends ExchangeEvent["eventName"]> = Extract<ExchangeEvent, { eventName: N }>;

/** The longest prepayment in a token, hours: `MAX_PREPAID_HOURS` in `Exchange.sol`. */
const PREPAID_HOURS = 720;

/** More than a block holds. */
const LOGS_PER_BLOCK = 2 ** 20;

/** Bids are not indexed; the leases that they open are. */
export async function handleExchange(event: ExchangeEvent, context: HandlerContext): Promise<void> {
  switch (event.eventName) {
    case "AskPlaced":
      return askPlaced(event, context);
    case "BitcoinAskPlaced": {
      const { order, confirmations, prepaidHours, bond } = event.args;
      return changeAsk(order, context, () => ({ confirmations, prepaid_hours: prepaidHours, bond: `${bond}` }));
    }
    case "Filled":
      return filled(event, context);
    case "OrderReduced":
      return changeAsk(event.args.order, context, () => ({ quantity: event.args.quantity }));
    case "OrderRemoved":
      return changeAsk(event.args.order, context, () => ({ removed: true }));
    case "AskTaken": {
      const { order, quantity } = event.args;
      const { market } = await need(context.rows, "asks", { id: `${order}` });
      const { quote } = await need(context.rows, "markets", { id: market });
      // A token is paid at the take.
      const more = quote === zeroAddress ? 1 : 0;
      return changeAsk(order, context, ({ unfunded }) => ({ quantity, unfunded: unfunded + more }));
    }
    case "ReservationEnded":
      return changeAsk(event.args.order, context, ({ unfunded }) => ({ unfunded: unfunded - 1 }));
  }
}

async function askPlaced({ args, logIndex }: Named<"AskPlaced">, { rows, block }: HandlerContext): Promise<void> {
  const { order, appliance, market, price, quantity, expiry, startFee } = args;
  const { decade } = await need(rows, "markets", { id: market });
  rows.add("asks", {
    id: `${order}`,
    appliance,
    market,
    price: `${decodePrice(price, decade)}`,
    quantity,
    unfunded: 0,
    placed: Number(block.number) * LOGS_PER_BLOCK + logIndex,
    expiry,
    // Of one in bitcoin, `BitcoinAskPlaced` tells them.
    confirmations: 0,
    prepaid_hours: PREPAID_HOURS,
    bond: "0",
    start_fee: `${decodeStartFee(startFee, decade)}`,
    removed: false,
  });
}

async function changeAsk(order: bigint, { rows }: HandlerContext, changed: (ask: AskRow) => Partial<AskRow>) {
  if (placeOf(order).side === "bid") return;
  const ask = await need(rows, "asks", { id: `${order}` });
  rows.put("asks", { ...ask, ...changed(ask) });
}

/** Each instance is a lease that is paid; with a launch spec, which `LaunchRequested` tells, a start is awaited. */
async function filled(event: Named<"Filled">, context: HandlerContext): Promise<void> {
  const { order, holder, appliance, first, count, clock } = event.args;
  const { rows, time, block } = context;
  const { market, price } = placeOf(order);
  const { decade, quote } = await need(rows, "markets", { id: market });
  const prepayment = `${event.args.prepayment}`;
  const startBy = event.args.startBy === 0n ? null : Number(event.args.startBy);
  const launched = startBy === null ? 0 : Number(count);
  const record = await need(rows, "appliances", { id: appliance });
  rows.put("appliances", { ...record, starts_asked: record.starts_asked + launched });
  for (const id of filledLeases(event.args)) {
    const opened = {
      id,
      holder,
      appliance,
      market,
      order,
      start_fee: "0",
      prepayment,
      time,
      block: Number(block.number),
    };
    rows.add("leases", {
      ...newLease({ ...opened, price: `${decodePrice(price, decade)}`, deposit: prepayment }),
      state: startBy === null ? "reserved" : "pending",
      funded_at: time,
      start_asked_at: startBy === null ? null : time,
      start_by: startBy,
      period_start: startBy === null ? Number(clock) : null,
    });
    addTimeline(context, event, "opened-in-token", id, { prepayment, token: quote });
  }
  return changeAsk(order, context, () => ({ quantity: Number(first - count) }));
}
