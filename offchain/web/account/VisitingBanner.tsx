// SPDX-License-Identifier: Apache-2.0
import { navigate } from "../router/navigation.ts";
import { account, useAccount } from "./account.ts";

/** A link of another account was opened: whose leases these are, and how to go on. */
export function VisitingBanner() {
  const { visiting, secret } = useAccount();
  if (!visiting || secret === undefined) return null;
  return (
    <div className="banner">
      <p>This link is of another account than the one in this browser.</p>
      <div className="buttons">
        <button type="button" className="button small" onClick={() => account.adopt(secret)}>
          Keep this account here instead
        </button>
        <button
          type="button"
          className="button small quiet"
          onClick={() => {
            navigate("/leases");
            account.leave();
          }}
        >
          Back to mine
        </button>
      </div>
    </div>
  );
}
