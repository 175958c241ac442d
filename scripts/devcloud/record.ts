// SPDX-License-Identifier: Apache-2.0
// Records what a real OpenStack answers to what the client asks, for the comparison with the development cloud.
//
//   node --import tsx scripts/devcloud/record.ts <credential file> <directory> [image [flavor [network]]]
//
// Needs a project of its own with quota for some servers and a router to a network "public"; deletes what it made, but for a
// network "xov-dual". A member's credential is enough.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../offchain/core/clock.ts";
import { parseCredential } from "../../va/openstack/credential.ts";
import { requestToken } from "../../va/openstack/token.ts";
import { recordAccess } from "./recordAccess.ts";
import { recordCompute } from "./recordCompute.ts";
import { createRecorder } from "./recorder.ts";
import { recordIdentity } from "./recordIdentity.ts";
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
await recordIdentity(recorder, credential);
await recordCompute(recorder, { image, flavor, network });
await recordAccess(recorder, { image, flavor, network, external: "public", dual: "xov-dual" });
await recordRefusals(recorder, { image, flavor, network });
mkdirSync(directory, { recursive: true });
for (const [topic, pairs] of recorder.recorded()) {
  writeFileSync(join(directory, `${topic}.json`), `${JSON.stringify(pairs, null, 1)}\n`);
  console.log(`${topic}: ${pairs.length} pairs`);
}
