// SPDX-License-Identifier: Apache-2.0
import type { Hex } from "../../bitcoin/bytes.ts";
import { decodeSecret, encodeSecret } from "./secretText.ts";

/** What a resource page's link carries behind the `#`, which browsers do not send. */
export interface Fragment {
  readonly secret: Uint8Array<ArrayBuffer>;
  /** The x-only key of the appliance as the offer named it, so that a second browser can check the address to pay to. */
  readonly bitcoinKey?: Hex;
}

/** `xovsecret1…` or `xovsecret1….<64 digits of the key>`, without the `#`. */
export function formatFragment({ secret, bitcoinKey }: Fragment): string {
  return bitcoinKey === undefined ? encodeSecret(secret) : `${encodeSecret(secret)}.${bitcoinKey.slice(2)}`;
}

/** Reads `location.hash`; undefined when it carries no secret. @throws SecretTextError when it carries a broken one */
export function parseFragment(hash: string): Fragment | undefined {
  const [text = "", key = ""] = hash.replace(/^#/, "").split(".");
  if (!text.toLowerCase().startsWith("xovsecret1")) return undefined;
  const secret = decodeSecret(text);
  return /^[0-9a-f]{64}$/.test(key) ? { secret, bitcoinKey: `0x${key}` } : { secret };
}
