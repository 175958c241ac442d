// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { type Listener, type Place, PROJECT, url } from "./place.ts";

/** Who asks. */
export interface Account {
  readonly user: string;
  readonly password: string;
  readonly project: string;
}

/** The REST interfaces of one cloud, for one account. */
export interface Api {
  readonly userId: string;
  readonly projectId: string;
  get<T>(service: Listener, path: string, schema: z.ZodType<T>): Promise<T>;
  /** Sends what changes something. The body is JSON, or a file for Glance. */
  send<T>(
    method: "POST" | "PUT" | "DELETE",
    service: Listener,
    path: string,
    body: Body,
    schema: z.ZodType<T>,
  ): Promise<T>;
}

type Body = object | { readonly file: string } | undefined;

const ROOTS: Partial<Record<Listener, string>> = {
  keystone: "/v3",
  glance: "/v2",
  nova: "/v2.1",
  neutron: "/v2.0",
};

/** Those accounts that the provisioning makes. */
export function accounts({ secrets }: Pick<Place, "secrets">): Readonly<Record<"admin" | "provider", Account>> {
  return {
    admin: { user: "admin", password: secrets.admin, project: "admin" },
    provider: { user: "xov-va", password: secrets.service, project: PROJECT },
  };
}

const tokenSchema = z.object({
  token: z.object({ user: z.object({ id: z.string() }), project: z.object({ id: z.string() }) }),
});

/** Logs in with a password. @throws Error with the reply when it is refused */
export async function logIn(place: Place, { user, password, project }: Account): Promise<Api> {
  const domain = { id: "default" };
  const identity = { methods: ["password"], password: { user: { name: user, domain, password } } };
  const body = JSON.stringify({ auth: { identity, scope: { project: { name: project, domain } } } });
  const reply = await request("POST", `${url(place, "keystone")}/v3/auth/tokens`, { "content-type": JSON_TYPE }, body);
  const { token } = tokenSchema.parse(JSON.parse(reply.text));
  const headers = {
    "x-auth-token": reply.headers.get("x-subject-token") ?? "",
    "openstack-api-version": "compute 2.90",
  };
  const at = (service: Listener, path: string) => `${url(place, service)}${ROOTS[service] ?? ""}${path}`;
  return {
    userId: token.user.id,
    projectId: token.project.id,
    async get(service, path, schema) {
      const { text } = await request("GET", at(service, path), headers);
      return schema.parse(JSON.parse(text));
    },
    async send(method, service, path, content, schema) {
      const [type, bytes] = await encode(content);
      const { text } = await request(method, at(service, path), { ...headers, ...type }, bytes);
      return schema.parse(text === "" ? undefined : JSON.parse(text));
    },
  };
}

const JSON_TYPE = "application/json";
const TIMEOUT_MS = 120_000;

async function encode(body: Body): Promise<[Record<string, string>, string | Uint8Array<ArrayBuffer> | undefined]> {
  if (body === undefined) return [{}, undefined];
  if ("file" in body && typeof body.file === "string") {
    return [{ "content-type": "application/octet-stream" }, new Uint8Array(await readFile(body.file))];
  }
  return [{ "content-type": JSON_TYPE }, JSON.stringify(body)];
}

async function request(
  method: string,
  at: string,
  headers: Record<string, string>,
  body?: string | Uint8Array<ArrayBuffer>,
) {
  const init = { method, headers, signal: AbortSignal.timeout(TIMEOUT_MS) };
  const response = await fetch(at, body === undefined ? init : { ...init, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${at}: ${response.status} ${text.slice(0, 500)}`);
  return { text, headers: response.headers };
}
