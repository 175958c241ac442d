// SPDX-License-Identifier: Apache-2.0

/** Light, dark, or as the reader's system is. */
export type Theme = "auto" | "light" | "dark";

/** `public/theme.js` reads the same key before the first paint. */
const KEY = "xov.theme";

export function readTheme(get: (key: string) => string | undefined): Theme {
  const theme = get(KEY);
  return theme === "light" || theme === "dark" ? theme : "auto";
}

/** Shows a theme and remembers it. */
export function applyTheme(theme: Theme, set: (key: string, value: string) => void): void {
  set(KEY, theme);
  if (theme === "auto") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.setAttribute("data-theme", theme);
}
