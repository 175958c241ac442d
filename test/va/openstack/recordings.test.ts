// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { z } from "zod";
import { systemClock } from "../../../offchain/core/clock.ts";
import { createDevCloud, type DevCloud } from "../../../scripts/devcloud/index.ts";
import { recordAccess } from "../../../scripts/devcloud/recordAccess.ts";
import { recordCompute } from "../../../scripts/devcloud/recordCompute.ts";
import { createRecorder, type RecordedPair, type Recorder } from "../../../scripts/devcloud/recorder.ts";
import { recordIdentity } from "../../../scripts/devcloud/recordIdentity.ts";
import { recordRefusals } from "../../../scripts/devcloud/recordRefusals.ts";
import { requestToken } from "../../../va/openstack/token.ts";

const TOPICS = ["identity", "offers", "ports", "server", "pages", "access", "refusals"] as const;

/** What differs for a reason: which of two creates on one port loses is chance; images have properties of their own. */
const EXPECTED = new Map<string, RegExp>([
  ["race-1-after", /./],
  ["race-2-after", /./],
  // of a group's rules, and of two ends of an address range, the order or the number is chance
  ["groups-by-name", /security_group_rules\.\d+\.(protocol|port_range_m..|remote_ip_prefix|normalized_cidr):/],
  ["groups-default", /security_group_rules\.\d+\.remote_group_id:/],
  ["images", /^images\.0\.(hw_|os_type|owner_specified)/],
]);

const pairsSchema = z.array(
  z.object({
    name: z.string(),
    reply: z.object({ status: z.number(), headers: z.record(z.string(), z.string()), body: z.unknown() }),
  }),
);

function recorded(topic: string): z.infer<typeof pairsSchema> {
  const url = new URL(`../../vectors/openstack/${topic}.json`, import.meta.url);
  return pairsSchema.parse(JSON.parse(readFileSync(url, "utf8")));
}

/** Every path in a JSON value with the type of what is there. */
function shape(value: unknown, path: string[] = []): string[] {
  const here = path.join(".");
  if (Array.isArray(value))
    return [`${here}: ${value.length} items`, ...value.flatMap((each, i) => shape(each, [...path, String(i)]))];
  if (typeof value !== "object" || value === null) return [`${here}: ${value === null ? "null" : typeof value}`];
  return [`${here}: object`, ...Object.entries(value).flatMap(([key, each]) => shape(each, [...path, key]))];
}

function differences(name: string, real: unknown, development: unknown): string[] {
  const [a, b] = [shape(real), shape(development)];
  const ignored = EXPECTED.get(name);
  return [
    ...a.filter((each) => !b.includes(each)).map((each) => `only real ${each}`),
    ...b.filter((each) => !a.includes(each)).map((each) => `only development ${each}`),
  ].filter((each) => ignored?.test(each.replace(/^only \w+ /, "")) !== true);
}

describe("the development cloud's replies, beside those recorded from a real cloud", function () {
  this.timeout(30_000);
  let cloud: DevCloud;
  let answers: ReadonlyMap<string, RecordedPair[]>;

  before(async () => {
    cloud = await createDevCloud({
      port: 0,
      latency: { build: 200, start: 50, stop: 50, delete: 50 },
      // as many as the recorded cloud had, for the catalogue to compare
      networks: [
        { name: "xov-net", cidr: "10.77.0.0/22" },
        { name: "xov-dual", cidr: "10.77.8.0/24", cidr6: "fd00:77::/64", routed: false },
        { name: "public", cidr: "203.0.113.0/24", external: true },
      ],
      flavors: ["m1.huge", "m1.large", "m1.small", "m1.tiny", "m1.vast"].map((name) => ({
        name,
        vcpus: 1,
        ram: 128,
        disk: 1,
      })),
    });
    const { signal } = new AbortController();
    const token = await requestToken(cloud.credential, 5_000, Date.now(), signal);
    const recorder: Recorder = createRecorder({
      credential: cloud.credential,
      token,
      clock: { ...systemClock, sleep: (ms, stop) => systemClock.sleep(Math.min(ms, 20), stop) },
      signal,
    });
    const names = { image: "tiny", flavor: "m1.tiny", network: "xov-net" };
    await recordIdentity(recorder, cloud.credential);
    await recordCompute(recorder, names);
    await recordAccess(recorder, { ...names, external: "public", dual: "xov-dual" });
    await recordRefusals(recorder, names);
    answers = recorder.recorded();
  });
  after(() => cloud.close());

  for (const topic of TOPICS) {
    describe(topic, () => {
      for (const { name, reply } of recorded(topic)) {
        it(name, () => {
          const answer = answers.get(topic)?.find((pair) => pair.name === name)?.reply;
          expect(answer?.status).to.equal(reply.status);
          expect(Object.keys(answer?.headers ?? {})).to.have.members(Object.keys(reply.headers));
          expect(differences(name, reply.body, answer?.body)).to.deep.equal([]);
        });
      }
    });
  }
});
