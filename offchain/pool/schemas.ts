// SPDX-License-Identifier: Apache-2.0
import {
  actionBodySchema,
  anyLeaseSummarySchema,
  healthSchema,
  holderLeasesSchema,
  leaseAnswerSchema,
  networkSchema,
  nonceSchema,
  offerSchema,
  offersSchema,
  openApiSchema,
  takeBodySchema,
  takenSchema,
} from "./api.ts";
import { problemSchema } from "./problemSchema.ts";
import { accountTrustSchema, providerSchema, startPriceSchema } from "./trustApi.ts";

/** The schemas of bodies and replies, by their names in the OpenAPI document. */
export const SCHEMAS = {
  AccountTrust: accountTrustSchema,
  Action: actionBodySchema,
  Health: healthSchema,
  HolderLeases: holderLeasesSchema,
  Lease: leaseAnswerSchema,
  LeaseSummary: anyLeaseSummarySchema,
  Network: networkSchema,
  Nonce: nonceSchema,
  Offer: offerSchema,
  Offers: offersSchema,
  OpenApi: openApiSchema,
  Problem: problemSchema,
  Provider: providerSchema,
  StartPrice: startPriceSchema,
  Take: takeBodySchema,
  Taken: takenSchema,
} as const;
