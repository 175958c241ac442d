// SPDX-License-Identifier: Apache-2.0

/** Where the pool's API is, relative to the site. Everything the page asks for is listed here. */
export const paths = {
  network: "/api/network",
  offers: (query: URLSearchParams) => `/api/offers?${query}`,
  offer: (order: string) => `/api/offers/${order}`,
  takes: "/api/takes",
  actions: "/api/actions",
  lease: (leaseId: string) => `/api/leases/${leaseId}`,
  holderLeases: (holder: string, cursor?: string) =>
    `/api/holders/${holder}/leases${cursor === undefined ? "" : `?cursor=${encodeURIComponent(cursor)}`}`,
  nonce: (holder: string) => `/api/holders/${holder}/nonce`,
  accountTrust: (account: string, units: string) => `/api/accounts/${account}/trust?units=${units}`,
  events: (query: URLSearchParams) => `/api/events?${query}`,
} as const;
