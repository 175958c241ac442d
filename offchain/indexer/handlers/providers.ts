// SPDX-License-Identifier: Apache-2.0
import { type Hex, hexToString, zeroAddress, zeroHash } from "viem";
import { z } from "zod";
import type { EventOf, HandlerContext } from "../events.ts";
import { need } from "../need.ts";
import { printable } from "../printable.ts";

export async function handleProviders(event: EventOf<"Providers">, { rows, time }: HandlerContext): Promise<void> {
  switch (event.eventName) {
    case "ApplianceRegistered": {
      const { appliance, provider, pool, bitcoinKey, grace, region } = event.args;
      // The events of its keys follow in the same transaction.
      return rows.add("appliances", {
        id: appliance,
        provider,
        pool,
        bitcoin_key: bitcoinKey,
        grace,
        region: printable(region),
        hot_key: zeroAddress,
        seal_key: zeroHash,
        attested_until: 0,
        elapsed: 0,
        last_beat: time,
        starts_asked: 0,
        starts_made: 0,
        starts_declined: 0,
        starts_missed: 0,
        start_seconds: 0,
        images: null,
      });
    }
    case "HotKeySet": {
      const appliance = await need(rows, "appliances", { id: event.args.appliance });
      return rows.put("appliances", { ...appliance, hot_key: event.args.hotKey });
    }
    case "SealKeySet": {
      const appliance = await need(rows, "appliances", { id: event.args.appliance });
      return rows.put("appliances", { ...appliance, seal_key: event.args.sealKey });
    }
    case "CardPublished": {
      const appliance = await need(rows, "appliances", { id: event.args.appliance });
      return rows.put("appliances", { ...appliance, images: imagesOf(event.args.card) });
    }
    case "Beat": {
      const appliance = await need(rows, "appliances", { id: event.args.appliance });
      return rows.put("appliances", { ...appliance, elapsed: Number(event.args.elapsed), last_beat: time });
    }
  }
}

/** As `va/card.ts` writes it; other members are for other readers. */
const cardSchema = z.object({ images: z.array(z.object({ name: z.string().min(1).max(255) })).max(100) });

/** The images that a card lists; null for a card that is none: anybody may register an appliance and publish anything. */
function imagesOf(card: Hex): string[] | null {
  try {
    const { images } = cardSchema.parse(JSON.parse(hexToString(card)));
    return [...new Set(images.map(({ name }) => printable(name)))];
  } catch {
    return null;
  }
}
