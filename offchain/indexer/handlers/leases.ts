// SPDX-License-Identifier: Apache-2.0
import { keccak256, zeroAddress } from "viem";
import type { EventOf, HandlerContext } from "../events.ts";
import { clockAt, secondsPaid } from "../exhaustion.ts";
import { need } from "../need.ts";
import { newLease } from "../newLease.ts";
import { decodePrice } from "../priceCode.ts";
import { printable } from "../printable.ts";
import type { Rows } from "../rows.ts";
import type { ApplianceRow, LeaseRow } from "../tables.ts";
import { addTimeline } from "../timeline.ts";
import { BEAT_WINDOW } from "../topics.ts";

/** `CloseReason` of `ILeases.sol`, by its number. */
const REASONS = ["none", "stopped", "exhausted", "declined", "not-started", "ended", "evicted", "unpaid"] as const;

type LeasesEvent = EventOf<"Leases">;
type Named<N extends LeasesEvent["eventName"]> = Extract<LeasesEvent, { eventName: N }>;

export async function handleLeases(event: LeasesEvent, context: HandlerContext): Promise<void> {
  switch (event.eventName) {
    case "LeaseOpened":
      return opened(event, context);
    case "BitcoinLeaseOpened":
      return bitcoinLeaseOpened(event, context);
    case "LaunchRequested":
      return change(event, context, () => ({ launch_spec_hash: keccak256(event.args.sealedSpec) }));
    case "Credited":
      return credited(event, context);
    case "Uncredited":
      return uncredited(event, context);
    case "Funded":
      // What it is paid for follows: a start, or a reservation.
      return change(event, context, () => ({ state: "pending", pay_by: null, funded_at: context.time }));
    case "UnfundedAgain":
      return unfundedAgain(event, context);
    case "Reserved":
      addTimeline(context, event, "reserved", event.args.leaseId, {});
      return change(event, context, () => ({ state: "reserved", period_start: Number(event.args.clock) }));
    case "StartAwaited":
      return startAwaited(event, context);
    case "HolderChanged":
      return holderChanged(event, context);
    case "Started":
      return started(event, context);
    case "StartFeeEarned":
      return startFeeEarned(event, context);
    case "AccessPosted":
      addTimeline(context, event, "access-posted", event.args.leaseId, {});
      return change(event, context, () => ({ sealed_access: event.args.sealedAccess, access_at: context.time }));
    case "PeriodOpened":
      return periodOpened(event, context);
    case "Settled":
      return settled(event, context);
    case "NoticeGiven":
      addTimeline(context, event, "notice-given", event.args.leaseId, {});
      return change(event, context, () => ({ ends_at: Number(event.args.endsAt) }));
    case "Declined":
      return declined(event, context);
    case "Evicted":
      return evicted(event, context);
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
    // What BitcoinDebts tells of beside them.
    case "DebtSettled":
      return change(event, context, ({ earned }) => ({ deposit: `${BigInt(earned ?? 0) + event.args.owed}` }));
    case "CollateralForfeited":
      return change(event, context, () => ({ collateral: `${event.args.left}` }));
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

/** The token that a lease is paid in; undefined for bitcoin. */
async function tokenOf(rows: Rows, { market }: LeaseRow): Promise<string | undefined> {
  const { quote } = await need(rows, "markets", { id: market });
  return quote === zeroAddress ? undefined : quote;
}

/** The token that an event's lease is paid in; zero for bitcoin. */
async function quoteOf({ args }: { args: { leaseId: string } }, { rows }: HandlerContext): Promise<string> {
  const lease = await need(rows, "leases", { id: args.leaseId });
  return (await tokenOf(rows, lease)) ?? zeroAddress;
}

// ---------------------------------------------------------------- opening and payment

async function opened(event: Named<"LeaseOpened">, context: HandlerContext): Promise<void> {
  const { leaseId, holder, appliance, order, market, price, startFee } = event.args;
  const { rows, time, block } = context;
  const { decade, quote } = await need(rows, "markets", { id: market });
  const prepayment = `${event.args.prepayment}`;
  const isBitcoin = quote === zeroAddress;
  // A token was moved with the take.
  const deposit = isBitcoin ? "0" : prepayment;
  const opened = {
    id: leaseId,
    holder,
    appliance,
    market,
    order,
    start_fee: `${startFee}`,
    prepayment,
    deposit,
    time,
    block: Number(block.number),
  };
  rows.add("leases", newLease({ ...opened, price: `${decodePrice(price, decade)}` }));
  // Of one in bitcoin, the rest is told by `BitcoinLeaseOpened`.
  if (!isBitcoin) addTimeline(context, event, "opened-in-token", leaseId, { prepayment, token: quote });
}

async function bitcoinLeaseOpened(event: Named<"BitcoinLeaseOpened">, context: HandlerContext): Promise<void> {
  const { leaseId, collateral, confirmations, refundScript, salt, deadline } = event.args;
  const payBy = Number(event.args.payBy);
  await change(event, context, () => ({
    confirmations,
    collateral: `${collateral}`,
    refund_script: refundScript,
    salt: `${salt}`,
    terms_deadline: `${deadline}`,
    pay_by: payBy,
  }));
  const { prepayment } = await need(context.rows, "leases", { id: leaseId });
  addTimeline(context, event, "opened", leaseId, { prepayment, payBy });
}

async function credited(event: Named<"Credited">, context: HandlerContext): Promise<void> {
  const { leaseId, amount, deposit } = event.args;
  const { rows, time } = context;
  const lease = await need(rows, "leases", { id: leaseId });
  const appliance = await need(rows, "appliances", { id: lease.appliance });
  const token = await tokenOf(rows, lease);
  const isAside = token === undefined && isUsedUp(lease, appliance, time);
  const aside = BigInt(lease.aside) + (isAside ? amount : 0n);
  rows.put("leases", { ...lease, deposit: `${deposit}`, aside: `${aside}` });
  if (isAside) addTimeline(context, event, "set-aside", leaseId, { msat: `${amount}` });
  // Payments in bitcoin are told with their transactions.
  if (token !== undefined) addTimeline(context, event, "topped-up", leaseId, { amount: `${amount}`, token });
}

/** In grace, or by a resale, which is told of by itself. */
async function periodOpened(event: Named<"PeriodOpened">, context: HandlerContext): Promise<void> {
  const { leaseId, clock } = event.args;
  const lease = await need(context.rows, "leases", { id: leaseId });
  const appliance = await need(context.rows, "appliances", { id: lease.appliance });
  if (isUsedUp(lease, appliance, context.time)) addTimeline(context, event, "period-opened", leaseId, {});
  // What was set aside begins the new period; `Credited` follows with what came now, or what a seller left.
  return change(event, context, ({ aside }) => {
    return { period_start: Number(clock), deposit: aside, aside: "0", fee_earned: "0" };
  });
}

/**
 * Whether a lease is in grace now: bitcoin that is credited then is put aside, as `Leases.credit` does when it is too little for
 * a new period. When it is enough, the period has been opened just before, at this very clock.
 */
function isUsedUp(lease: LeaseRow, { elapsed, last_beat: lastBeat }: ApplianceRow, time: number): boolean {
  const { state, start_by, period_start } = lease;
  if ((state !== "reserved" && state !== "active") || start_by !== null || period_start === null) return false;
  const clock = clockAt({ elapsed, lastBeat, window: BEAT_WINDOW }, time);
  const spendable = BigInt(lease.deposit) - BigInt(lease.aside) - BigInt(lease.fee_earned);
  const exhaustedAt = lease.ends_at ?? period_start + secondsPaid(spendable, BigInt(lease.price));
  return clock > period_start && clock >= exhaustedAt;
}

async function uncredited(event: Named<"Uncredited">, context: HandlerContext): Promise<void> {
  const { taken, deposit } = event.args;
  return change(event, context, ({ aside, state }) => {
    const left = BigInt(aside) - taken;
    // What is set aside in grace is all that can be taken then.
    return { deposit: `${deposit}`, ...(state !== "closed" && { aside: `${left > 0n ? left : 0n}` }) };
  });
}

async function unfundedAgain(event: Named<"UnfundedAgain">, context: HandlerContext): Promise<void> {
  const { leaseId, payBy } = event.args;
  const { appliance } = await need(context.rows, "leases", { id: leaseId });
  await change(event, context, () => {
    return { state: "unfunded", pay_by: Number(payBy), funded_at: null, start_asked_at: null, start_by: null };
  });
  await changeRecord(context.rows, appliance, ({ starts_asked }) => ({ starts_asked: starts_asked - 1 }));
  addTimeline(context, event, "unfunded-again", leaseId, { payBy: Number(payBy) });
}

async function settled(event: Named<"Settled">, context: HandlerContext): Promise<void> {
  const { leaseId, amount } = event.args;
  addTimeline(context, event, "settled", leaseId, { amount: `${amount}`, token: await quoteOf(event, context) });
}

// ---------------------------------------------------------------- starts

async function startAwaited(event: Named<"StartAwaited">, context: HandlerContext): Promise<void> {
  const { leaseId } = event.args;
  const startBy = Number(event.args.startBy);
  const { appliance, state, start_by } = await need(context.rows, "leases", { id: leaseId });
  await change(event, context, () => ({ start_asked_at: context.time, start_by: startBy }));
  // A spec that replaces one before it was served asks for the same start.
  if (start_by === null) {
    await changeRecord(context.rows, appliance, ({ starts_asked }) => ({ starts_asked: starts_asked + 1 }));
  }
  addTimeline(context, event, state === "pending" ? "funded" : "launch-asked", leaseId, { startBy });
}

async function started(event: Named<"Started">, context: HandlerContext): Promise<void> {
  const { leaseId, periodStart, sealedAccess } = event.args;
  const { rows, time } = context;
  const { appliance, state, started_at, start_asked_at } = await need(rows, "leases", { id: leaseId });
  await change(event, context, ({ fee_charged }) => ({
    state: "active",
    // Unless `StartFeeEarned` follows.
    fee_charged: fee_charged ?? "0",
    start_asked_at: null,
    start_by: null,
    started_at: started_at ?? time,
    period_start: Number(periodStart),
    sealed_access: sealedAccess,
    access_at: time,
  }));
  await changeRecord(rows, appliance, ({ starts_made, start_seconds }) => ({
    starts_made: starts_made + 1,
    start_seconds: start_seconds + time - (start_asked_at ?? time),
  }));
  addTimeline(context, event, "started", leaseId, { again: state === "active" ? 1 : 0 });
}

async function startFeeEarned(event: Named<"StartFeeEarned">, context: HandlerContext): Promise<void> {
  const amount = `${event.args.amount}`;
  addTimeline(context, event, "start-fee", event.args.leaseId, { amount, token: await quoteOf(event, context) });
  return change(event, context, () => ({ fee_earned: amount, fee_charged: amount }));
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

async function holderChanged(event: Named<"HolderChanged">, context: HandlerContext): Promise<void> {
  const { leaseId, to, refundScript } = event.args;
  addTimeline(context, event, "resold", leaseId, {});
  return change(event, context, ({ confirmations, fee_charged }) => ({
    holder: to,
    refund_to: confirmations > 0 ? refundScript : null,
    // A start that was free within the seller's limit is looked at again with the buyer's.
    fee_charged: fee_charged === "0" ? null : fee_charged,
  }));
}

// ---------------------------------------------------------------- the end

async function evicted(event: Named<"Evicted">, context: HandlerContext): Promise<void> {
  const explanation = printable(event.args.explanation);
  addTimeline(context, event, "evicted", event.args.leaseId, { explanation });
  return change(event, context, () => ({ explanation }));
}

async function closed(event: Named<"LeaseClosed">, context: HandlerContext): Promise<void> {
  const { leaseId, earned, refundable } = event.args;
  const reason = REASONS[event.args.reason] ?? "none";
  const lease = await need(context.rows, "leases", { id: leaseId });
  await change(event, context, () => ({
    state: "closed",
    reason,
    pay_by: null,
    start_asked_at: null,
    start_by: null,
    earned: `${earned}`,
    closed_at: context.time,
  }));
  if (reason === "not-started") {
    await changeRecord(context.rows, lease.appliance, ({ starts_missed }) => ({ starts_missed: starts_missed + 1 }));
  }
  const token = await tokenOf(context.rows, lease);
  const isRebuild = reason === "not-started" && lease.started_at !== null;
  const data = {
    reason: isRebuild ? "not-rebuilt" : reason,
    earned: `${earned}`,
    owed: `${refundable}`,
    ...(token !== undefined && { token }),
  };
  addTimeline(context, event, "closed", leaseId, data);
}
