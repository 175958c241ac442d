// SPDX-License-Identifier: Apache-2.0
import type { Route } from "../route.ts";
import { accountTrustRoute } from "./accountTrust.ts";
import { actionRoute } from "./action.ts";
import { eventsRoute } from "./events.ts";
import { healthRoute } from "./health.ts";
import { holderLeasesRoute } from "./holderLeases.ts";
import { holderNonceRoute } from "./holderNonce.ts";
import { leaseRoute } from "./lease.ts";
import { networkRoute } from "./network.ts";
import { offerRoute } from "./offer.ts";
import { offersRoute } from "./offers.ts";
import { providerRoute } from "./provider.ts";
import { startPriceRoute } from "./startPrice.ts";
import { takeRoute } from "./take.ts";

/** The API. The OpenAPI document, which `createApp` adds, is made of the same list. */
export const ROUTES: readonly Route[] = [
  networkRoute,
  offersRoute,
  offerRoute,
  takeRoute,
  actionRoute,
  leaseRoute,
  holderLeasesRoute,
  holderNonceRoute,
  accountTrustRoute,
  startPriceRoute,
  providerRoute,
  eventsRoute,
  healthRoute,
];
