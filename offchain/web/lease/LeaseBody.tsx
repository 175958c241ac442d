// SPDX-License-Identifier: Apache-2.0
import type { Lease } from "../../pool/api.ts";
import { AccessPanel } from "./AccessPanel.tsx";
import { BalancePanel, GraceNotice } from "./BalancePanel.tsx";
import { balanceAt } from "./balance.ts";
import type { LeaseCheck } from "./checkLease.ts";
import { EndedPanel } from "./EndedPanel.tsx";
import { Facts } from "./Facts.tsx";
import { LapsedPanel } from "./LapsedPanel.tsx";
import { Limits } from "./Limits.tsx";
import { PaymentPanel } from "./PaymentPanel.tsx";
import { Payments } from "./Payments.tsx";
import type { Phase } from "./phase.ts";
import { OverduePanel, StartingPanel } from "./StartingPanel.tsx";
import { StopPanel } from "./StopPanel.tsx";
import { Timeline } from "./Timeline.tsx";
import { TopUpPanel } from "./TopUpPanel.tsx";

interface LeaseBodyProps {
  readonly lease: Lease;
  readonly phase: Phase;
  readonly check: LeaseCheck | undefined;
  readonly now: number | undefined;
  readonly image: string;
}

/** What is to be done now on the left, what was agreed and has happened on the right. */
export function LeaseBody({ lease, phase, check, now, image }: LeaseBodyProps) {
  return (
    <div className="split">
      <div className="stack-large">
        {phase === "payment" && <PaymentPanel lease={lease} check={check} now={now} />}
        {phase === "lapsed" && <LapsedPanel lease={lease} />}
        {phase === "starting" && <StartingPanel lease={lease} now={now} />}
        {phase === "overdue" && <OverduePanel />}
        {(phase === "running" || phase === "grace") && <Running lease={lease} phase={phase} check={check} now={now} />}
        {phase === "ended" && <EndedPanel lease={lease} />}
        <Payments payments={lease.payments} />
        {phase === "running" && <StopPanel />}
      </div>
      <div className="stack-large">
        <Facts lease={lease} image={image} />
        <Timeline entries={lease.timeline} />
        <Limits />
      </div>
    </div>
  );
}

function Running({ lease, phase, check, now }: Omit<LeaseBodyProps, "image">) {
  const { accrual, access } = lease;
  if (accrual === null || now === undefined) return null;
  const balance = balanceAt(accrual, now);
  const isGrace = phase === "grace";
  return (
    <>
      {isGrace && <GraceNotice accrual={accrual} now={now} />}
      {!isGrace && access !== null && <AccessPanel access={access} />}
      <BalancePanel lease={lease} accrual={accrual} now={now} />
      <TopUpPanel lease={lease} check={check} leftMsat={balance.leftMsat} urgent={isGrace || balance.low} />
    </>
  );
}
