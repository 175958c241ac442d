// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import { Copy } from "../ui/Copy.tsx";
import { Icon } from "../ui/Icon.tsx";
import { account, useAccount } from "./account.ts";
import { backupText } from "./backup.ts";

/** Copy or download the secret, and say that it is kept. */
export function BackupActions({ secret }: { secret: string }) {
  const { saved } = useAccount();
  const [done, setDone] = useState(false);
  return (
    <div className="buttons">
      <button type="button" className="button small" onClick={() => downloadBackup(secret, () => setDone(true))}>
        <Icon name="download" />
        Download
      </button>
      <Copy text={secret} label="Copy secret" onCopied={() => setDone(true)} />
      {!saved && (
        <button type="button" className={`button small ${done ? "primary" : ""}`} onClick={() => account.markSaved()}>
          I have saved it
        </button>
      )}
    </div>
  );
}

function downloadBackup(secret: string, then: () => void): void {
  const url = URL.createObjectURL(new Blob([backupText(secret, location.origin)], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = "xov-account-secret.txt";
  link.click();
  URL.revokeObjectURL(url);
  then();
}
