// SPDX-License-Identifier: Apache-2.0
// The reader's theme, before the first paint. It is a file of its own since the site's security policy allows no inline script.
try {
  const theme = localStorage.getItem("xov.theme");
  if (theme === "light" || theme === "dark") document.documentElement.setAttribute("data-theme", theme);
} catch {
  // Without storage the system's theme holds.
}
