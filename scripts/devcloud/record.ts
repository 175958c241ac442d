// SPDX-License-Identifier: Apache-2.0
// Records what a real OpenStack answers to what the client asks, for the comparison with the development cloud.
//
//   node --import tsx scripts/devcloud/record.ts <credential file> <directory> [image [flavor [network]]]
//
// Needs a project of its own with quota for some servers; deletes what it made. A member's credential is enough.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../offchain/core/clock.ts";
import { parseCredential } from "../../va/openstack/credential.ts";
import { requestToken } from "../../va/openstack/token.ts";
import { recordCompute } from "./recordCompute.ts";
import { createRecorder, type Recorder } from "./recorder.ts";
import { recordRefusals } from "./recordRefusals.ts";

const [file, directory, image = "tiny", flavor = "m1.tiny", network = "xov-net"] = process.argv.slice(2);
if (file === undefined || directory === undefined) {
  console.error("usage: record.ts <credential file> <directory> [image [flavor [network]]]");
  process.exit(2);
}
const credential = parseCredential(readFileSync(file, "utf8"));
const signal = AbortSignal.timeout(600_000);
const token = await requestToken(credential, 30_000, Date.now(), signal);
const recorder = createRecorder({ credential, token, clock: systemClock, signal });
await recordIdentity(recorder);
await recordCompute(recorder, { image, flavor, network });
await recordRefusals(recorder, { image, flavor, network });
mkdirSync(directory, { recursive: true });
for (const [topic, pairs] of recorder.recorded()) {
  writeFileSync(join(directory, `${topic}.json`), `${JSON.stringify(pairs, null, 1)}\n`);
  console.log(`${topic}: ${pairs.length} pairs`);
}

async function recordIdentity(to: Recorder): Promise<void> {
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
