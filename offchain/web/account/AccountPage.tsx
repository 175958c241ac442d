// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import { Notice } from "../ui/Notice.tsx";
import { PageHead } from "../ui/PageHead.tsx";
import { account, useAccount } from "./account.ts";
import { BackupActions } from "./BackupActions.tsx";
import { ImportSecret } from "./ImportSecret.tsx";

/** The account secret: keep it, bring it, drop it. */
export function AccountPage() {
  const { secret, saved, visiting } = useAccount();
  return (
    <>
      <PageHead title="Account">
        <p className="lead">
          One secret, made in your browser, signs your leases and opens their access details. It is never sent. There is
          no password and nobody who could reset it.
        </p>
      </PageHead>
      <div className="split even">
        {secret === undefined ? <NoAccount /> : <Secret key={secret} secret={secret} saved={saved} />}
        <Bring atRisk={secret !== undefined && !saved && !visiting} />
      </div>
    </>
  );
}

function NoAccount() {
  return (
    <section className="panel stack">
      <h2>No account yet</h2>
      <p className="muted">Your first launch makes one. If you have one already, bring it here.</p>
    </section>
  );
}

function Secret({ secret, saved }: { secret: string; saved: boolean }) {
  const [shown, setShown] = useState(false);
  const [dropping, setDropping] = useState(false);
  return (
    <section className="panel stack">
      <h2>Your secret</h2>
      {!saved && (
        <Notice tone="warn" title="Not saved yet.">
          <p>It is in this browser alone. Clearing its data would lose your servers.</p>
        </Notice>
      )}
      <p className="secret mono">{shown ? secret : `${secret.slice(0, 14)}${"•".repeat(24)}`}</p>
      <div className="buttons">
        <button type="button" className="button small" aria-pressed={shown} onClick={() => setShown(!shown)}>
          {shown ? "Hide" : "Show"}
        </button>
        <BackupActions secret={secret} />
      </div>
      {dropping ? (
        <Notice tone="bad" title={saved ? "Forget it in this browser?" : "It is not saved. Forget it for good?"} urgent>
          <div className="buttons">
            <button type="button" className="button small danger" onClick={() => account.forget()}>
              Forget it
            </button>
            <button type="button" className="button small" onClick={() => setDropping(false)}>
              Keep it
            </button>
          </div>
        </Notice>
      ) : (
        <button type="button" className="button quiet small fit" onClick={() => setDropping(true)}>
          Forget it in this browser
        </button>
      )}
    </section>
  );
}

function Bring({ atRisk }: { atRisk: boolean }) {
  return (
    <section className="panel stack">
      <h2>Bring a secret</h2>
      {atRisk && (
        <Notice tone="warn">
          <p>It takes the place of the one in this browser. Save that one first.</p>
        </Notice>
      )}
      <ImportSecret />
    </section>
  );
}
