// SPDX-License-Identifier: Apache-2.0
import { useAccount } from "../account/account.ts";
import { ImportSecret } from "../account/ImportSecret.tsx";
import { SaveReminder } from "../account/SaveReminder.tsx";
import { useHolderKeys } from "../account/useHolderKeys.ts";
import { useChainNow } from "../live/clock.ts";
import { Link } from "../router/Link.tsx";
import { LiveStatus } from "../ui/LiveStatus.tsx";
import { PageHead } from "../ui/PageHead.tsx";
import { Trouble } from "../ui/Trouble.tsx";
import { Waiting } from "../ui/Waiting.tsx";
import { LeaseRow } from "./LeaseRow.tsx";
import { type HolderLeasesView, useHolderLeases } from "./useHolderLeases.ts";

/** All leases of the account. */
export function LeasesPage() {
  const { secret } = useAccount();
  const keys = useHolderKeys();
  const view = useHolderLeases(keys?.account.address);
  if (secret === undefined) {
    return (
      <>
        <PageHead title="My leases">
          <p className="lead">
            This browser has no account yet. Your first launch makes one; or bring the one you have.
          </p>
        </PageHead>
        <div className="split even">
          <section className="panel stack">
            <h2>New here</h2>
            <p className="muted">Choose a server; the account comes by itself.</p>
            <Link className="button primary fit" href="/">
              Show offers
            </Link>
          </section>
          <section className="panel stack">
            <h2>Been here before</h2>
            <ImportSecret />
          </section>
        </div>
      </>
    );
  }
  return (
    <>
      <PageHead title="My leases" beside={<LiveStatus mode={view.mode} />} />
      <SaveReminder />
      <List view={view} secret={secret} />
    </>
  );
}

function List({ view, secret }: { view: HolderLeasesView; secret: string }) {
  const now = useChainNow();
  const { data, error, reload } = view;
  if (data === undefined) {
    if (error === undefined) return <Waiting>Loading your leases</Waiting>;
    return <Trouble what="Your leases could not be loaded." error={error} again={reload} />;
  }
  if (data.leases.length === 0) {
    return (
      <div className="empty">
        <p>No leases yet.</p>
        <Link className="button primary" href="/">
          Show offers
        </Link>
      </div>
    );
  }
  return (
    <ul className="leases">
      {data.leases.map((lease) => (
        <LeaseRow key={lease.leaseId} lease={lease} secret={secret} now={now} />
      ))}
    </ul>
  );
}
