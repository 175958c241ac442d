// SPDX-License-Identifier: Apache-2.0
import type { EventOf, HandlerContext } from "../events.ts";
import { need } from "../need.ts";

/** Until when appliances are attested, as `Providers` has it. The licence policy concerns only whoever attests. */
export async function handleAttestations(event: EventOf<"Attestations">, { rows }: HandlerContext): Promise<void> {
  switch (event.eventName) {
    case "Attested": {
      const appliance = await need(rows, "appliances", { id: event.args.appliance });
      return rows.put("appliances", { ...appliance, attested_until: Number(event.args.expiresAt) });
    }
    case "AttestationRevoked": {
      const appliance = await need(rows, "appliances", { id: event.args.appliance });
      return rows.put("appliances", { ...appliance, attested_until: 0 });
    }
  }
}
