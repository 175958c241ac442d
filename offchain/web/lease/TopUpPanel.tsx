// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import type { Lease } from "../../pool/api.ts";
import { satsDown, satsUp } from "../format/amount.ts";
import { hoursInWords } from "../format/duration.ts";
import { hoursOf, hoursProblem, hoursRange } from "../launch/hours.ts";
import { Amount } from "../ui/Amount.tsx";
import { HoursInput } from "../ui/HoursInput.tsx";
import { coverAfter } from "./balance.ts";
import { CheckedAddress } from "./CheckedAddress.tsx";
import type { LeaseCheck } from "./checkLease.ts";
import { PayCard } from "./PayCard.tsx";

const DEFAULT_HOURS = 24;

interface TopUpPanelProps {
  readonly lease: Lease;
  readonly check: LeaseCheck | undefined;
  readonly leftMsat: bigint;
  /** The lease needs it now. */
  readonly urgent: boolean;
}

/** More time: a further payment to the same address. */
export function TopUpPanel({ lease, check, leftMsat, urgent }: TopUpPanelProps) {
  const range = hoursRange(BigInt(lease.price.msatPerHour));
  const [typed, setTyped] = useState(`${Math.max(range.least, DEFAULT_HOURS)}`);
  const [opened, setOpened] = useState(false);
  const hours = hoursOf(typed, range);
  return (
    <section className="panel stack" aria-labelledby="top-up-heading">
      <div className="panel-head">
        <h2 id="top-up-heading">Add time</h2>
        {!urgent && (
          <button type="button" className="button small" aria-expanded={opened} onClick={() => setOpened(!opened)}>
            {opened ? "Close" : "Show address"}
          </button>
        )}
      </div>
      {(urgent || opened) && (
        <>
          <HoursInput
            label="Hours to add"
            error={hours === undefined ? hoursProblem(range) : undefined}
            range={range}
            value={typed}
            onChange={setTyped}
          />
          {hours !== undefined && <Pay lease={lease} check={check} hours={hours} leftMsat={leftMsat} />}
        </>
      )}
      {!urgent && !opened && (
        <p className="muted">A further payment to the same address extends the lease, at any time.</p>
      )}
    </section>
  );
}

interface PayProps extends Pick<TopUpPanelProps, "lease" | "check" | "leftMsat"> {
  readonly hours: number;
}

function Pay({ lease, check, hours, leftMsat }: PayProps) {
  const msat = BigInt(lease.price.msatPerHour) * BigInt(hours);
  const cover = coverAfter(leftMsat, msat, BigInt(lease.cover.coveredMsat));
  return (
    <>
      <CheckedAddress check={check}>
        {(address) => (
          <PayCard address={address} sats={satsUp(msat)}>
            <p>
              adds <strong>{hoursInWords(hours)}</strong>
            </p>
            <p className="muted">
              It counts after {lease.confirmations} confirmation{lease.confirmations === 1 ? "" : "s"}.
            </p>
          </PayCard>
        )}
      </CheckedAddress>
      <p className="cover">
        Then <Amount sats={satsDown(cover.unspentMsat)} /> are unspent.{" "}
        <strong>Covered by the provider's stake:</strong> <Amount sats={satsDown(cover.coveredMsat)} />.{" "}
        {cover.uncoveredMsat > 0n && (
          <>
            <strong>Not covered:</strong> <Amount sats={satsUp(cover.uncoveredMsat)} />.
          </>
        )}
      </p>
    </>
  );
}
