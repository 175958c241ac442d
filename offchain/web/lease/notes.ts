// SPDX-License-Identifier: Apache-2.0
import type { Hex } from "../../bitcoin/bytes.ts";
import { type TakeBody, takeBodySchema } from "../../pool/api.ts";
import type { KeyValue } from "../account/store.ts";

/** What the browser that launched a lease remembers of it. Losing it loses nothing but comfort and a check. */
export interface LeaseNote {
  /** The appliance's x-only key: with it the address can be computed here. */
  readonly bitcoinKey: Hex;
  readonly image: string;
  /** The signed take, until the pool knows the lease: it can be sent again, to any relayer. */
  readonly take?: TakeBody;
}

const keyOf = (leaseId: string) => `xov.lease.${leaseId}`;

export function writeNote(storage: KeyValue, leaseId: string, note: LeaseNote): void {
  storage.set(keyOf(leaseId), JSON.stringify(note));
}

/** Undefined when there is none, or none that can be read. */
export function readNote(storage: KeyValue, leaseId: string): LeaseNote | undefined {
  try {
    const { bitcoinKey, image, take } = JSON.parse(storage.get(keyOf(leaseId)) ?? "null") ?? {};
    if (!/^0x[0-9a-f]{64}$/.test(bitcoinKey) || typeof image !== "string") return undefined;
    return take === undefined ? { bitcoinKey, image } : { bitcoinKey, image, take: takeBodySchema.parse(take) };
  } catch {
    return undefined;
  }
}

/** Forgets the signed take of a lease that is open. */
export function settleNote(storage: KeyValue, leaseId: string): void {
  const note = readNote(storage, leaseId);
  if (note?.take !== undefined) writeNote(storage, leaseId, { bitcoinKey: note.bitcoinKey, image: note.image });
}

/** Forgets a lease that never came to be. */
export function removeNote(storage: KeyValue, leaseId: string): void {
  storage.remove(keyOf(leaseId));
}
