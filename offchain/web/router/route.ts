// SPDX-License-Identifier: Apache-2.0

/** A page of the site. */
export type Route =
  | { readonly page: "offers" }
  | { readonly page: "launch"; readonly order: string }
  | { readonly page: "lease"; readonly leaseId: string }
  | { readonly page: "leases" }
  | { readonly page: "account" }
  | { readonly page: "about" }
  | { readonly page: "unknown" };

const NAMED = { "/": "offers", "/leases": "leases", "/account": "account", "/about": "about" } as const;

/** Which page a path names. */
export function parseRoute(pathname: string): Route {
  const path = pathname === "/" ? "/" : pathname.replace(/\/$/, "");
  for (const [known, page] of Object.entries(NAMED)) if (path === known) return { page };
  const order = /^\/launch\/([1-9]\d{0,36})$/.exec(path)?.[1];
  if (order !== undefined) return { page: "launch", order };
  const leaseId = /^\/lease\/(0x[0-9a-f]{64})$/i.exec(path)?.[1];
  if (leaseId !== undefined) return { page: "lease", leaseId: leaseId.toLowerCase() };
  return { page: "unknown" };
}
