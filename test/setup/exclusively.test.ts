// SPDX-License-Identifier: Apache-2.0
import { mkdir } from "node:fs/promises";
import { expect } from "chai";
import { type EmptyProject, emptyProject, startNode } from "./project.ts";

const WORK = `import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { exclusively } from "./scripts/setup/steps.mjs";
await exclusively("thing", async () => {
  appendFileSync("log", "in ");
  await sleep(100);
  appendFileSync("log", "out ");
});
const { readFileSync } = await import("node:fs");
console.log(readFileSync("log", "utf8"));`;

describe("exclusively", () => {
  let project: EmptyProject;

  beforeEach(async () => {
    project = await emptyProject();
    await project.write("work.mjs", WORK);
  });

  afterEach(() => project.remove());

  const start = () => startNode(project.root, ["work.mjs"]).ended;

  it("lets one process at a time work, and each of them", async () => {
    const ends = await Promise.all([start(), start(), start(), start()]);
    const longest = ends.map(({ stdout }) => stdout).sort((a, b) => b.length - a.length)[0];
    expect(longest?.trim()).to.equal("in out in out in out in out");
  });

  it("takes a lock over from a process that died", async () => {
    const dead = startNode(project.root, ["-e", ""]);
    await dead.ended;
    await mkdir(`${project.root}/.xov`);
    await project.write(".xov/thing.lock", String(dead.child.pid));
    const ends = await Promise.all([start(), start(), start()]);
    expect(ends.map(({ end }) => end)).to.deep.equal([0, 0, 0]);
    expect(ends.map(({ stdout }) => stdout.trim())).to.include("in out in out in out");
  });
});
