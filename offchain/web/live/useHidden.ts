// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "react";

const PATIENCE_MS = 10_000;

/** Whether nobody has been looking at the page for some seconds. */
export function useHidden(): boolean {
  const [hidden, setHidden] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      clearTimeout(timer);
      if (document.visibilityState === "visible") setHidden(false);
      else timer = setTimeout(() => setHidden(true), PATIENCE_MS);
    };
    document.addEventListener("visibilitychange", look);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, []);
  return hidden;
}
