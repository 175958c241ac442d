// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "react";
import type { Network } from "../../pool/api.ts";
import { getNetwork } from "../api/calls.ts";
import { chainTime } from "./clock.ts";

const RETRY_MS = 3_000;
let known: Network | undefined;

/** What chain, contracts and pool the site is of; undefined until the service has answered. It does not change. */
export function useNetwork(): Network | undefined {
  const [network, setNetwork] = useState(known);
  useEffect(() => {
    if (network !== undefined) return undefined;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = () => {
      getNetwork(stop.signal).then(
        (answer) => {
          chainTime.observe(answer.block);
          known = answer;
          setNetwork(answer);
        },
        () => {
          if (!stop.signal.aborted) timer = setTimeout(load, RETRY_MS);
        },
      );
    };
    load();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [network]);
  return network;
}
