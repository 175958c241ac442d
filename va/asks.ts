// SPDX-License-Identifier: Apache-2.0
import type { Logger } from "../offchain/core/log.ts";
import { decodeStartFee } from "../offchain/indexer/priceCode.ts";
import { BITCOIN } from "../offchain/lease/terms.ts";
import { askPrice } from "./askPrice.ts";
import type { ApplianceChain } from "./chain/applianceChain.ts";
import { type Floors, readFloors, refusedBy } from "./floors.ts";
import type { Marketplace, OpenOffer } from "./marketplace.ts";
import type { Offers } from "./offers.ts";
import type { Compute, Flavor } from "./openstack/compute.ts";
import { type AskAction, type OfferNow, planAsks } from "./planAsks.ts";
import { decodePrice } from "./price.ts";
import type { Holding } from "./reconciler.ts";
import { type FeeRange, startFeeOf } from "./startFee.ts";
import type { Block } from "./types.ts";

/** What {@link createAskKeeper} needs. */
export interface AskKeeperOptions {
  readonly chain: ApplianceChain;
  readonly compute: Compute;
  readonly marketplace: Marketplace;
  /** What is offered now. */
  readonly offers: () => Pick<Offers, "access">;
  readonly log: Logger;
}

/** Keeps the appliance's asks in step with what its cloud has room for. All asks of the appliance are its own. */
export interface AskKeeper {
  /** Reads stake, book and cloud anew and does what {@link planAsks} says. */
  keep(now: AskInputs, signal: AbortSignal): Promise<void>;
}

/** What the asks depend on beside stake, book and cloud. */
export interface AskInputs {
  /** The latest block that `orders` tells of. */
  readonly latest: Block;
  /** The appliance's asks, as the events tell. */
  readonly orders: readonly bigint[];
  /** Its leases that are not over. */
  readonly holdings: readonly Holding[];
}

/** See {@link AskKeeper}. Its orders come from the events, so that a restart places nothing twice. */
export function createAskKeeper(options: AskKeeperOptions): AskKeeper {
  const { chain, compute, marketplace, offers: offered, log } = options;
  let before = "";
  let actedAt = 0n;
  let told = "";
  const tell = (refused: readonly string[]) => {
    const now = refused.join();
    if (now !== told && now !== "")
      log.warn({ refused }, "the hot key may not place these asks (Providers.setPriceFloor)");
    told = now;
  };

  return {
    async keep({ latest, orders, holdings }, signal) {
      // The orders do not tell yet of what was done last.
      if (latest.number < actedAt) return;
      const open = await marketplace.ensure();
      const { provider, pool, hasFloors } = await chain.appliance();
      const floors = await readFloors(chain, { hasFloors }, open);
      const asks = await chain.asks(orders);
      const flavors = await Promise.all(open.map(({ offer }) => compute.resolveFlavor(offer.flavor, signal)));
      const addresses = open.length === 0 ? 0 : await compute.addressRoom(isFloating(offered()), signal);
      const room = await Promise.all(
        flavors.map(async (flavor) => Math.min(addresses, await compute.capacity(flavor, signal))),
      );
      const collateral = await chain.collateralPerMsat(pool);
      const fees = await Promise.all(open.map((each) => feeOf(each, chain)));
      const offers = open.map((each, i) =>
        offerNow(each, i, { open, flavors, room, holdings, collateral, fees, floors }),
      );
      tell(open.flatMap((each, i) => refusedBy(floors, each, offers[i]?.price ?? 0) ?? []));
      const freeStake = await chain.freeStake(provider);
      const actions = planAsks({ offers, asks, freeStake, now: latest.timestamp });
      // A server that is just being made counts twice or not at all for a moment: only what is seen twice is acted on.
      const fingerprint = actions.map(describe).join();
      const settled = fingerprint === before;
      before = fingerprint;
      if (!settled) return;
      before = "";
      for (const action of actions) {
        log.info({ action: action.kind, ...("order" in action ? { order: `${action.order}` } : action.ask) }, "ask");
        actedAt = await chain.send(action);
      }
    },
  };
}

function isFloating({ access }: Pick<Offers, "access">): boolean {
  return access.floatingNetwork !== undefined;
}

function describe(action: AskAction): string {
  if (action.kind !== "place") return `${action.kind} ${action.order} ${"quantity" in action ? action.quantity : ""}`;
  const { market, price, quantity } = action.ask;
  return `place ${quantity} in ${market} at ${price}`;
}

interface Room {
  readonly open: readonly OpenOffer[];
  readonly flavors: readonly Flavor[];
  readonly room: readonly number[];
  readonly holdings: readonly Holding[];
  readonly collateral: bigint;
  readonly fees: readonly FeeRange[];
  readonly floors: Floors;
}

/** The start price is asked for only where it is passed on. */
async function feeOf({ offer, market }: OpenOffer, chain: ApplianceChain): Promise<FeeRange> {
  const price = offer.startFee === undefined ? 0n : await chain.startPrice(market.computeUnits);
  return startFeeOf(offer, price, market.decade);
}

function offerNow(open: OpenOffer, i: number, all: Room): OfferNow {
  const { offer, market } = open;
  const { flavors, room, holdings } = all;
  const mine = holdings.filter((holding) => isOpen(holding) && holding.market === market.market);
  const price = askPrice(offer, mine.length, market.decade);
  const startFee = all.fees[i] ?? { least: 0, placed: 0, most: 0 };
  const fee = decodeStartFee(startFee.placed, market.decade);
  const longest = decodePrice(price, market.decade) * BigInt(offer.prepaidHours) + fee;
  const waiting = holdings.filter((holding) => isOpen(holding) && holding.servers === "");
  const reserved = waiting.reduce((sum, holding) => {
    const at = all.open.findIndex((each) => each.market.market === holding.market);
    return sum + share(flavors[at], flavors[i]);
  }, 0);
  return {
    ...offer,
    price,
    startFee,
    market: market.market,
    prepaidHours: offer.quote === BITCOIN ? offer.prepaidHours : 0,
    // The vault holds what is paid in a token: it needs no cover.
    lockPerInstance: market.startPenalty + (offer.quote === BITCOIN ? longest * all.collateral : 0n),
    leased: mine.length,
    placeable: refusedBy(all.floors, open, price) === undefined,
    fits: (room[i] ?? 0) - reserved,
    takes: flavors.map((flavor, j) => (j > i ? share(flavors[i], flavor) : 0)),
  };
}

/** A lease that has, or is still to get, a server. */
function isOpen({ state }: Holding): boolean {
  return state !== "none" && state !== "closed";
}

/** How much of the room for one `other` a `taker` takes, by whichever resource is shortest; at least one instance of a quota. */
function share(taker: Flavor | undefined, other: Flavor | undefined): number {
  if (taker === undefined || other === undefined) return 1;
  const ratio = (a: number, b: number) => (b === 0 ? 0 : a / b);
  return Math.max(1, ratio(taker.vcpus, other.vcpus), ratio(taker.ram, other.ram), ratio(taker.disk, other.disk));
}
