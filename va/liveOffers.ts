// SPDX-License-Identifier: Apache-2.0
import { messageOf } from "../offchain/core/errors.ts";
import type { Logger } from "../offchain/core/log.ts";
import type { Offers } from "./offers.ts";

/** The offers file, read again while the appliance runs. */
export interface LiveOffers {
  now(): Offers;
  /** Reads the file; what cannot be used is logged once, and the offers stay as they were. */
  reload(): Promise<void>;
}

/** @param read throws when the file cannot be used */
export function liveOffers(first: Offers, read: () => Promise<Offers>, log: Logger): LiveOffers {
  let offers = first;
  let told = "";
  return {
    now: () => offers,
    async reload() {
      try {
        const fresh = await read();
        told = "";
        if (fingerprint(fresh) === fingerprint(offers)) return;
        offers = fresh;
        log.info({ offers: fresh.offers.length, maintenance: fresh.maintenance }, "offers reloaded");
      } catch (error) {
        const message = messageOf(error);
        if (message !== told)
          log.error({ reason: message }, "the offers file cannot be used; the offers stay as they were");
        told = message;
      }
    },
  };
}

function fingerprint(offers: Offers): string {
  return JSON.stringify(offers, (_, value) => (typeof value === "bigint" ? `${value}` : value));
}
