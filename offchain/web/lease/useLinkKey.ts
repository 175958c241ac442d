// SPDX-License-Identifier: Apache-2.0
import { useEffect, useMemo } from "react";
import type { Hex } from "../../bitcoin/bytes.ts";
import { storage, useAccount } from "../account/account.ts";
import { type Fragment, formatFragment, parseFragment } from "../account/fragment.ts";
import { decodeSecret, encodeSecret } from "../account/secretText.ts";
import { navigate, useHash } from "../router/navigation.ts";
import { readNote, settleNote, writeNote } from "./notes.ts";

/**
 * The appliance's key, from what this browser noted when it launched the lease, or else from the link. Keeps the page's
 * link complete: whoever copies the address bar has the account and the check of the address. For a lease that the pool
 * knows: the signed take in the note is no longer needed.
 */
export function useLinkKey(leaseId: string): Hex | undefined {
  const hash = useHash();
  const { secret } = useAccount();
  const note = readNote(storage, leaseId);
  const link = useMemo(() => readLink(hash), [hash]);
  const bitcoinKey = note?.bitcoinKey ?? link?.bitcoinKey;
  useEffect(() => {
    if (secret === undefined) return;
    // A link of another account is not overwritten: the page is about to change over to it.
    if (link !== undefined && encodeSecret(link.secret) !== secret) return;
    const fragment = `#${formatFragment({ secret: decodeSecret(secret), ...(bitcoinKey && { bitcoinKey }) })}`;
    if (hash !== fragment) navigate(`${location.pathname}${location.search}${fragment}`, { replace: true });
    if (bitcoinKey !== undefined && readNote(storage, leaseId) === undefined) {
      writeNote(storage, leaseId, { bitcoinKey, image: "" });
    }
    settleNote(storage, leaseId);
  }, [secret, bitcoinKey, link, hash, leaseId]);
  return bitcoinKey;
}

function readLink(hash: string): Fragment | undefined {
  try {
    return parseFragment(hash);
  } catch {
    return undefined;
  }
}
