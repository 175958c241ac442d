// SPDX-License-Identifier: Apache-2.0
import type { Logger } from "../../offchain/core/log.ts";
import type { ApplianceChain } from "../chain/applianceChain.ts";
import { hashOf } from "./encoding.ts";
import type { Stack } from "./stack.ts";

/** What {@link createAttestationKeeper} needs. */
export interface AttestationKeeperOptions {
  readonly chain: Pick<ApplianceChain, "attestation" | "send">;
  /** Reads cloud and declaration anew. */
  readonly stack: (signal: AbortSignal) => Promise<Stack>;
  /** An attestation that expires sooner is renewed, seconds. */
  readonly renewBeforeS: number;
  readonly log: Logger;
}

/** Keeps the appliance's stack attested, as it is. */
export interface AttestationKeeper {
  /** @param now of the latest block, unix seconds */
  keep(now: bigint, signal: AbortSignal): Promise<void>;
  /** What the last look found; undefined before it. */
  last(): AttestationStatus | undefined;
}

/** What stands of the attestation. */
export interface AttestationStatus {
  /** Unix seconds; 0 when there is none. */
  readonly expiresAt: bigint;
  /** Why it is not renewed. */
  readonly problems: readonly string[];
}

/**
 * See {@link AttestationKeeper}. Attests anew before the present attestation expires, and when the stack is another than the
 * one attested; nothing while there are problems, or a claim bars the appliance. What runs meanwhile runs on: an attestation that
 * lapses only takes asks off the book.
 */
export function createAttestationKeeper(options: AttestationKeeperOptions): AttestationKeeper {
  const { chain, stack, renewBeforeS, log } = options;
  let last: AttestationStatus | undefined;
  return {
    async keep(now, signal) {
      const standing = await chain.attestation();
      const { found, problems } = await stack(signal);
      last = { expiresAt: standing.expiresAt, problems };
      if (problems.length > 0) {
        log.error(
          { problems, expiresAt: standing.expiresAt },
          "the stack may not be attested; asks end with its attestation",
        );
        return;
      }
      const components = found.map(({ component }) => component);
      const isSame = hashOf(components) === standing.componentsHash;
      if (isSame && standing.expiresAt >= now + BigInt(renewBeforeS)) return;
      if (now < standing.barredUntil) {
        log.error({ barredUntil: standing.barredUntil }, "a claim bars the appliance from attesting");
        return;
      }
      await chain.send({ kind: "attest", components });
      const { expiresAt } = await chain.attestation();
      last = { expiresAt, problems };
      log.info({ components, expiresAt }, "attested");
    },
    last: () => last,
  };
}
