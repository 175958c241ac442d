// SPDX-License-Identifier: Apache-2.0
import type { AskView, NewAsk } from "./chain/applianceChain.ts";
import type { FeeRange } from "./startFee.ts";

/** One offer with all that bounds it now. */
export interface OfferNow {
  readonly market: number;
  readonly price: number;
  readonly maximum: number;
  readonly prepaidHours: number;
  readonly confirmations: number;
  readonly bond: bigint;
  readonly startFee: FeeRange;
  /** XOV base units that a new ask locks for each instance. */
  readonly lockPerInstance: bigint;
  /** Its leases that are not over. */
  readonly leased: number;
  /** Whether the hot key may place it at its price; one that stands already stays. */
  readonly placeable: boolean;
  /** How many more instances fit into the cloud, beside what is leased and reserved already. */
  readonly fits: number;
  /** What an instance of it takes of the room that each later offer sees: entry i for the i-th offer. */
  readonly takes: readonly number[];
}

/** A step towards the asks that should stand. */
export type AskAction =
  | { readonly kind: "cancel"; readonly order: bigint }
  | { readonly kind: "reduce"; readonly order: bigint; readonly quantity: number }
  | { readonly kind: "place"; readonly ask: NewAsk };

/** What {@link planAsks} compares. */
export interface AskState {
  readonly offers: readonly OfferNow[];
  /** All asks of the appliance on the book. */
  readonly asks: readonly AskView[];
  /** XOV base units of the provider that may be locked. */
  readonly freeStake: bigint;
  /** The latest block's time, unix seconds. */
  readonly now: bigint;
}

/** How long an ask lives: a little less than the exchange's longest, so that a late block does not make it too long. Seconds. */
const LIFETIME = 7n * 86_400n - 3_600n;
/** An ask that expires sooner is renewed, seconds. */
const RENEW_BEFORE = 86_400n;
/** Of the exchange: instances in one ask. */
const MAX_QUANTITY = 65_535;

/**
 * What brings the asks in step with the offers, in the order to do it: one ask for each offer, of as many instances as the cloud
 * has room for, the stake covers and the offer's maximum leaves. Fewer at once; more only when it is at least a quarter more,
 * since an ask that grows gets a new id, or when the ask has to be renewed anyway. Of an offer that may not be placed an ask that
 * stands is only made smaller, until it expires.
 */
export function planAsks({ offers, asks, freeStake, now }: AskState): AskAction[] {
  const kept = offers.map((offer) => newestMatch(offer, asks));
  const actions: AskAction[] = asks
    .filter((ask) => !kept.includes(ask))
    .map(({ order }) => ({ kind: "cancel", order }));
  let stake = freeStake + lockedBy(asks.filter((ask) => !kept.includes(ask)));
  const used = offers.map(() => 0);
  offers.forEach((offer, i) => {
    const ask = kept[i];
    const room = Math.floor(offer.fits - (used[i] ?? 0));
    const available = stake + (ask === undefined ? 0n : lockedBy([ask]));
    const target = targetOf(offer, room, available);
    const step = offer.placeable ? stepTo(offer, ask, target, now) : keepAtMost(ask, target);
    actions.push(...step.actions);
    stake = available - step.locked;
    offer.takes.forEach((each, j) => {
      used[j] = (used[j] ?? 0) + each * step.quantity;
    });
  });
  return actions;
}

function newestMatch(offer: OfferNow, asks: readonly AskView[]): AskView | undefined {
  return asks
    .filter(
      (ask) =>
        ask.market === offer.market &&
        ask.price === offer.price &&
        ask.prepaidHours === offer.prepaidHours &&
        ask.confirmations === offer.confirmations &&
        ask.bond === offer.bond &&
        ask.startFee >= offer.startFee.least &&
        ask.startFee <= offer.startFee.most,
    )
    .sort((a, b) => Number(b.expiry - a.expiry) || (b.order > a.order ? 1 : -1))[0];
}

function targetOf(offer: OfferNow, room: number, stake: bigint): number {
  const covered = offer.lockPerInstance === 0n ? MAX_QUANTITY : Number(stake / offer.lockPerInstance);
  return Math.max(0, Math.min(room, covered, offer.maximum - offer.leased, MAX_QUANTITY));
}

interface Step {
  readonly actions: AskAction[];
  /** Of the offer, once the actions are done. */
  readonly quantity: number;
  readonly locked: bigint;
}

function stepTo(offer: OfferNow, ask: AskView | undefined, target: number, now: bigint): Step {
  const fresh: Step = {
    actions: target > 0 ? [{ kind: "place", ask: newAsk(offer, target, now) }] : [],
    quantity: target,
    locked: BigInt(target) * offer.lockPerInstance,
  };
  if (ask === undefined) return fresh;
  const cancelled: Step = { ...fresh, actions: [{ kind: "cancel", order: ask.order }, ...fresh.actions] };
  if (ask.expiry < now + RENEW_BEFORE) return cancelled;
  if (target === 0) return ask.quantity === 0 ? { actions: [], quantity: 0, locked: 0n } : cancelled;
  if (target < ask.quantity) {
    const locked = BigInt(target) * ask.lockPerInstance;
    return { actions: [{ kind: "reduce", order: ask.order, quantity: target }], quantity: target, locked };
  }
  if (target - ask.quantity > 0 && 4 * (target - ask.quantity) >= ask.quantity) return cancelled;
  return { actions: [], quantity: ask.quantity, locked: lockedBy([ask]) };
}

function keepAtMost(ask: AskView | undefined, target: number): Step {
  const quantity = Math.min(target, ask?.quantity ?? 0);
  if (ask === undefined || ask.quantity === quantity)
    return { actions: [], quantity, locked: lockedBy(ask ? [ask] : []) };
  const { order } = ask;
  const action: AskAction = quantity === 0 ? { kind: "cancel", order } : { kind: "reduce", order, quantity };
  return { actions: [action], quantity, locked: BigInt(quantity) * ask.lockPerInstance };
}

function newAsk(offer: OfferNow, quantity: number, now: bigint): NewAsk {
  const { market, price, confirmations, prepaidHours, bond } = offer;
  const startFee = offer.startFee.placed;
  return { market, price, quantity, expiry: now + LIFETIME, confirmations, prepaidHours, bond, startFee };
}

function lockedBy(asks: readonly AskView[]): bigint {
  return asks.reduce((sum, ask) => sum + BigInt(ask.quantity) * ask.lockPerInstance, 0n);
}
