// SPDX-License-Identifier: Apache-2.0

import type { ChainEvent } from "../../offchain/chain/events.ts";
import type { LeaseEvent } from "../leaseIndex.ts";
import type { ApplianceContracts } from "./abis.ts";

/** The contracts whose events an appliance follows. */
export type Followed = Pick<ApplianceContracts, "Leases" | "Exchange" | "Providers">;

/** What an event means to the appliance; undefined when nothing, as far as the event itself tells. */
export function toLeaseEvent(event: ChainEvent<Followed>, appliance: number): LeaseEvent | undefined {
  const block = event.blockNumber;
  switch (event.eventName) {
    case "LeaseOpened": {
      const { leaseId, market } = event.args;
      return event.args.appliance === appliance ? { kind: "opened", leaseId, block, market } : undefined;
    }
    case "LaunchRequested":
      return { kind: "launch", leaseId: event.args.leaseId, block, sealedSpec: event.args.sealedSpec };
    case "Started":
    case "AccessPosted":
      return { kind: "announced", leaseId: event.args.leaseId };
    case "Credited":
      return { kind: "credited", leaseId: event.args.leaseId };
    case "CardPublished":
      return event.args.appliance === appliance ? { kind: "card", card: event.args.card } : undefined;
    case "AskPlaced":
      return event.args.appliance === appliance ? { kind: "placed", order: event.args.order } : undefined;
    case "AskRemoved":
      return { kind: "removed", order: event.args.order };
    case "AskReduced":
    case "AskTaken":
    case "ReservationEnded":
      return undefined;
    default:
      return "leaseId" in event.args ? { kind: "other", leaseId: event.args.leaseId } : undefined;
  }
}
