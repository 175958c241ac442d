// SPDX-License-Identifier: Apache-2.0
import { zeroAddress, zeroHash } from "viem";
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
        elapsed: 0,
        last_beat: time,
        starts_asked: 0,
        starts_made: 0,
        starts_declined: 0,
        starts_missed: 0,
        start_seconds: 0,
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
    case "Beat": {
      const appliance = await need(rows, "appliances", { id: event.args.appliance });
      return rows.put("appliances", { ...appliance, elapsed: Number(event.args.elapsed), last_beat: time });
    }
  }
}
