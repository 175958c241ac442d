// SPDX-License-Identifier: Apache-2.0
import { useSyncExternalStore } from "react";
import { browserStorage } from "./browserStorage.ts";
import { encodeSecret } from "./secretText.ts";
import { type AccountState, createAccountStore } from "./store.ts";

const SECRET_BYTES = 32;

/** What this browser keeps, over all pages. */
export const storage = browserStorage();

/** The account of this browser. */
export const account = createAccountStore(storage, () =>
  encodeSecret(crypto.getRandomValues(new Uint8Array(SECRET_BYTES))),
);

addEventListener("storage", () => account.reload());

/** The account that the page shows. */
export function useAccount(): AccountState {
  return useSyncExternalStore(account.subscribe, account.snapshot);
}
