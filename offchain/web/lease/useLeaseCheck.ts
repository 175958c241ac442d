// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "react";
import type { CheckParameters, LeaseCheck } from "./checkLease.ts";

/** The result of {@link checkLease}: undefined while the code for it is loading, or while something it needs is missing. */
export function useLeaseCheck(parameters: CheckParameters | undefined): LeaseCheck | undefined {
  const [done, setDone] = useState<{ key: string; check: LeaseCheck }>();
  const key = parameters === undefined ? "" : JSON.stringify(parameters);
  useEffect(() => {
    if (key === "") return undefined;
    let wanted = true;
    import("../crypto.ts").then(
      ({ checkLease }) => wanted && setDone({ key, check: checkLease(JSON.parse(key)) }),
      () => undefined,
    );
    return () => {
      wanted = false;
    };
  }, [key]);
  return done?.key === key ? done.check : undefined;
}
