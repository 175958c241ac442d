// SPDX-License-Identifier: Apache-2.0

import type { ChainEvent } from "../../offchain/chain/events.ts";
import { filledLeases, placeOf } from "../../offchain/lease/orderId.ts";
import type { LeaseEvent } from "../leaseIndex.ts";
import type { ApplianceContracts } from "./abis.ts";

/** The contracts whose events an appliance follows. */
export type Followed = Pick<ApplianceContracts, "Leases" | "Requests" | "Exchange" | "Providers">;

/** What an event means to the appliance; nothing as far as the event itself tells it is another's. */
export function toLeaseEvents(event: ChainEvent<Followed>, appliance: number): readonly LeaseEvent[] {
  if (event.eventName === "Filled") return fromFill(event, appliance);
  const one = toLeaseEvent(event, appliance);
  return one === undefined ? [] : [one];
}

/** A fill opens a lease for each instance, and takes the ask off the book with its last. */
function fromFill({ args, blockNumber: block }: FilledEvent, appliance: number): LeaseEvent[] {
  if (args.appliance !== appliance) return [];
  const { market } = placeOf(args.order);
  const opened = filledLeases(args).map((leaseId) => ({ kind: "opened", leaseId, block, market }) as const);
  return args.first === args.count ? [...opened, { kind: "removed", order: args.order }] : opened;
}

type FilledEvent = Extract<ChainEvent<Followed>, { eventName: "Filled" }>;

function toLeaseEvent(event: Exclude<ChainEvent<Followed>, FilledEvent>, appliance: number): LeaseEvent | undefined {
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
    case "ConsoleRequested":
      return { kind: "consoleRequested", leaseId: event.args.leaseId, block };
    case "Credited":
      return { kind: "credited", leaseId: event.args.leaseId };
    case "CardPublished":
      return event.args.appliance === appliance ? { kind: "card", card: event.args.card } : undefined;
    case "AskPlaced":
      return event.args.appliance === appliance ? { kind: "placed", order: event.args.order } : undefined;
    case "OrderRemoved":
      return { kind: "removed", order: event.args.order };
    case "AskTaken":
      return event.args.quantity === 0 ? { kind: "removed", order: event.args.order } : undefined;
    case "BitcoinAskPlaced":
    case "BidPlaced":
    case "OrderReduced":
    case "ReservationEnded":
      return undefined;
    default:
      return "leaseId" in event.args ? { kind: "other", leaseId: event.args.leaseId } : undefined;
  }
}
