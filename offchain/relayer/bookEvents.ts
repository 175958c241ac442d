// SPDX-License-Identifier: Apache-2.0
import { keccak256 } from "viem";
import type { Block } from "../chain/block.ts";
import type { ChainEvent } from "../chain/events.ts";
import type { BookEvent } from "./book.ts";
import type { FollowedByRelayer } from "./contracts.ts";

/** What the book records of the contracts' events in a block. */
export function bookEvents({ timestamp }: Block, logs: readonly ChainEvent<FollowedByRelayer>[]): BookEvent[] {
  return logs.flatMap((log) => {
    const event = bookEvent(log, Number(timestamp));
    return event === undefined ? [] : [event];
  });
}

function bookEvent(log: ChainEvent<FollowedByRelayer>, time: number): BookEvent | undefined {
  if (log.contract === "Swap") return swapEvent(log);
  if (log.contract === "Exchange") return exchangeEvent(log);
  switch (log.eventName) {
    case "HeadersAccepted":
      return { type: "headersAccepted", height: log.args.to };
    case "ApplianceRegistered":
      return { type: "applianceRegistered", appliance: log.args.appliance, bitcoinKey: log.args.bitcoinKey };
    case "Attested":
      return { type: "attested", appliance: log.args.appliance, until: Number(log.args.expiresAt) };
    case "AttestationRevoked":
      return { type: "attested", appliance: log.args.appliance, until: 0 };
    case "LeaseOpened":
      return { type: "opened", leaseId: log.args.leaseId, appliance: log.args.appliance };
    case "BitcoinLeaseOpened": {
      const { leaseId, confirmations, payBy } = log.args;
      return { type: "awaited", leaseId, confirmations, payBy: Number(payBy) };
    }
    case "LaunchRequested":
      return { type: "launched", leaseId: log.args.leaseId, spec: keccak256(log.args.sealedSpec) };
    case "Funded":
      return { type: "funded", leaseId: log.args.leaseId };
    case "UnfundedAgain":
      return { type: "unfunded", leaseId: log.args.leaseId, payBy: Number(log.args.payBy) };
    case "LeaseClosed":
      return { type: "closed", leaseId: log.args.leaseId, time };
    // Of leases or of the swap: no id is of both.
    case "PaymentCredited": {
      const { amount, ...credited } = log.args;
      return { type: "credited", msat: amount, ...credited };
    }
    case "PaymentMoved":
      return { type: "moved", ...log.args };
    case "PaymentRevoked": {
      const { leaseId, txid, vout, kept } = log.args;
      return { type: "revoked", leaseId, txid, vout, kept };
    }
    default:
      return undefined;
  }
}

function swapEvent(log: ChainEvent<Pick<FollowedByRelayer, "Swap">>): BookEvent | undefined {
  switch (log.eventName) {
    case "OfferMade": {
      const { offer, terms } = log.args;
      return { type: "offered", offer, bitcoinKey: terms.bitcoinKey, confirmations: terms.confirmations };
    }
    case "Reserved":
      return { type: "reserved", leaseId: log.args.id, offer: log.args.offer, deadline: log.args.deadline };
    case "Unpaid":
      return { type: "unpaid", leaseId: log.args.id, deadline: log.args.deadline };
    case "Held":
      return { type: "held", leaseId: log.args.id, until: log.args.until };
    default:
      return undefined;
  }
}

function exchangeEvent(log: ChainEvent<Pick<FollowedByRelayer, "Exchange">>): BookEvent | undefined {
  switch (log.eventName) {
    case "AskPlaced": {
      const { order, appliance, expiry } = log.args;
      return { type: "asked", order, appliance, expiry };
    }
    case "OrderRemoved":
      return { type: "orderGone", order: log.args.order };
    case "AskTaken":
      return log.args.quantity === 0 ? { type: "orderGone", order: log.args.order } : undefined;
    case "Filled": {
      const { order, first, count } = log.args;
      return first === count ? { type: "orderGone", order } : undefined;
    }
    default:
      return undefined;
  }
}
