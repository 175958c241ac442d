// SPDX-License-Identifier: Apache-2.0
import { askPrice } from "../askPrice.ts";
import type { ApplianceChain, ApplianceView } from "../chain/applianceChain.ts";
import { readFloors, refusedBy } from "../floors.ts";
import { createMarketplace } from "../marketplace.ts";
import type { Offers } from "../offers.ts";
import { Doubtful, type Finding, look, Wrong } from "./finding.ts";

/** Whether the hot key may end leases whose servers are lost. */
export function checkEvictions(chain: Pick<ApplianceChain, "evictions">): Promise<Finding> {
  return look("evictions", "see that the endpoint answers eth_call", async () => {
    const { perDay, left } = await chain.evictions();
    const line = `the hot key may do ${perDay} a day, ${left} now`;
    if (left > 0n) return line;
    const fix =
      perDay === 0n
        ? "let it do a few a day with the provider's cold account (Providers.setEvictionLimit): until then holders pay on for an instance that is lost"
        : "see in the log why so many leases were lost; the provider's cold account may raise the limit (Providers.setEvictionLimit)";
    return new Doubtful(line, fix);
  });
}

/** Whether the hot key may sell for what the offers ask. */
export function checkFloors(chain: ApplianceChain, view: ApplianceView, offers: Offers): Promise<Finding> {
  return look("price floors", "see that the endpoint answers eth_call", async () => {
    if (!view.hasFloors) return "none is set: whoever has the hot key sells at any price";
    const open = await createMarketplace(chain, () => offers).look();
    const floors = await readFloors(chain, view, open);
    // A rule asks for the least when nothing is leased.
    const refused = open.flatMap((each) => refusedBy(floors, each, askPrice(each.offer, 0, each.market.decade)) ?? []);
    if (refused.length === 0) return "no offer is below the hot key's";
    const fix =
      "raise the price in OFFERS_FILE, or set the floor with the provider's cold account (Providers.setPriceFloor)";
    return new Wrong(refused.join("; "), fix);
  });
}
