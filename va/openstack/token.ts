// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { ComputeError } from "./compute.ts";
import type { Credential } from "./credential.ts";
import { exchange } from "./exchange.ts";
import { failure } from "./failure.ts";

/** The services of the catalogue that this client asks. */
export type Service = "compute" | "network" | "image" | "placement";

/** A Keystone token with what it says. */
export interface Token {
  readonly value: string;
  readonly projectId: string;
  /** How long it is valid from its issue, in milliseconds: our clock and Keystone's need not agree. */
  readonly lifetimeMs: number;
  /** The public endpoints in the credential's region. */
  readonly endpoints: ReadonlyMap<string, string>;
}

const tokenSchema = z.object({
  token: z.object({
    issued_at: z.string(),
    expires_at: z.string(),
    project: z.object({ id: z.string() }),
    catalog: z.array(
      z.object({
        type: z.string(),
        endpoints: z.array(
          z.object({
            interface: z.string(),
            region_id: z.string().nullish(),
            region: z.string().nullish(),
            url: z.string(),
          }),
        ),
      }),
    ),
  }),
});

/**
 * Asks Keystone for a token by application credential (Identity API v3, POST /v3/auth/tokens).
 * It is a POST, but one that may be repeated: a lost token expires by itself.
 * @throws ComputeError UNAUTHORIZED, UNAVAILABLE, TIMEOUT, RATE_LIMITED, BAD_REPLY
 */
export async function requestToken(
  credential: Credential,
  deadlineMs: number,
  now: number,
  signal: AbortSignal,
  send: typeof exchange = exchange,
): Promise<Token> {
  const what = "POST identity /auth/tokens";
  const reply = await send(
    {
      method: "POST",
      url: `${identityUrl(credential.auth_url)}/auth/tokens`,
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({
        auth: {
          identity: {
            methods: ["application_credential"],
            application_credential: {
              id: credential.application_credential_id,
              secret: credential.application_credential_secret,
            },
          },
        },
      }),
      what,
      write: false,
      deadlineMs,
    },
    signal,
  );
  if (reply.status !== 201) {
    const retryAfter = reply.headers.get("retry-after");
    const failed = failure({ ...reply, what, write: false, retryAfter, now });
    // Keystone's answer to a credential that was deleted.
    if (failed.code === "NOT_FOUND") {
      throw new ComputeError("UNAUTHORIZED", failed.message, { status: 404, requestId: reply.requestId });
    }
    throw failed;
  }
  return readToken(reply.text, reply.headers.get("x-subject-token"), credential);
}

function readToken(text: string, value: string | null, credential: Credential): Token {
  const bad = (why: string) => new ComputeError("BAD_REPLY", `POST identity /auth/tokens: ${why}`);
  if (value === null) throw bad("no X-Subject-Token");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw bad("not JSON");
  }
  const parsed = tokenSchema.safeParse(json);
  if (!parsed.success) throw bad(`unexpected body (${parsed.error.issues[0]?.path.join(".")})`);
  const token = parsed.data.token;
  if (credential.project_id !== undefined && credential.project_id !== token.project.id) {
    throw new ComputeError("UNAUTHORIZED", "The credential is for another project than the configured one");
  }
  const lifetimeMs = Date.parse(token.expires_at) - Date.parse(token.issued_at);
  if (!(lifetimeMs > 0)) throw bad("no lifetime");
  return { value, projectId: token.project.id, lifetimeMs, endpoints: publicEndpoints(token.catalog, credential) };
}

function publicEndpoints(
  catalog: z.infer<typeof tokenSchema>["token"]["catalog"],
  credential: Credential,
): Map<string, string> {
  const secure = credential.auth_url.startsWith("https:");
  const endpoints = new Map<string, string>();
  for (const service of catalog) {
    for (const endpoint of service.endpoints) {
      const here = (endpoint.region_id ?? endpoint.region) === credential.region_name;
      // A token that came over TLS goes nowhere without it.
      if (here && endpoint.interface === "public" && !(secure && !endpoint.url.startsWith("https:"))) {
        endpoints.set(service.type, endpoint.url.replace(/\/+$/, ""));
      }
    }
  }
  return endpoints;
}

function identityUrl(authUrl: string): string {
  const url = authUrl.replace(/\/+$/, "");
  return url.endsWith("/v3") ? url : `${url}/v3`;
}
