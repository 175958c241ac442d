// SPDX-License-Identifier: Apache-2.0
import { type ReactNode, useEffect } from "react";
import { useNetwork } from "../live/useNetwork.ts";

interface PageHeadProps {
  readonly title: string;
  /** For the window's title when it says more, such as the time left. */
  readonly windowTitle?: string;
  readonly beside?: ReactNode;
  readonly children?: ReactNode;
}

/** A page's heading; names the window too. */
export function PageHead({ title, windowTitle = title, beside, children }: PageHeadProps) {
  const pool = useNetwork()?.pool.name;
  useEffect(() => {
    document.title = pool === undefined ? windowTitle : `${windowTitle} · ${pool}`;
  }, [windowTitle, pool]);
  return (
    <div className="page-head">
      <div className="page-title">
        <h1>{title}</h1>
        {beside}
      </div>
      {children}
    </div>
  );
}
