// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from "react";
import { Notice } from "../ui/Notice.tsx";
import { Waiting } from "../ui/Waiting.tsx";
import type { LeaseCheck } from "./checkLease.ts";

interface CheckedAddressProps {
  readonly check: LeaseCheck | undefined;
  readonly children: (address: string) => ReactNode;
}

/** Shows an address to pay to only after this browser has checked it; says so when it cannot. */
export function CheckedAddress({ check, children }: CheckedAddressProps) {
  if (check === undefined) return <Waiting>Checking the address</Waiting>;
  if (check.ok === false) {
    return (
      <Notice tone="bad" title="Do not pay. The address is not shown." urgent>
        <p>{check.reason}</p>
        <p>This pool's service is broken or lies. Your lease, if it is on the chain, can be served by another page.</p>
      </Notice>
    );
  }
  return (
    <>
      {children(check.address)}
      {check.ok === "unknown" ? (
        <Notice tone="warn">
          <p>
            This browser did not launch the lease, so it takes the address from the pool. Opened with the full link from
            where it was launched, this page checks the address itself.
          </p>
        </Notice>
      ) : (
        <p className="checked">Computed in this browser from the lease's id and the provider's key.</p>
      )}
    </>
  );
}
