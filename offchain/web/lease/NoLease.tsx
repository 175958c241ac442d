// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import { storage } from "../account/account.ts";
import { ImportSecret } from "../account/ImportSecret.tsx";
import { sendTake } from "../launch/openLease.ts";
import { RefusalNotice } from "../launch/RefusalNotice.tsx";
import { Link } from "../router/Link.tsx";
import { PageHead } from "../ui/PageHead.tsx";
import { readNote } from "./notes.ts";

/** The page was opened without the part of its link that names the account. */
export function NoSecret() {
  return (
    <>
      <PageHead title="This page needs your account secret">
        <p className="lead">
          Open it with its full link, including all that stands behind the “#”, or enter the secret here. It stays in
          this browser.
        </p>
      </PageHead>
      <div className="panel narrow">
        <ImportSecret />
      </div>
    </>
  );
}

/** The pool does not know the lease: it was never sent, or is of another pool. */
export function UnknownLease({ leaseId, again }: { leaseId: string; again: () => void }) {
  const take = readNote(storage, leaseId)?.take;
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  if (take === undefined) {
    return (
      <>
        <PageHead title="No such lease here">
          <p className="lead">This pool does not know it. Look at the link again, or at all leases of your account.</p>
        </PageHead>
        <Link className="button primary" href="/leases">
          My leases
        </Link>
      </>
    );
  }
  const send = () => {
    setBusy(true);
    setFailure(undefined);
    sendTake(take)
      .then(again, setFailure)
      .finally(() => setBusy(false));
  };
  return (
    <>
      <PageHead title="Not sent yet">
        <p className="lead">
          You have signed this lease, and the pool did not answer. Nothing is reserved and nothing is to be paid.
          Sending it again opens it at most once.
        </p>
      </PageHead>
      {failure !== undefined && <RefusalNotice error={failure} />}
      <button type="button" className="button primary" disabled={busy} onClick={send}>
        {busy ? "Sending…" : "Send it again"}
      </button>
    </>
  );
}
