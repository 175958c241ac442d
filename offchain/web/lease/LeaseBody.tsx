// SPDX-License-Identifier: Apache-2.0
import type { Network } from "../../pool/api.ts";
import { AccessPanel } from "./AccessPanel.tsx";
import { BalancePanel, GraceNotice } from "./BalancePanel.tsx";
import { balanceAt } from "./balance.ts";
import type { LeaseCheck } from "./checkLease.ts";
import { EndedPanel } from "./EndedPanel.tsx";
import { Facts } from "./Facts.tsx";
import { LapsedPanel } from "./LapsedPanel.tsx";
import { Limits } from "./Limits.tsx";
import { NoticeNotice, ReservedNotice, TokenTopUp } from "./notices.tsx";
import { PaymentPanel } from "./PaymentPanel.tsx";
import { Payments } from "./Payments.tsx";
import type { Phase } from "./phase.ts";
import type { AnyLease } from "./quote.ts";
import { LaunchingPanel, OverduePanel, StartingPanel } from "./StartingPanel.tsx";
import { StopPanel } from "./StopPanel.tsx";
import { Timeline } from "./Timeline.tsx";
import { TopUpPanel } from "./TopUpPanel.tsx";

interface LeaseBodyProps {
  readonly lease: AnyLease;
  readonly phase: Phase;
  /** Of a lease in bitcoin: where to pay it. */
  readonly check: LeaseCheck | undefined;
  readonly now: number | undefined;
  readonly image: string;
  readonly network: Network;
}

/** What is to be done now on the left, what was agreed and has happened on the right. */
export function LeaseBody({ lease, phase, check, now, image, network }: LeaseBodyProps) {
  return (
    <div className="split">
      <div className="stack-large">
        {lease.currency === "bitcoin" && phase === "payment" && <PaymentPanel lease={lease} check={check} now={now} />}
        {lease.currency === "bitcoin" && phase === "lapsed" && <LapsedPanel lease={lease} />}
        {phase === "starting" && <StartingPanel lease={lease} now={now} />}
        {phase === "overdue" && <OverduePanel lease={lease} />}
        {phase === "ended" ? (
          <EndedPanel lease={lease} now={now} />
        ) : (
          <Accruing lease={lease} phase={phase} check={check} now={now} network={network} />
        )}
        {lease.currency === "bitcoin" && <Payments payments={lease.payments} isOver={lease.closedAt !== null} />}
        {lease.stoppable && phase !== "ended" && <StopPanel lease={lease} now={now} network={network} />}
      </div>
      <div className="stack-large">
        <Facts lease={lease} image={image} isOver={phase === "ended" || phase === "lapsed"} />
        <Timeline entries={lease.timeline} />
        <Limits />
      </div>
    </div>
  );
}

/** A lease that is charged. */
function Accruing({ lease, phase, check, now, network }: Omit<LeaseBodyProps, "image">) {
  const { accrual, access } = lease;
  if (accrual === null || now === undefined) return null;
  const balance = balanceAt(accrual, now);
  const isGrace = phase === "grace";
  const extendable = phase !== "notice" && phase !== "overdue";
  return (
    <>
      {phase === "reserved" && <ReservedNotice />}
      {phase === "notice" && <NoticeNotice lease={lease} accrual={accrual} now={now} />}
      {phase === "launching" && <LaunchingPanel lease={lease} now={now} />}
      {isGrace && <GraceNotice lease={lease} accrual={accrual} now={now} />}
      {(phase === "running" || phase === "notice") && access !== null && (
        <AccessPanel leaseId={lease.leaseId} access={access} now={now} network={network} />
      )}
      <BalancePanel lease={lease} accrual={accrual} now={now} extendable={extendable} />
      {extendable && lease.currency === "token" && <TokenTopUp lease={lease} />}
      {extendable && lease.currency === "bitcoin" && (
        <TopUpPanel lease={lease} check={check} leftMsat={balance.left} urgent={isGrace || balance.low} />
      )}
    </>
  );
}
