// SPDX-License-Identifier: Apache-2.0
import type { ApplianceChain, MarketView } from "./chain/applianceChain.ts";
import { classSpecOf, type Offer, type Offers } from "./offers.ts";

/** An offer with the market that it is made in. */
export interface OpenOffer {
  readonly offer: Offer;
  readonly market: MarketView;
}

/** The markets of the appliance's offers. */
export interface Marketplace {
  /** Where each offer is traded, as the chain has it; the market is 0 where none is open. */
  look(): Promise<OpenOffer[]>;
  /** As {@link Marketplace.look}, but registers classes and opens markets that are not there; none in maintenance. */
  ensure(): Promise<OpenOffer[]>;
  /** The offer that is made in a market; undefined when there is none. */
  offerOf(market: number): Promise<Offer | undefined>;
}

/**
 * A {@link Marketplace}; what is open stays open, so it is asked for only once.
 * @param offers what is offered now; in maintenance nothing is, but markets still say what their instances are
 */
export function createMarketplace(chain: ApplianceChain, offers: () => Offers): Marketplace {
  const known = new Map<string, MarketView>();
  let pool: number | undefined;

  const find = async (offer: Offer, open: boolean): Promise<OpenOffer> => {
    const spec = classSpecOf(offer);
    const { quote } = offer;
    const key = JSON.stringify([spec, quote]);
    const cached = known.get(key);
    if (cached !== undefined) return { offer, market: cached };
    pool ??= (await chain.appliance()).pool;
    let market = await chain.market(pool, spec, quote);
    if (open && market.computeUnits === 0) await chain.send({ kind: "registerClass", spec });
    if (open && market.market === 0) {
      await chain.send({ kind: "openMarket", pool, class: market.class, quote });
      market = await chain.market(pool, spec, quote);
    }
    if (market.market !== 0) known.set(key, market);
    return { offer, market };
  };
  const all = async (open: boolean) => {
    const found: OpenOffer[] = [];
    for (const offer of offers().offers) found.push(await find(offer, open));
    return found;
  };
  return {
    look: () => all(false),
    ensure: async () => (offers().maintenance ? [] : all(true)),
    async offerOf(market) {
      return (await all(false)).find((each) => each.market.market === market && market !== 0)?.offer;
    },
  };
}
