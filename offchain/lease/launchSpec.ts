// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { seal, unseal } from "./sealing.ts";

/** What to boot. Sealed to the appliance, it travels as event bytes. */
export const launchSpecSchema = z.strictObject({
  /** Name of an image that the appliance's cloud offers. */
  image: z.string().min(1).max(255),
  /** OpenSSH public keys, one line each. */
  sshKeys: z.array(z.string().regex(/^(ssh-|ecdsa-|sk-)[^\n\r]+$/, "must be a line of an OpenSSH public key")).max(16),
  /** cloud-init user data: a script or a cloud-config document. */
  userData: z.string().max(3000).optional(),
  /** The holder's age recipient; access details are sealed to it. */
  recipient: z.string().startsWith("age1").max(100),
});

export type LaunchSpec = z.infer<typeof launchSpecSchema>;

/** Seals a spec to an appliance. @throws RangeError when it is too long */
export function sealLaunchSpec(spec: LaunchSpec, recipient: string): Promise<Uint8Array> {
  return seal(JSON.stringify(launchSpecSchema.parse(spec)), recipient);
}

/** Opens a spec with the appliance's age identity. @throws when it is sealed to another key, altered or malformed */
export async function openLaunchSpec(sealed: Uint8Array, identity: string): Promise<LaunchSpec> {
  return launchSpecSchema.parse(JSON.parse(await unseal(sealed, identity)));
}
