// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { lockFolder } from "../../../offchain/indexer/lockFolder.ts";
import { startProcess } from "../../../scripts/devnet/process.ts";

const SCRIPT = fileURLToPath(new URL("support/crashingIndexer.ts", import.meta.url));

/** Runs until the output has a line that begins like this, and takes it. */
function runUntil(folder: string, line: string) {
  return startProcess({
    command: process.execPath,
    args: ["--import", "tsx", SCRIPT, folder],
    ready: (each) => (each.startsWith(line) ? each : undefined),
    readyTimeoutMs: 60_000,
  });
}

describe("the embedded database", function () {
  this.timeout(180_000);
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "xov-index-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("goes on after being killed at any moment, without skipping or repeating anything", async () => {
    for (const line of ["new", "at 20", "at 61"]) {
      const running = await runUntil(folder, line);
      running.kill9();
      await running.exited;
    }
    const last = await runUntil(folder, "digest");
    await last.exited;
    await rm(folder, { recursive: true, force: true });
    const whole = await runUntil(folder, "digest");
    await whole.exited;
    expect(last.ready).to.equal(whole.ready);
  });

  it("is opened by one process at a time", async () => {
    const unlock = await lockFolder(folder);
    const error = await lockFolder(folder).catch((caught: unknown) => caught);
    expect(error).to.include({ code: "DATABASE_IN_USE", have: process.pid });
    await unlock();
    await (await lockFolder(folder))();
  });

  it("is free when its process is gone, or had our own id in an earlier life of the container", async () => {
    const gone = await runUntil(folder, "new");
    gone.kill9();
    await gone.exited;
    await (await lockFolder(folder))();
    await writeFile(join(folder, "lock"), `${process.pid}\n`);
    await (await lockFolder(folder))();
    await writeFile(join(folder, "lock"), "");
    await (await lockFolder(folder))();
  });
});
