// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { expect } from "chai";
import { startProcess } from "../../../scripts/devnet/process.ts";

const module = (name: string) => new URL(`../../../offchain/core/${name}.ts`, import.meta.url).href;

/** A daemon with this body of `main`; it prints "up" first. */
function daemon(body: string) {
  const source = `
    import { runMain } from "${module("shutdown")}";
    import { readConfig } from "${module("config")}";
    import { systemClock } from "${module("clock")}";
    import { z } from "zod";
    setInterval(() => undefined, 1000);
    await runMain(async (signal) => { console.log("up"); ${body} });`;
  return startProcess({
    command: process.execPath,
    args: ["--import=tsx", "--input-type=module", "-e", source],
    ready: (line) => (line === "up" ? true : undefined),
    readyTimeoutMs: 20_000,
  });
}

describe("runMain", function () {
  this.timeout(30_000);

  it("exits with 0 after SIGTERM, when main has stopped", async () => {
    const { stop, exited } = await daemon("await systemClock.sleep(60_000, signal);");
    await stop();
    expect(await exited).to.deep.equal({ code: 0, signal: null });
  });

  it("exits with 78 on a bad configuration and with 70 on an error", async () => {
    const config = await daemon("readConfig(z.object({ NEEDED: z.string() }), {});");
    expect((await config.exited).code).to.equal(78);
    const error = await daemon("throw new Error('x');");
    expect((await error.exited).code).to.equal(70);
  });

  it("exits with 130 when a second signal comes before main has stopped", async () => {
    const { pid, exited } = await daemon(
      "await systemClock.sleep(60_000, signal).catch(() => undefined); process.kill(process.pid, 'SIGINT'); await systemClock.sleep(60_000);",
    );
    process.kill(pid, "SIGINT");
    expect((await exited).code).to.equal(130);
  });
});

describe("startProcess", function () {
  this.timeout(30_000);

  it("ends the children of its child as well", async () => {
    const { stop, ready } = await startProcess({
      command: "/bin/sh",
      args: ["-c", "sleep 100 & echo $!; wait"],
      ready: (line) => Number(line),
      readyTimeoutMs: 5_000,
    });
    expect(stateOf(ready)).to.match(/^[RSD]/);
    await stop();
    expect(stateOf(ready)).to.match(/^(Z.*)?$/);
  });

  it("stops it gently when the signal is aborted, also while it starts", async () => {
    const start = (signal: AbortSignal, script: string) =>
      startProcess({
        command: "/bin/sh",
        args: ["-c", script],
        ready: (line) => (line === "up" ? true : undefined),
        readyTimeoutMs: 5_000,
        signal,
      });
    const running = new AbortController();
    const { exited } = await start(running.signal, "trap 'exit 7' TERM; echo up; while :; do sleep 0.05; done");
    running.abort();
    expect(await exited).to.deep.equal({ code: 7, signal: null });
    const starting = start(AbortSignal.timeout(200), "trap 'exit 7' TERM; while :; do sleep 0.05; done");
    expect(await starting.catch((error: Error) => error.name)).to.equal("TimeoutError");
  });

  it("says what a process printed that ended too early, and kills one that is late", async () => {
    const start = (script: string) =>
      startProcess({ command: "/bin/sh", args: ["-c", script], ready: () => undefined, readyTimeoutMs: 300 }).catch(
        String,
      );
    expect(await start("echo reason >&2; exit 3")).to.match(/ended before it was ready \(code 3\)[\s\S]*reason/);
    expect(await start("echo slow; sleep 50")).to.match(/not ready within 300 ms[\s\S]*slow/);
  });
});

/** As ps says it: "" is no such process, Z one that nobody has asked about yet. */
function stateOf(pid: number): string {
  return spawnSync("ps", ["-o", "stat=", "-p", `${pid}`], { encoding: "utf8" }).stdout.trim();
}
