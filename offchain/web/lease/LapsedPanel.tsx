// SPDX-License-Identifier: Apache-2.0
import type { Lease } from "../../pool/api.ts";
import { Link } from "../router/Link.tsx";
import { Notice } from "../ui/Notice.tsx";
import { paidOf } from "./paid.ts";

/** The payment window has passed. */
export function LapsedPanel({ lease }: { lease: Lease }) {
  const { credited, underWay } = paidOf(lease.payments.list);
  return (
    <Notice tone="bad" title="Not paid in time. Do not pay to this address any more." urgent>
      {credited + underWay > 0n ? (
        <p>
          Your payment is on its way. If it is proven before anybody records the end, the server starts after all; if
          not, the provider owes it back to you.
        </p>
      ) : (
        <p>The reservation has lapsed. Nothing was paid, and nothing is owed.</p>
      )}
      <Link className="button small" href="/">
        Choose again
      </Link>
    </Notice>
  );
}
