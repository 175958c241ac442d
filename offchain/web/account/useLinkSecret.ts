// SPDX-License-Identifier: Apache-2.0
import { useEffect, useMemo } from "react";
import { messageOf } from "../../core/errors.ts";
import { navigate, useHash } from "../router/navigation.ts";
import { account } from "./account.ts";
import { parseFragment } from "./fragment.ts";
import { encodeSecret } from "./secretText.ts";

/**
 * Uses the account of the page's link.
 * @param keep whether the link stays in the address bar; elsewhere it is taken out once it is read
 * @returns what is wrong with the link
 */
export function useLinkSecret(keep: boolean): string | undefined {
  const hash = useHash();
  const { secret, problem } = useMemo(() => read(hash), [hash]);
  useEffect(() => {
    if (secret === undefined) return;
    account.visit(secret);
    if (!keep) navigate(`${location.pathname}${location.search}`, { replace: true });
  }, [secret, keep]);
  return problem;
}

function read(hash: string): { secret?: string; problem?: string } {
  try {
    const fragment = parseFragment(hash);
    return fragment === undefined ? {} : { secret: encodeSecret(fragment.secret) };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}
