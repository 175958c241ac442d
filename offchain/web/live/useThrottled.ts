// SPDX-License-Identifier: Apache-2.0
import { useCallback, useEffect, useRef } from "react";

/** An action that runs at once and then at most once in so many milliseconds, the last time included. */
export function useThrottled(action: () => void, ms: number): () => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const again = useRef(false);
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(() => {
    const run = () => {
      again.current = false;
      action();
      timer.current = setTimeout(() => {
        timer.current = undefined;
        if (again.current) run();
      }, ms);
    };
    if (timer.current === undefined) run();
    else again.current = true;
  }, [action, ms]);
}
