// SPDX-License-Identifier: Apache-2.0
import type { Credential } from "../../va/openstack/credential.ts";
import type { Recorder } from "./recorder.ts";

/** Tokens: granted, refused, revoked. */
export async function recordIdentity(to: Recorder, credential: Credential): Promise<void> {
  const login = (id: string, secret: string) => ({
    auth: { identity: { methods: ["application_credential"], application_credential: { id, secret } } },
  });
  const { application_credential_id: id, application_credential_secret: secret } = credential;
  const path = "/auth/tokens";
  const first = await to.send("identity", "token", {
    service: "identity",
    method: "POST",
    path,
    body: login(id, secret),
  });
  const own = first.headers.get("x-subject-token") ?? "";
  await to.send("identity", "token-wrong-secret", {
    service: "identity",
    method: "POST",
    path,
    body: login(id, "wrong"),
  });
  await to.send("identity", "token-unknown-id", {
    service: "identity",
    method: "POST",
    path,
    body: login("0".repeat(32), secret),
  });
  await to.send("identity", "token-bad-body", { service: "identity", method: "POST", path, body: { auth: {} } });
  await to.send("identity", "versions", { service: "identity", method: "GET", path: "/" });
  const revoke = { "x-auth-token": own, "x-subject-token": own };
  await to.send("identity", "token-revoke", { service: "identity", method: "DELETE", path, headers: revoke });
  const revoked = { "x-auth-token": own };
  await to.send("identity", "revoked-token-compute", {
    service: "compute",
    method: "GET",
    path: "/servers",
    headers: revoked,
  });
  await to.send("identity", "revoked-token-network", {
    service: "network",
    method: "GET",
    path: "/ports",
    headers: revoked,
  });
  await to.send("identity", "revoked-token-image", {
    service: "image",
    method: "GET",
    path: "/images",
    headers: revoked,
  });
}
