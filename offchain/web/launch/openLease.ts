// SPDX-License-Identifier: Apache-2.0
import type { Hex } from "../../bitcoin/bytes.ts";
import type { TakeBody } from "../../pool/api.ts";
import { account, storage } from "../account/account.ts";
import { formatFragment } from "../account/fragment.ts";
import { decodeSecret } from "../account/secretText.ts";
import { keysOf } from "../account/useHolderKeys.ts";
import { postTake } from "../api/calls.ts";
import { ApiError } from "../api/request.ts";
import { removeNote, writeNote } from "../lease/notes.ts";
import type { Launch, SignTakeParameters } from "./signTake.ts";

const ATTEMPTS = 3;
const PAUSE_MS = 1_000;

export interface OpenLeaseParameters extends Omit<SignTakeParameters, "keys"> {
  readonly launch: Launch;
}

/**
 * Signs a lease with this browser's account, made now if there is none, and hands it to the pool. When the pool does not
 * answer, the lease's page can send the same signed terms again: they open one lease at most.
 * @returns where the lease's page is
 * @throws ApiError when the pool refuses, Error when the spec cannot be sealed
 */
export async function openLease({ launch, offer, network, now }: OpenLeaseParameters): Promise<string> {
  const secret = account.ensure();
  const { signTake } = await import("../crypto.ts");
  const { leaseId, body } = await signTake({ launch, offer, network, keys: await keysOf(secret), now });
  const bitcoinKey = offer.bitcoinKey as Hex;
  writeNote(storage, leaseId, { bitcoinKey, image: launch.image, take: body });
  try {
    await sendTake(body);
  } catch (error) {
    if (error instanceof ApiError && error.code === "PROBLEM" && !error.retryable) {
      removeNote(storage, leaseId);
      throw error;
    }
  }
  return `/lease/${leaseId}#${formatFragment({ secret: decodeSecret(secret), bitcoinKey })}`;
}

/** Sends a signed take, and again when there is no answer. @throws ApiError */
export async function sendTake(body: TakeBody): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await postTake(body);
      return;
    } catch (error) {
      const isAgain = error instanceof ApiError && error.retryable && attempt < ATTEMPTS;
      if (!isAgain) throw error;
      await new Promise((resolve) => setTimeout(resolve, attempt * PAUSE_MS));
    }
  }
}
