// SPDX-License-Identifier: Apache-2.0
import type { Payment } from "../../pool/api.ts";

/** What has been paid to a lease, whole satoshi. */
export interface Paid {
  /** Counted by the contracts. */
  readonly credited: bigint;
  /** In the mempool or in a block that is not deep enough. */
  readonly underWay: bigint;
}

/** Sums payments up; what was replaced, dropped or revoked pays nothing. */
export function paidOf(payments: readonly Payment[]): Paid {
  const sum = (...statuses: Payment["status"][]) =>
    payments.filter(({ status }) => statuses.includes(status)).reduce((total, { sats }) => total + BigInt(sats), 0n);
  return { credited: sum("credited"), underWay: sum("seen", "confirming") };
}

/** What is still to pay of the agreed amount; 0 once it is under way or there. */
export function stillToPay(agreedSats: bigint, { credited, underWay }: Paid): bigint {
  const left = agreedSats - credited - underWay;
  return left > 0n ? left : 0n;
}
