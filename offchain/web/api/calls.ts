// SPDX-License-Identifier: Apache-2.0
import {
  type ActionBody,
  holderLeasesSchema,
  leaseAnswerSchema,
  networkSchema,
  nonceSchema,
  offerSchema,
  offersSchema,
  type TakeBody,
  takenSchema,
} from "../../pool/api.ts";
import { accountTrustSchema } from "../../pool/trustApi.ts";
import { paths } from "./paths.ts";
import { request } from "./request.ts";

// One line a call: the path, and the shape of the answer. All throw ApiError.

export const getNetwork = (signal?: AbortSignal) => request(paths.network, networkSchema, given(signal));

export const getOffers = (query: URLSearchParams, signal?: AbortSignal) =>
  request(paths.offers(query), offersSchema, given(signal));

export const getOffer = (order: string, signal?: AbortSignal) =>
  request(paths.offer(order), offerSchema, given(signal));

export const getLease = (leaseId: string, signal?: AbortSignal) =>
  request(paths.lease(leaseId), leaseAnswerSchema, given(signal));

export const getHolderLeases = (holder: string, cursor?: string, signal?: AbortSignal) =>
  request(paths.holderLeases(holder, cursor), holderLeasesSchema, given(signal));

/** Safe to repeat: the same terms have the same id, and an id opens once. */
export const postTake = (body: TakeBody) => request(paths.takes, takenSchema, { body });

export const getNonce = (holder: string) => request(paths.nonce(holder), nonceSchema);

/** @param units of one instance, compute units */
export const getAccountTrust = (account: string, units: string, signal?: AbortSignal) =>
  request(paths.accountTrust(account, units), accountTrustSchema, given(signal));

/** Safe to repeat: what is signed counts once. */
export const postAction = (body: ActionBody) => request(paths.actions, takenSchema, { body });

function given(signal: AbortSignal | undefined) {
  return signal === undefined ? {} : { signal };
}
