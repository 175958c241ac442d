// SPDX-License-Identifier: Apache-2.0
import type { AnyLeaseSummary } from "../../pool/api.ts";
import { storage } from "../account/account.ts";
import { formatFragment } from "../account/fragment.ts";
import { decodeSecret } from "../account/secretText.ts";
import { countdown } from "../format/duration.ts";
import { sizeOf } from "../format/size.ts";
import { Link } from "../router/Link.tsx";
import { Moment } from "../ui/Moment.tsx";
import { balanceAt } from "./balance.ts";
import { readNote } from "./notes.ts";
import { PhasePill } from "./PhasePill.tsx";
import { type Phase, phaseAt } from "./phase.ts";
import { quoteParts } from "./quote.ts";

interface LeaseRowProps {
  readonly lease: AnyLeaseSummary;
  readonly secret: string;
  readonly now: number | undefined;
}

/** One lease of the account. */
export function LeaseRow({ lease, secret, now }: LeaseRowProps) {
  const note = readNote(storage, lease.leaseId);
  const phase = phaseAt(lease, now);
  const fragment = formatFragment({ secret: decodeSecret(secret), ...(note && { bitcoinKey: note.bitcoinKey }) });
  return (
    <li>
      <Link className={phase === "ended" ? "lease over" : "lease"} href={`/lease/${lease.leaseId}#${fragment}`}>
        <span className="lease-name">
          <strong>{sizeOf(lease.class)}</strong>
          <span className="muted">
            {lease.appliance.region}
            {note !== undefined && note.image !== "" && ` · ${note.image}`} · opened <Moment time={lease.openedAt} />
          </span>
        </span>
        <span className="lease-left">{now !== undefined && <Left lease={lease} phase={phase} now={now} />}</span>
        <PhasePill phase={phase} />
      </Link>
    </li>
  );
}

function Left({ lease, phase, now }: { lease: AnyLeaseSummary; phase: Phase; now: number }) {
  const { accrual, payBy, startBy } = lease;
  if (phase === "payment" && payBy !== null) return <Clock seconds={payBy - now} what="to pay" />;
  if ((phase === "starting" || phase === "launching") && startBy !== null) {
    return <Clock seconds={startBy - now} what="to start" />;
  }
  if (accrual === null || phase === "overdue" || phase === "ended") return null;
  const balance = balanceAt(accrual, now);
  if (phase === "grace") return <Clock seconds={balance.graceSecondsLeft} what="until deleted" warn />;
  const { digits, unit } = quoteParts(lease, balance.left);
  return <Clock seconds={balance.secondsLeft} what={`left, ${digits} ${unit}`} warn={balance.low} />;
}

function Clock({ seconds, what, warn = false }: { seconds: number; what: string; warn?: boolean }) {
  return (
    <>
      <span className={warn ? "number strong warn-text" : "number strong"}>{countdown(seconds)}</span>
      <span className="muted small">{what}</span>
    </>
  );
}
