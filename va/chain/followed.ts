// SPDX-License-Identifier: Apache-2.0
import type { ChainUpdate } from "../../offchain/chain/followChain.ts";
import type { FeedUpdate } from "../leaseFeed.ts";
import { type Followed, toLeaseEvents } from "./events.ts";

/** The follower's updates with the events as the appliance understands them. */
export async function* followed(
  updates: AsyncIterable<ChainUpdate<Followed>>,
  appliance: number,
): AsyncGenerator<FeedUpdate, void, void> {
  for await (const update of updates) {
    if (update.type !== "block") yield update;
    else {
      const events = update.logs.flatMap((log) => toLeaseEvents(log, appliance));
      yield { type: "block", block: update.block, events };
    }
  }
}
