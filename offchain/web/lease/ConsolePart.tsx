// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "react";
import { messageOf } from "../../core/errors.ts";
import type { AccessDetails } from "../../lease/accessDetails.ts";
import type { Network } from "../../pool/api.ts";
import { useHolderKeys } from "../account/useHolderKeys.ts";
import { Notice } from "../ui/Notice.tsx";
import { Waiting } from "../ui/Waiting.tsx";
import { requestConsole } from "./requestConsole.ts";

interface ConsolePartProps {
  readonly leaseId: string;
  readonly details: Pick<AccessDetails, "consoleLog" | "consoleUrl">;
  /** Tells one set of access details from the next. */
  readonly sealed: string;
  /** The chain's time. */
  readonly now: number | undefined;
  readonly network: Network;
}

/** Longer than chain, relayer and provider take, seconds of the chain; then asking again is offered. */
const PATIENCE_S = 120;

/** What the server's console shows: asked of the provider over the chain, and sealed to this account like the rest. */
export function ConsolePart({ leaseId, details, sealed, now, network }: ConsolePartProps) {
  const keys = useHolderKeys();
  const [asked, setAsked] = useState<{ sealed: string; at: number }>();
  const [failure, setFailure] = useState<string>();
  const isWaiting = asked?.sealed === sealed;
  const isLate = isWaiting && now !== undefined && now - asked.at > PATIENCE_S;
  useEffect(() => {
    if (!isLate) return;
    setAsked(undefined);
    setFailure("The provider has not answered yet. It does no harm to ask again.");
  }, [isLate]);
  const ask = async () => {
    if (keys === undefined || now === undefined) return;
    setFailure(undefined);
    setAsked({ sealed, at: now });
    try {
      await requestConsole({ leaseId, keys, network, now });
    } catch (error) {
      setFailure(messageOf(error));
      setAsked(undefined);
    }
  };
  const { consoleLog, consoleUrl } = details;
  return (
    <>
      {consoleUrl !== undefined && (
        <p>
          <a href={consoleUrl} target="_blank" rel="noreferrer noopener">
            Open the screen
          </a>{" "}
          <span className="muted small">(works for some minutes after it was posted)</span>
        </p>
      )}
      {consoleLog !== undefined && (
        <details className="host-keys" open>
          <summary>Console log, its end</summary>
          <pre className="mono console-log">{consoleLog === "" ? "(empty)" : consoleLog}</pre>
        </details>
      )}
      {isWaiting ? (
        <Waiting>Asked. The provider reads the console and posts it, sealed to you</Waiting>
      ) : (
        <button type="button" className="button small" onClick={ask} disabled={keys === undefined || now === undefined}>
          {consoleLog === undefined ? "Show the console" : "Ask for the console again"}
        </button>
      )}
      {failure !== undefined && (
        <Notice tone="bad" title="The console was not shown.">
          <p>{failure}</p>
        </Notice>
      )}
    </>
  );
}
