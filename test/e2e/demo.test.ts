// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";

interface Result {
  readonly code: number | null;
  readonly stdout: string;
}

function runDemo(): Promise<Result> {
  const child = spawn(process.execPath, ["--import", "tsx", "scripts/demo/main.ts", "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, XOV_DEMO_MARK: MARK },
  });
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, stdout })));
}

/** In the environment of everything that this demo starts, and of nothing else. */
const MARK = `demo-test-${process.pid}`;

function processesLeft(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "utf8").includes(MARK);
      } catch {
        return false; // ended meanwhile, or somebody else's
      }
    });
}

describe("the demo", () => {
  let result: Result;

  before(async () => {
    result = await runDemo();
  });

  it("does the whole job", () => {
    expect(result.code).to.equal(0);
    const last = JSON.parse(result.stdout.trim().split("\n").at(-1) ?? "");
    expect(last.ok).to.equal(true);
    const names = last.steps.map((step: { name: string }) => step.name);
    expect(names).to.include("the VA stops the server").and.to.include("the VA deletes the server");
  });

  it("ends everything that it started", function () {
    if (process.platform !== "linux") this.skip();
    expect(processesLeft()).to.deep.equal([]);
  });
});
