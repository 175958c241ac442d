// SPDX-License-Identifier: Apache-2.0
import { keccak256 } from "viem";
import type { EventOf, HandlerContext } from "../events.ts";
import { need } from "../need.ts";
import { decodePrice } from "../priceCode.ts";
import { printable } from "../printable.ts";
import type { Rows } from "../rows.ts";
import type { ApplianceRow, LeaseRow } from "../tables.ts";
import { addTimeline } from "../timeline.ts";

/** `CloseReason` of `ILeases.sol`, by its number. */
const REASONS = ["none", "stopped", "exhausted", "declined", "not-started", "ended", "evicted", "unpaid"] as const;

type LeasesEvent = EventOf<"Leases">;
type Named<N extends LeasesEvent["eventName"]> = Extract<LeasesEvent, { eventName: N }>;

export async function handleLeases(event: LeasesEvent, context: HandlerContext): Promise<void> {
  switch (event.eventName) {
    case "LeaseOpened":
      return opened(event, context);
    case "LaunchRequested":
      return change(event, context, () => ({ launch_spec_hash: keccak256(event.args.sealedSpec) }));
    case "Credited":
    case "Uncredited":
      return change(event, context, () => ({ deposit: `${event.args.deposit}` }));
    case "Funded":
      return funded(event, context);
    case "UnfundedAgain":
      return unfundedAgain(event, context);
    case "Started":
      return started(event, context);
    case "AccessPosted":
      addTimeline(context, event, "access-posted", event.args.leaseId, {});
      return change(event, context, () => ({ sealed_access: event.args.sealedAccess, access_at: context.time }));
    case "PeriodOpened":
      addTimeline(context, event, "period-opened", event.args.leaseId, {});
      return change(event, context, () => ({ period_start: Number(event.args.clock), deposit: "0" }));
    case "Declined":
      return declined(event, context);
    case "LeaseClosed":
      return closed(event, context);
    case "CollateralReleased": {
      const { amount, left } = event.args;
      addTimeline(context, event, "collateral-released", event.args.leaseId, {
        amount: `${amount}`,
        left: `${left}`,
      });
      return change(event, context, () => ({ collateral: `${left}` }));
    }
  }
}

/** Writes what an event changes in its lease. @throws IndexError MISSING_ROW */
async function change(
  { args }: { args: { leaseId: string } },
  { rows }: HandlerContext,
  changed: (lease: LeaseRow) => Partial<LeaseRow>,
): Promise<void> {
  const lease = await need(rows, "leases", { id: args.leaseId });
  rows.put("leases", { ...lease, ...changed(lease) });
}

/** Writes what an event says about how its appliance serves. */
async function changeRecord(rows: Rows, id: number, changed: (appliance: ApplianceRow) => Partial<ApplianceRow>) {
  const appliance = await need(rows, "appliances", { id });
  rows.put("appliances", { ...appliance, ...changed(appliance) });
}

async function opened(event: Named<"LeaseOpened">, context: HandlerContext): Promise<void> {
  const { leaseId, holder, appliance, opening, prepayment, payBy, refundScript, salt, deadline } = event.args;
  const { rows, time, block } = context;
  const { decade } = await need(rows, "markets", { id: opening.market });
  rows.add("leases", {
    id: leaseId,
    holder,
    appliance,
    market: opening.market,
    ask: opening.order,
    state: "unfunded",
    reason: null,
    explanation: null,
    price: `${decodePrice(opening.price, decade)}`,
    prepayment: `${prepayment}`,
    deposit: "0",
    earned: null,
    confirmations: opening.confirmations,
    collateral: `${opening.collateral}`,
    refund_script: refundScript,
    salt: `${salt}`,
    terms_deadline: `${deadline}`,
    launch_spec_hash: null,
    opened_at: time,
    opened_block: Number(block.number),
    pay_by: Number(payBy),
    funded_at: null,
    start_by: null,
    started_at: null,
    period_start: null,
    closed_at: null,
    sealed_access: null,
    access_at: null,
  });
  addTimeline(context, event, "opened", leaseId, { prepayment: `${prepayment}`, payBy: Number(payBy) });
}

async function funded(event: Named<"Funded">, context: HandlerContext): Promise<void> {
  const { leaseId, startBy } = event.args;
  const { appliance } = await need(context.rows, "leases", { id: leaseId });
  await change(event, context, () => {
    return { state: "pending", pay_by: null, funded_at: context.time, start_by: Number(startBy) };
  });
  await changeRecord(context.rows, appliance, ({ starts_asked }) => ({ starts_asked: starts_asked + 1 }));
  addTimeline(context, event, "funded", leaseId, { startBy: Number(startBy) });
}

async function unfundedAgain(event: Named<"UnfundedAgain">, context: HandlerContext): Promise<void> {
  const { leaseId, payBy } = event.args;
  const { appliance } = await need(context.rows, "leases", { id: leaseId });
  await change(event, context, () => {
    return { state: "unfunded", pay_by: Number(payBy), funded_at: null, start_by: null };
  });
  await changeRecord(context.rows, appliance, ({ starts_asked }) => ({ starts_asked: starts_asked - 1 }));
  addTimeline(context, event, "unfunded-again", leaseId, { payBy: Number(payBy) });
}

async function started(event: Named<"Started">, context: HandlerContext): Promise<void> {
  const { leaseId, clock, sealedAccess } = event.args;
  const { rows, time } = context;
  const lease = await need(rows, "leases", { id: leaseId });
  await change(event, context, () => ({
    state: "active",
    start_by: null,
    started_at: time,
    period_start: Number(clock),
    sealed_access: sealedAccess,
    access_at: time,
  }));
  await changeRecord(rows, lease.appliance, ({ starts_made, start_seconds }) => ({
    starts_made: starts_made + 1,
    start_seconds: start_seconds + time - (lease.funded_at ?? time),
  }));
  addTimeline(context, event, "started", leaseId, { deposit: lease.deposit, price: lease.price });
}

async function declined(event: Named<"Declined">, context: HandlerContext): Promise<void> {
  const explanation = printable(event.args.explanation);
  const { appliance, state } = await need(context.rows, "leases", { id: event.args.leaseId });
  await change(event, context, () => ({ explanation }));
  await changeRecord(context.rows, appliance, ({ starts_asked, starts_declined }) => ({
    // One that is declined before it is paid was asked for all the same.
    starts_asked: starts_asked + (state === "unfunded" ? 1 : 0),
    starts_declined: starts_declined + 1,
  }));
  addTimeline(context, event, "declined", event.args.leaseId, { explanation });
}

async function closed(event: Named<"LeaseClosed">, context: HandlerContext): Promise<void> {
  const { leaseId, earned, refundable } = event.args;
  const reason = REASONS[event.args.reason] ?? "none";
  const { appliance } = await need(context.rows, "leases", { id: leaseId });
  await change(event, context, () => ({
    state: "closed",
    reason,
    pay_by: null,
    start_by: null,
    earned: `${earned}`,
    closed_at: context.time,
  }));
  if (reason === "not-started") {
    await changeRecord(context.rows, appliance, ({ starts_missed }) => ({ starts_missed: starts_missed + 1 }));
  }
  const data = { reason, earned: `${earned}`, owed: `${refundable}` };
  addTimeline(context, event, "closed", leaseId, data);
}
