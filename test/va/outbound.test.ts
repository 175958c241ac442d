// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from "node:child_process";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { type RunningProcess, startProcess } from "../../scripts/devnet/process.ts";
import { createWorld, eventually, opened, PRICE, type World } from "./world.ts";

const NAME = `xov-test-${process.pid}`;
const RELAY = fileURLToPath(new URL("relayMain.ts", import.meta.url));
const WITHIN = ["ip", "netns", "exec", NAME];

const ip = (...args: string[]) => execFileSync("ip", args, { encoding: "utf8", stdio: "pipe" });
const inside = (...args: string[]) => ip("netns", "exec", NAME, ...args);

/** Whether this machine lets us make a network namespace. */
function canPart(): boolean {
  try {
    ip("netns", "add", NAME);
    return true;
  } catch {
    return false;
  }
}

/** The outer half of a way out: what comes to the Unix socket goes to the port here. */
async function wayOut(socket: string, port: number): Promise<Server> {
  const server = createServer((inner) => {
    const outer = connect(port, "127.0.0.1");
    inner.pipe(outer).pipe(inner);
    inner.on("error", () => outer.destroy());
    outer.on("error", () => inner.destroy());
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return server;
}

describe("the appliance's process where nothing can reach it", function () {
  this.timeout(120_000);
  let world: World;
  let relay: RunningProcess<true>;
  const ways: Server[] = [];

  before(async function () {
    if (!canPart()) this.skip();
    inside("ip", "link", "set", "lo", "up");
    world = await createWorld();
    const ports = [world.anvil.url, world.cloud.url].map((url) => Number(new URL(url).port));
    const sockets = ports.map((port) => join(world.dir, `out-${port}`));
    for (const [index, port] of ports.entries()) ways.push(await wayOut(sockets[index] ?? "", port));
    relay = await startProcess({
      command: "ip",
      args: [
        ...WITHIN.slice(1),
        process.execPath,
        "--import",
        "tsx",
        RELAY,
        ...ports.map((port, i) => `${port}:${sockets[i]}`),
      ],
      ready: (line) => (line === "ready" ? true : undefined),
      readyTimeoutMs: 30_000,
    });
  });
  after(async () => {
    await world?.stop();
    await relay?.stop();
    for (const way of ways) way.close();
    try {
      ip("netns", "del", NAME);
    } catch {
      // never made
    }
  });

  it("boots a paid lease by connections that it opens itself", async () => {
    // No interface but the loopback one: no packet comes in, and out go only the two ways.
    expect(inside("ip", "-br", "link").trim().split("\n")).to.have.length(1);
    const va = await world.startVa({}, WITHIN);
    await eventually("an ask", async () => (await world.asks()).length === 1);
    const { leaseId, keys } = await world.lease();
    await world.pay(leaseId, PRICE);
    await eventually("active", async () => (await world.status(leaseId)).state === "active");
    expect((await opened((await world.posted(leaseId))[0], keys.ageIdentity)).addresses).to.have.length(1);
    await world.pass(3_610);
    await eventually("stopped", () => world.cloud.control.servers()[0]?.status === "SHUTOFF");
    await va.stop();
    expect(await va.exited).to.deep.include({ code: 0 });
  });
});
