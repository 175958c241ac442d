// SPDX-License-Identifier: Apache-2.0
import { Notice } from "../ui/Notice.tsx";
import { useAccount } from "./account.ts";
import { BackupActions } from "./BackupActions.tsx";

/** Until the secret is kept somewhere else: without it, nobody can reach or extend the servers. */
export function SaveReminder() {
  const { saved, secret } = useAccount();
  if (saved || secret === undefined) return null;
  return (
    <Notice tone="warn" title="Save your account secret.">
      <p>It is in this browser and in this page's link, nowhere else. Without it you lose your servers.</p>
      <BackupActions secret={secret} />
    </Notice>
  );
}
