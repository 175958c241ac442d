// SPDX-License-Identifier: Apache-2.0
import type { Timers } from "./follow.ts";

/** The browser's timers. */
export const browserTimers: Timers = {
  every(ms, action) {
    const id = setInterval(action, ms);
    return () => clearInterval(id);
  },
};
