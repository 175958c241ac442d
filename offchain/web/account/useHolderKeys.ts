// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "react";
import type { HolderKeys } from "../../lease/holderKeys.ts";
import { useAccount } from "./account.ts";
import { decodeSecret } from "./secretText.ts";

const known = new Map<string, Promise<HolderKeys>>();

/** The keys of an account secret; derived once. */
export function keysOf(secret: string): Promise<HolderKeys> {
  const before = known.get(secret);
  if (before !== undefined) return before;
  const keys = import("../crypto.ts").then(({ holderKeys }) => holderKeys(decodeSecret(secret)));
  known.set(secret, keys);
  // A chunk that did not load may load the next time.
  keys.catch(() => known.delete(secret));
  return keys;
}

/** The keys of the account in use: undefined while they are derived, and without an account. */
export function useHolderKeys(): HolderKeys | undefined {
  const { secret } = useAccount();
  const [derived, setDerived] = useState<{ secret: string; keys: HolderKeys }>();
  useEffect(() => {
    if (secret === undefined) return undefined;
    let wanted = true;
    keysOf(secret).then(
      (keys) => wanted && setDerived({ secret, keys }),
      () => undefined,
    );
    return () => {
      wanted = false;
    };
  }, [secret]);
  return derived?.secret === secret ? derived?.keys : undefined;
}
