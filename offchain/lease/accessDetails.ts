// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { seal, unseal } from "./sealing.ts";

/** How a holder reaches its instance. Sealed to the holder, they travel as event bytes. */
export const accessDetailsSchema = z.strictObject({
  /** Addresses in the order in which to try them. */
  addresses: z.array(z.strictObject({ address: z.string(), version: z.union([z.literal(4), z.literal(6)]) })),
  /** User whom the SSH keys let in. */
  user: z.string(),
  /** SSH host keys as the console log showed them, lines of `known_hosts` without the host. */
  hostKeys: z.array(z.string()),
  /** Where a browser shows the instance's screen; works for some minutes. */
  consoleUrl: z
    .url({ protocol: /^https?$/ })
    .max(1000)
    .optional(),
  /** The end of the serial console's log, as asked for. */
  consoleLog: z.string().optional(),
});

export type AccessDetails = z.infer<typeof accessDetailsSchema>;

/** Seals access details to the holder. @throws RangeError when they are too long */
export function sealAccessDetails(details: AccessDetails, recipient: string): Promise<Uint8Array> {
  return seal(JSON.stringify(accessDetailsSchema.parse(details)), recipient);
}

/** Opens access details with the holder's age identity. @throws when sealed to another key, altered or malformed */
export async function openAccessDetails(sealed: Uint8Array, identity: string): Promise<AccessDetails> {
  return accessDetailsSchema.parse(JSON.parse(await unseal(sealed, identity)));
}
