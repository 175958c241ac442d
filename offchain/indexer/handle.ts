// SPDX-License-Identifier: Apache-2.0
import type { HandlerContext, IndexedEvent } from "./events.ts";
import { handleAttestations } from "./handlers/attestations.ts";
import { handleDebts } from "./handlers/debts.ts";
import { handleExchange } from "./handlers/exchange.ts";
import { handleLeases } from "./handlers/leases.ts";
import { handleLightClient } from "./handlers/lightClient.ts";
import { handlePayments } from "./handlers/payments.ts";
import { handleProviders } from "./handlers/providers.ts";
import { handleClasses, handleMarkets, handlePools } from "./handlers/registry.ts";

/** Does to the tables what an event says. @throws IndexError MISSING_ROW */
export function handle(event: IndexedEvent, context: HandlerContext): Promise<void> | void {
  switch (event.contract) {
    case "Pools":
      return handlePools(event, context);
    case "ComputeClasses":
      return handleClasses(event, context);
    case "Markets":
      return handleMarkets(event, context);
    case "Providers":
      return handleProviders(event, context);
    case "Attestations":
      return handleAttestations(event, context);
    case "Exchange":
      return handleExchange(event, context);
    case "Leases":
      return handleLeases(event, context);
    case "BitcoinPayments":
      return handlePayments(event, context);
    case "BitcoinDebts":
      return handleDebts(event, context);
    case "BitcoinLightClient":
      return handleLightClient(event, context);
  }
}
