// SPDX-License-Identifier: Apache-2.0
// How long it takes from the block with a paid lease to the request for its server, and until that is ACTIVE: so many leases in as
// few blocks as hold them. Every part is real; the cloud is a development cloud, or the one whose credential file is named.
//
//   --leases 1,100          how many at once, one run each
//   --credential FILE       a cloud of scripts/openstack; its own ceiling is measured too: as many servers, asked for directly
//   --json                  the rows as one line
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { systemClock as clock } from "../../offchain/core/clock.ts";
import { openStackCompute, parseCredential } from "../../va/openstack/index.ts";
import { until } from "../demo/steps.ts";
import { createDevCloud } from "../devcloud/index.ts";
import { openTokenMarketOn } from "../devnet/tokenMarket.ts";
import { accounts, logIn } from "../openstack/api.ts";
import { readPlace } from "../openstack/place.ts";
import { depositFor, openAtOnce, signTakes } from "./latency.ts";
import { expectManyStarts } from "./manyStarts.ts";
import { type Tap, tapCloud } from "./tap.ts";

const { values } = parseArgs({
  options: {
    leases: { type: "string", default: "1,100" },
    credential: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const counts = values.leases.split(",").map(Number);
if (!counts.every((count) => Number.isInteger(count) && count > 0)) throw new Error("--leases: 1,10,60 for example");
const { signal } = new AbortController();
const LONG_MS = 30 * 60_000;

interface Row {
  readonly leases: number;
  readonly askedP50ms: number;
  readonly askedP99ms: number;
  readonly activeP50ms: number;
  readonly activeP99ms: number;
  /** From the first block to the last server ACTIVE. */
  readonly serversPerSecond: number;
  /** Of the cloud alone. */
  readonly ceiling?: number;
  /** Requests to Keystone and Nova for each lease until all were ACTIVE. */
  readonly requestsPerLease: number;
}

async function openTap(count: number): Promise<Tap> {
  if (values.credential !== undefined) return tapCloud(parseCredential(readFileSync(values.credential, "utf8")));
  const hosts = [{ name: "big", vcpus: 2 * count, ram: 512 * count, disk: 4 * count }];
  const quotas = { instances: -1, cores: -1, ram: -1, ports: -1 };
  const networks = [{ name: "xov-net", cidr: "10.64.0.0/12" }];
  const cloud = await createDevCloud({ port: 0, hosts, networks, quotas });
  const tap = await tapCloud(cloud.credential);
  return { ...tap, close: async () => void (await Promise.all([tap.close(), cloud.close()])) };
}

async function measure(count: number): Promise<Row> {
  // A local network has the same contracts as the one before it: what is left of that one would be taken for its own.
  if (values.credential !== undefined) await removeAll(values.credential, "xov-");
  const market = await openTokenMarketOn({
    ...{ pools: 1, maximum: count, openCloud: () => openTap(count) },
    // The settings that a provider's appliance has by default.
    environment: { CLOUD_POLL_MS: "2000", FULL_PASS_MS: "30000", POLL_MS: "1000" },
    ...(values.credential === undefined ? {} : { cloudName: "tiny" }),
  });
  try {
    const [shop] = market.shops;
    if (shop === undefined) throw new Error("no shop");
    await expectManyStarts(market);
    const va = await shop.startVa();
    const ask = await until("an ask", () => market.chain.openAsk(shop.appliance), { clock, signal });
    const takes = await signTakes(market, ask.order, count);
    await depositFor(market, takes);
    const { askedAt, activeAt, requests } = market.cloud;
    const before = requests();
    const minedAt = await openAtOnce(market, takes);
    await until("all ACTIVE", async () => (takes.every(({ leaseId }) => activeAt.has(leaseId)) ? true : undefined), {
      ...{ clock, signal, timeoutMs: LONG_MS },
    });
    const requestsPerLease = (requests() - before) / count;
    await va.stop();
    const since = (times: ReadonlyMap<string, number>) =>
      takes.map(({ leaseId }) => (times.get(leaseId) ?? Number.NaN) - (minedAt.get(leaseId) ?? Number.NaN));
    const asked = since(askedAt);
    const active = since(activeAt);
    const seconds =
      (Math.max(...takes.map(({ leaseId }) => activeAt.get(leaseId) ?? Number.NaN)) - Math.min(...minedAt.values())) /
      1000;
    return {
      leases: count,
      askedP50ms: rank(asked, 0.5),
      askedP99ms: rank(asked, 0.99),
      activeP50ms: rank(active, 0.5),
      activeP99ms: rank(active, 0.99),
      serversPerSecond: Number((count / seconds).toFixed(2)),
      requestsPerLease: Math.round(requestsPerLease),
    };
  } finally {
    if (values.credential !== undefined) await removeAll(values.credential, "xov-");
    await market.stop();
  }
}

const idSchema = z.object({ servers: z.array(z.object({ id: z.string(), name: z.string(), status: z.string() })) });
const namedSchema = z.array(z.object({ id: z.string(), name: z.string() }));

/** Servers a second when as many are asked for at once, by nobody who looks first or makes ports. */
async function ceilingOf(file: string, count: number): Promise<number> {
  const api = await provider(file);
  const { images } = await api.get("glance", "/images?name=tiny", z.object({ images: namedSchema }));
  const { flavors } = await api.get("nova", "/flavors", z.object({ flavors: namedSchema }));
  const { networks } = await api.get("neutron", "/networks?name=xov-net", z.object({ networks: namedSchema }));
  const flavorRef = flavors.find(({ name }) => name === "m1.small")?.id;
  const since = performance.now();
  await Promise.all(
    Array.from({ length: count }, (_, index) => {
      const server = {
        name: `ceiling-${index}`,
        imageRef: images[0]?.id,
        flavorRef,
        networks: [{ uuid: networks[0]?.id }],
      };
      return api.send("POST", "nova", "/servers", { server }, z.unknown());
    }),
  );
  const active = async () => {
    const { servers } = await api.get("nova", "/servers/detail?name=ceiling-", idSchema);
    return servers.filter(({ status }) => status === "ACTIVE").length >= count ? true : undefined;
  };
  await until("all ACTIVE", active, { clock, signal, timeoutMs: LONG_MS });
  const seconds = (performance.now() - since) / 1000;
  await removeAll(file, "ceiling-");
  return Number((count / seconds).toFixed(2));
}

/** Deletes the project's servers whose names begin so, and waits until they are gone. */
async function removeAll(file: string, start: string): Promise<void> {
  const compute = openStackCompute({ credential: parseCredential(readFileSync(file, "utf8")), clock });
  const api = await provider(file);
  const left = async () => {
    const { servers } = await api.get("nova", `/servers/detail?name=^${start}&limit=1000`, idSchema);
    for (const server of servers) await compute.deleteServer(server, signal);
    await compute.removeLeftovers("none", signal);
    return servers.length === 0 ? true : undefined;
  };
  await until("no server", left, { clock, signal, timeoutMs: LONG_MS });
}

async function provider(file: string) {
  const place = await readPlace(dirname(file));
  if (place === undefined) throw new Error(`${dirname(file)} holds no cloud of scripts/openstack`);
  return logIn(place, accounts(place).provider);
}

/** Nearest rank, whole milliseconds. */
function rank(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN);
}

const rows: Row[] = [];
for (const count of counts) {
  const row = await measure(count);
  const ceiling = values.credential === undefined ? {} : { ceiling: await ceilingOf(values.credential, count) };
  rows.push({ ...row, ...ceiling });
  if (!values.json) console.table(rows.slice(-1));
}
if (values.json) console.log(JSON.stringify(rows));
else if (rows.length > 1) console.table(rows);
