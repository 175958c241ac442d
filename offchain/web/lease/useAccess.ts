// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "react";
import { hexToBytes } from "../../bitcoin/bytes.ts";
import type { AccessDetails } from "../../lease/accessDetails.ts";
import { useHolderKeys } from "../account/useHolderKeys.ts";

export type Access = "opening" | "failed" | AccessDetails;

/** Opens sealed access details with the account's key, here in the browser. */
export function useAccess(sealed: string): Access {
  const identity = useHolderKeys()?.ageIdentity;
  const [opened, setOpened] = useState<{ sealed: string; access: Access }>();
  useEffect(() => {
    if (identity === undefined) return undefined;
    let wanted = true;
    const tell = (access: Access) => wanted && setOpened({ sealed, access });
    import("../crypto.ts")
      .then(({ openAccessDetails }) => openAccessDetails(hexToBytes(sealed), identity))
      .then(tell, () => tell("failed"));
    return () => {
      wanted = false;
    };
  }, [sealed, identity]);
  return opened?.sealed === sealed ? opened.access : "opening";
}
