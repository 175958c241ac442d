// SPDX-License-Identifier: Apache-2.0
import { useSyncExternalStore } from "react";

const NAVIGATED = "xov:navigated";

/** Goes to another page of the site without loading it anew. `replace` leaves no step back. */
export function navigate(href: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, "", href);
  else {
    history.pushState(null, "", href);
    scrollTo(0, 0);
  }
  dispatchEvent(new Event(NAVIGATED));
}

function onNavigation(wake: () => void): () => void {
  const names = [NAVIGATED, "popstate", "hashchange"];
  for (const name of names) addEventListener(name, wake);
  return () => {
    for (const name of names) removeEventListener(name, wake);
  };
}

/** The path of the page that is shown. */
export function usePathname(): string {
  return useSyncExternalStore(onNavigation, () => location.pathname);
}

/** The query of the page that is shown, with its `?`. */
export function useSearch(): string {
  return useSyncExternalStore(onNavigation, () => location.search);
}

/** The fragment of the page that is shown, with its `#`. It never leaves the browser. */
export function useHash(): string {
  return useSyncExternalStore(onNavigation, () => location.hash);
}
