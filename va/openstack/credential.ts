// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";

/**
 * A Keystone v3 application credential with where to use it, as it stands in the credential file.
 * The secret belongs in no log.
 */
export interface Credential {
  /** Keystone's URL, with or without `/v3`. It alone decides which cloud is asked. */
  readonly auth_url: string;
  readonly region_name: string;
  /** Checked against the token's project when given. */
  readonly project_id?: string | undefined;
  readonly application_credential_id: string;
  readonly application_credential_secret: string;
}

const credentialSchema = z.object({
  auth_url: z.url({ protocol: /^https?$/ }),
  region_name: z.string().min(1),
  project_id: z.string().min(1).optional(),
  application_credential_id: z.string().min(1),
  application_credential_secret: z.string().min(1),
});

/**
 * Reads the text of a credential file (JSON).
 * @throws Error naming the fields that are missing or wrong, never their values
 */
export function parseCredential(text: string): Credential {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error("The OpenStack credential file is not JSON");
  }
  const parsed = credentialSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => issue.path.join(".") || "(the whole)");
  throw new Error(`The OpenStack credential file is wrong in: ${fields.join(", ")}`);
}
