// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "react";
import type { Hex } from "../../bitcoin/bytes.ts";
import type { BitcoinNetwork } from "../../bitcoin/taproot.ts";
import type { AnyLease } from "./quote.ts";

/** The refund address of a lease's terms; undefined without one, and while the code for it is loading. */
export function useRefundAddress(lease: AnyLease, network: BitcoinNetwork): string | undefined {
  const [found, setFound] = useState<{ script: string; address: string | undefined }>();
  const script = lease.currency === "bitcoin" ? lease.terms.refundScript : "0x";
  useEffect(() => {
    if (script === "0x") return undefined;
    let wanted = true;
    import("../crypto.ts").then(
      ({ refundAddressOf }) => wanted && setFound({ script, address: refundAddressOf(script as Hex, network) }),
      () => undefined,
    );
    return () => {
      wanted = false;
    };
  }, [script, network]);
  return found?.script === script ? found.address : undefined;
}
