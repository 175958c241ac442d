// SPDX-License-Identifier: Apache-2.0
import type { Lease, LeaseAnswer, Network, QueuedLease } from "../../pool/api.ts";
import { storage, useAccount } from "../account/account.ts";
import { SaveReminder } from "../account/SaveReminder.tsx";
import { useHolderKeys } from "../account/useHolderKeys.ts";
import { isNotFound } from "../api/request.ts";
import { countdown } from "../format/duration.ts";
import { sizeOf } from "../format/size.ts";
import { useChainNow } from "../live/clock.ts";
import { useNetwork } from "../live/useNetwork.ts";
import { LiveStatus } from "../ui/LiveStatus.tsx";
import { PageHead } from "../ui/PageHead.tsx";
import { Trouble } from "../ui/Trouble.tsx";
import { Waiting } from "../ui/Waiting.tsx";
import { balanceAt } from "./balance.ts";
import type { LeaseCheck } from "./checkLease.ts";
import { LeaseBody } from "./LeaseBody.tsx";
import { NoSecret, UnknownLease } from "./NoLease.tsx";
import { readNote } from "./notes.ts";
import { PhasePill } from "./PhasePill.tsx";
import { paidOf } from "./paid.ts";
import { type Phase, phaseAt } from "./phase.ts";
import { QueuedPanel } from "./QueuedPanel.tsx";
import type { AnyLease } from "./quote.ts";
import { useLeaseCheck } from "./useLeaseCheck.ts";
import { type LeaseView, useLeaseView } from "./useLeaseView.ts";
import { useLinkKey } from "./useLinkKey.ts";

/** A lease: pay, watch, reach the server, extend. */
export function LeasePage({ leaseId }: { leaseId: string }) {
  const { secret } = useAccount();
  const view = useLeaseView(leaseId);
  const network = useNetwork();
  const { data } = view;
  if (secret === undefined) return <NoSecret />;
  if (data === undefined || network === undefined) return <NotLoaded leaseId={leaseId} view={view} />;
  if (isQueued(data)) return <WaitingLease lease={data} network={network} view={view} />;
  return <OpenLease lease={data} network={network} view={view} />;
}

function NotLoaded({ leaseId, view }: { leaseId: string; view: LeaseView }) {
  if (isNotFound(view.error)) return <UnknownLease leaseId={leaseId} again={view.reload} />;
  return (
    <>
      <PageHead title="Lease" />
      {view.error === undefined ? (
        <Waiting>Loading the lease</Waiting>
      ) : (
        <Trouble what="The lease could not be loaded." error={view.error} again={view.reload} />
      )}
    </>
  );
}

interface LeaseProps<L extends LeaseAnswer> {
  readonly lease: L;
  readonly network: Network;
  readonly view: LeaseView;
}

function WaitingLease({ lease, network, view }: LeaseProps<QueuedLease>) {
  const check = useCheck({ leaseId: lease.leaseId, address: lease.address, network });
  return (
    <>
      <PageHead title="Lease" beside={<LiveStatus mode={view.mode} />} />
      {lease.state === "queued" && <SaveReminder />}
      <QueuedPanel lease={lease} check={check} />
    </>
  );
}

function OpenLease({ lease, network, view }: LeaseProps<AnyLease>) {
  const toPay = lease.currency === "bitcoin" ? { address: lease.payTo.address, terms: lease.terms } : { address: null };
  const check = useCheck({ leaseId: lease.leaseId, ...toPay, network });
  const now = useChainNow();
  const underWay = lease.currency === "bitcoin" && paidOf(lease.payments.list).underWay > 0n;
  const image = readNote(storage, lease.leaseId)?.image ?? "";
  const phase = phaseAt(lease, now);
  const size = sizeOf(lease.class);
  return (
    <>
      <PageHead
        title={size}
        windowTitle={`${timeLeft(lease, phase, now)}${size}`}
        beside={<LiveStatus mode={view.mode} />}
      >
        <p className="lead">
          <PhasePill phase={phase} underWay={underWay} /> in {lease.appliance.region}
          {image !== "" && <> · {image}</>}
        </p>
      </PageHead>
      {phase !== "ended" && phase !== "lapsed" && <SaveReminder />}
      <LeaseBody lease={lease} phase={phase} check={check} now={now} image={image} network={network} />
    </>
  );
}

interface Stated {
  readonly leaseId: string;
  /** Null for a lease that is not paid in bitcoin: then there is nothing to check. */
  readonly address: string | null;
  readonly terms?: Lease["terms"];
  readonly network: Network;
}

/** Checks the pool's word with this browser's keys; see {@link useLeaseCheck}. */
function useCheck({ address, ...stated }: Stated): LeaseCheck | undefined {
  const keys = useHolderKeys();
  const bitcoinKey = useLinkKey(stated.leaseId);
  const known = keys !== undefined && address !== null;
  return useLeaseCheck(known ? { ...stated, address, holder: keys.account.address, bitcoinKey } : undefined);
}

function timeLeft({ accrual }: AnyLease, phase: Phase, now: number | undefined): string {
  if (accrual === null || now === undefined || (phase !== "running" && phase !== "notice")) return "";
  return `${countdown(balanceAt(accrual, now).secondsLeft)} left · `;
}

function isQueued(lease: LeaseAnswer): lease is QueuedLease {
  return lease.state === "queued" || lease.state === "refused";
}
