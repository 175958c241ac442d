// SPDX-License-Identifier: Apache-2.0
import { useEffect } from "react";
import { useHash } from "../router/navigation.ts";
import { PageHead } from "../ui/PageHead.tsx";

/** How it works, and what it does not protect from. */
export function AboutPage() {
  const hash = useHash();
  useEffect(() => {
    if (hash === "#limits") document.getElementById("limits")?.scrollIntoView();
  }, [hash]);
  return (
    <>
      <PageHead title="How it works">
        <p className="lead">
          A market for compute that nobody owns. Providers run the servers; contracts on a chain keep the rules; Bitcoin
          moves the money. This pool brings them together, and holds neither your coins nor your keys.
        </p>
      </PageHead>
      <div className="prose">
        <ol className="steps-list">
          <li>
            <h2>Choose</h2>
            <p>An offer is a provider's standing promise, with stake locked behind it.</p>
          </li>
          <li>
            <h2>Launch</h2>
            <p>
              Your browser makes one secret, seals image and SSH key to the provider, and signs the terms. The address
              to pay to follows from what you signed; your browser computes it itself.
            </p>
          </li>
          <li>
            <h2>Pay</h2>
            <p>
              From any Bitcoin wallet, straight to the provider. The contracts check Bitcoin's own proof of the payment;
              nobody can say that it did not arrive.
            </p>
          </li>
          <li>
            <h2>Use</h2>
            <p>
              The provider boots the server and seals its address to you. It is charged by the second, and only while
              the provider proves that it is there. Pay again to the same address for more time.
            </p>
          </li>
        </ol>
        <Limits />
        <Check />
      </div>
    </>
  );
}

function Limits() {
  return (
    <section id="limits" tabIndex={-1}>
      <h2>What is not protected</h2>
      <ul>
        <li>
          <strong>A machine that does not work.</strong> A provider whose machine is broken earns until its lease ends.
          Your attention bounds the loss: prepay little at first, and look at the provider's record.
        </li>
        <li>
          <strong>A page that lies.</strong> A pool that serves a malicious page can steal the secret of whoever opens
          it. The page is built reproducibly and its hash is published, and it may load nothing from elsewhere.
        </li>
        <li>
          <strong>A pool that refuses.</strong> It may decline to pass on what you sign. Any other relayer takes the
          same signed terms.
        </li>
        <li>
          <strong>The owner of the hypervisor.</strong> Whoever runs the machine below yours can read yours.
        </li>
        <li>
          <strong>Money beyond the cover.</strong> Stake covers the prepayment that was agreed. What you pay beyond it
          counts, but is not covered.
        </li>
        <li>
          <strong>A lost secret.</strong> Nobody can restore it. Save it before you pay.
        </li>
      </ul>
    </section>
  );
}

function Check() {
  return (
    <section>
      <h2>Check this page</h2>
      <p>
        Build it from the source and compare the hash that the build prints with the one{" "}
        <a href="/bundle.json">served here</a>. The same source gives the same bytes. An honest page asks nothing of any
        other site; your browser's network tools show that.
      </p>
    </section>
  );
}
