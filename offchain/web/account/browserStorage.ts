// SPDX-License-Identifier: Apache-2.0
import type { KeyValue } from "./store.ts";

/** `localStorage`, with the page's memory in front for browsers that refuse it. */
export function browserStorage(): KeyValue {
  const memory = new Map<string, string>();
  const attempt = <T>(action: () => T): T | undefined => {
    try {
      return action();
    } catch {
      return undefined;
    }
  };
  return {
    get: (key) => attempt(() => localStorage.getItem(key)) ?? memory.get(key),
    set(key, value) {
      memory.set(key, value);
      attempt(() => localStorage.setItem(key, value));
    },
    remove(key) {
      memory.delete(key);
      attempt(() => localStorage.removeItem(key));
    },
  };
}
