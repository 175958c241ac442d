// SPDX-License-Identifier: Apache-2.0

/** What a lease's timeline can tell of. */
export const TIMELINE_KINDS = [
  "opened",
  "opened-in-token",
  "payment-credited",
  "payment-moved",
  "payment-revoked",
  "set-aside",
  "topped-up",
  "funded",
  "unfunded-again",
  "reserved",
  "launch-asked",
  "started",
  "access-posted",
  "period-opened",
  "settled",
  "notice-given",
  "declined",
  "closed",
  "collateral-released",
  "refund-proven",
  "refund-confirmed",
  "refund-revoked",
  "collateral-claimed",
  "claim-paid",
] as const;
