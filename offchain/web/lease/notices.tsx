// SPDX-License-Identifier: Apache-2.0
import type { Accrual, TokenLease } from "../../pool/api.ts";
import { Moment } from "../ui/Moment.tsx";
import { Notice } from "../ui/Notice.tsx";
import { balanceAt } from "./balance.ts";
import type { AnyLease } from "./quote.ts";

/** Capacity that is paid for, and nothing is launched on. */
export function ReservedNotice() {
  return (
    <Notice tone="info" title="The place is reserved, and nothing runs on it yet.">
      <p>It is charged from now on. A server runs here once its holder launches one.</p>
    </Notice>
  );
}

interface NoticeNoticeProps {
  readonly lease: AnyLease;
  readonly accrual: Accrual;
  readonly now: number;
}

/** The provider ends it when what is paid is used up. */
export function NoticeNotice({ lease, accrual, now }: NoticeNoticeProps) {
  const { secondsLeft } = balanceAt(accrual, now);
  return (
    <Notice tone="warn" title="The provider has given notice." urgent>
      <p>
        It ends at the end of what is paid, about <Moment time={Math.round(now + secondsLeft)} />, without a grace
        period: move what you need before.{" "}
        {lease.currency === "bitcoin" && "Do not pay any more: it would not extend it, and would only be owed back."}
      </p>
    </Notice>
  );
}

/** This page has no wallet for tokens. */
export function TokenTopUp({ lease }: { lease: TokenLease }) {
  return (
    <section className="panel stack" aria-labelledby="token-heading">
      <h2 id="token-heading">Paid in a token</h2>
      <p className="muted">
        This lease is paid from a vault balance in <span className="mono">{lease.token}</span>. Anyone can extend it
        with <code>topUp</code> of the Leases contract; this page takes bitcoin only.
      </p>
    </section>
  );
}
