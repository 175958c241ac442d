// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import type { AccessDetails } from "../../lease/accessDetails.ts";
import type { Lease } from "../../pool/api.ts";
import { Copy } from "../ui/Copy.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Notice } from "../ui/Notice.tsx";
import { Waiting } from "../ui/Waiting.tsx";
import { useAccess } from "./useAccess.ts";

/** How to reach the server; only this account can read it. */
export function AccessPanel({ access }: { access: NonNullable<Lease["access"]> }) {
  const opened = useAccess(access.sealed);
  return (
    <section className="panel stack" aria-labelledby="access-heading">
      <div className="panel-head">
        <h2 id="access-heading">Access</h2>
        <p className="muted small">
          posted <Moment time={access.time} />, opened in this browser
        </p>
      </div>
      {opened === "opening" && <Waiting>Opening the access details</Waiting>}
      {opened === "failed" && (
        <Notice tone="bad" title="These access details cannot be opened with your secret.">
          <p>
            The provider sealed them to another key, or they are damaged. Time runs all the same: stop the lease below
            to have back what is not used up.
          </p>
        </Notice>
      )}
      {typeof opened === "object" && <Details details={opened} />}
    </section>
  );
}

function Details({ details }: { details: AccessDetails }) {
  const { addresses, user, hostKeys } = details;
  const first = addresses[0]?.address;
  if (first === undefined) return <p>The provider gave no address.</p>;
  return (
    <>
      {addresses.map(({ address }) => (
        <div className="command" key={address}>
          <code>
            ssh {user}@{address}
          </code>
          <Copy text={`ssh ${user}@${address}`} label="Copy the command" small />
        </div>
      ))}
      {hostKeys.length > 0 && <HostKeys address={first} hostKeys={hostKeys} />}
    </>
  );
}

/** What the machine printed at its first boot, so that the first login need not trust the network. */
function HostKeys({ address, hostKeys }: { address: string; hostKeys: readonly string[] }) {
  const [open, setOpen] = useState(false);
  const lines = hostKeys.map((key) => `${address} ${key}`).join("\n");
  return (
    <details className="host-keys" open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>Host keys ({hostKeys.length}): add them to known_hosts to be sure that it is your server</summary>
      <pre className="mono">{lines}</pre>
      <Copy text={`${lines}\n`} label="Copy lines for known_hosts" />
    </details>
  );
}
