// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { z } from "zod";
import { type Clock, systemClock } from "../../../offchain/core/clock.ts";
import { namedUuid } from "../../../scripts/devcloud/ids.ts";
import { createDevCloud, type DevCloud } from "../../../scripts/devcloud/index.ts";
import { createSorted } from "../../../scripts/devcloud/sorted.ts";
import { createSession } from "../../../va/openstack/session.ts";

const { signal } = new AbortController();
const linksSchema = z.array(z.object({ rel: z.string() })).optional();

describe("the development cloud's lists", () => {
  let cloud: DevCloud;
  let now: number;
  beforeEach(async () => {
    now = 1_800_000_000_000;
    const clock: Clock = { now: () => now, sleep: systemClock.sleep };
    cloud = await createDevCloud({ port: 0, clock, networks: [{ name: "xov-net", cidr: "10.0.0.0/27" }] });
  });
  afterEach(() => cloud.close());

  const place = (name: string, ...tags: string[]) => {
    now += 1;
    cloud.control.place([
      {
        ...{ name, tags, metadata: {}, description: `of ${tags}` },
        flavor: "m1.tiny",
        image: "tiny",
        network: "xov-net",
      },
    ]);
  };
  const call = async (service: "compute" | "network", method: "GET" | "DELETE", path: string, query = {}) => {
    const session = createSession({ credential: cloud.credential, clock: systemClock, deadlineMs: 5_000 });
    const schema = z.record(z.string(), z.unknown()).or(z.undefined());
    return (await session.call({ service, method, path, query, expect: [200, 204], schema }, signal)) ?? {};
  };
  /** The names of a list's items, page by page. */
  async function* pages(service: "compute" | "network", name: string, query: Record<string, string>) {
    for (let marker: string | undefined; ; ) {
      const path = service === "compute" ? `/${name}/detail` : `/${name}`;
      const body = await call(service, "GET", path, { ...query, ...(marker === undefined ? {} : { marker }) });
      const items = z.array(z.object({ id: z.string(), name: z.string() })).parse(body[name]);
      yield items.map((item) => item.name);
      marker = items.at(-1)?.id;
      if (!linksSchema.parse(body[`${name}_links`])?.some(({ rel }) => rel === "next")) return;
    }
  }
  const all = async (...list: Parameters<typeof pages>) => {
    const read: string[][] = [];
    for await (const page of pages(...list)) read.push(page);
    return read;
  };

  it("page servers by age in either direction, those of a tag only", async () => {
    for (const name of ["a", "b", "c", "d", "e"]) place(name, name === "c" ? "other" : "own");
    const query = { tags: "own", limit: "2" };
    expect(await all("compute", "servers", { ...query, sort_dir: "asc" })).to.deep.equal([["a", "b"], ["d", "e"], []]);
    expect(await all("compute", "servers", query)).to.deep.equal([["e", "d"], ["b", "a"], []]);
  });

  for (const [direction, first, second] of [
    ["asc", ["a", "b"], ["c", "d"]],
    ["desc", ["d", "c"], ["b", "a"]],
  ] as const) {
    it(`go on behind a server that has gone since (${direction})`, async () => {
      for (const name of ["a", "b", "c", "d"]) place(name, "own");
      const reading = pages("compute", "servers", { limit: "2", sort_dir: direction });
      expect((await reading.next()).value).to.deep.equal(first);
      cloud.control.vanish(cloud.control.servers().find(({ name }) => name === first[1])?.id ?? "");
      expect((await reading.next()).value).to.deep.equal(second);
    });
  }

  it("page ports by id, or by what is asked for, those that match only", async () => {
    for (const name of ["d", "a", "c", "e", "b"]) place(name, name === "c" ? "other" : "own");
    const query = { description: "of own", limit: "3" };
    const byId = cloud.control
      .ports()
      .filter(({ name }) => name !== "c")
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
      .map(({ name }) => name);
    expect(await all("network", "ports", query)).to.deep.equal([byId.slice(0, 3), byId.slice(3)]);
    expect(await all("network", "ports", { ...query, sort_key: "name" })).to.deep.equal([["a", "b", "d"], ["e"]]);
    expect(await all("network", "ports", { name: "e" })).to.deep.equal([["e"]]);
  });

  it("give the lowest address that is free", async () => {
    const addresses = () => cloud.control.ports().map(({ name, fixed }) => `${name} ${fixed[0]?.address}`);
    for (const name of ["a", "b", "c"]) place(name);
    const [, port] = cloud.control.ports();
    await call("network", "DELETE", `/ports/${port?.id}`);
    for (const name of ["d", "e"]) place(name);
    expect(addresses()).to.deep.equal(["a 10.0.0.2", "c 10.0.0.4", "d 10.0.0.3", "e 10.0.0.5"]);
    for (let n = 0; n < 25; n++) place(`${n}`);
    expect(() => place("one more")).to.throw("has no address left");
  });

  it("are the same after a restart", async () => {
    const directory = mkdtempSync(join(tmpdir(), "devcloud-"));
    try {
      const options = { port: 0, stateFile: join(directory, "state.json") };
      await cloud.close();
      cloud = await createDevCloud(options);
      for (const name of ["a", "b", "c"]) place(name, "own");
      await cloud.close();
      cloud = await createDevCloud(options);
      expect((await all("compute", "servers", { limit: "2", tags: "own" })).flat()).to.have.members(["a", "b", "c"]);
      expect((await all("network", "ports", { limit: "2" })).flat()).to.have.members(["a", "b", "c"]);
      place("d");
      expect(new Set(cloud.control.ports().map(({ fixed }) => fixed[0]?.address))).to.have.property("size", 4);
      expect(cloud.control.ports()[3]?.networkId).to.equal(namedUuid("network", "xov-net"));
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("are kept in order whatever comes and goes", () => {
    const step = fc.record({ isNew: fc.boolean(), value: fc.nat(20) });
    fc.assert(
      fc.property(fc.array(fc.nat(20)), fc.array(step), (given, steps) => {
        const sorted = createSorted<number, number>((a, b) => a - b, [...new Set(given)]);
        const plain = new Set(given);
        for (const { isNew, value } of steps) {
          if (isNew && !plain.has(value)) sorted.add(value);
          if (isNew) plain.add(value);
          else sorted.remove(value);
          if (!isNew) plain.delete(value);
          const items = [...plain].toSorted((a, b) => a - b);
          expect(sorted.items).to.deep.equal(items);
          expect(sorted.notBefore(value)).to.equal(items.filter((item) => item < value).length);
          expect(sorted.behind(value)).to.equal(items.filter((item) => item <= value).length);
        }
      }),
    );
  });
});
