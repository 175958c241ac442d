// SPDX-License-Identifier: Apache-2.0
import type { Route } from "../route.ts";
import { actionRoute } from "./action.ts";
import { eventsRoute } from "./events.ts";
import { healthRoute } from "./health.ts";
import { holderLeasesRoute } from "./holderLeases.ts";
import { holderNonceRoute } from "./holderNonce.ts";
import { leaseRoute } from "./lease.ts";
import { networkRoute } from "./network.ts";
import { offerRoute } from "./offer.ts";
import { offersRoute } from "./offers.ts";
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
  eventsRoute,
  healthRoute,
];
