// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { type EmptyProject, emptyProject, startNode } from "./project.ts";

const COMMANDS = {
  say: { needs: [], argv: ["say.mjs"] },
  wait: { needs: [], argv: ["wait.mjs"] },
  leave: { needs: [], argv: ["leave.mjs"] },
};
const SAY = "console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 3;";
const WAIT = 'process.on("SIGTERM", () => process.exit(7)); setInterval(() => {}, 1000); console.log("ready");';
const LEAVE = `import { spawn } from "node:child_process";
spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" }).unref();`;

describe("scripts/run.mjs", () => {
  let project: EmptyProject;

  before(async () => {
    project = await emptyProject(COMMANDS);
    await project.write("say.mjs", SAY);
    await project.write("wait.mjs", WAIT);
    await project.write("leave.mjs", LEAVE);
  });

  after(() => project.remove());

  const start = (...args: string[]) => startNode(project.root, ["scripts/run.mjs", ...args]);

  it("names the commands when given none that it knows", async () => {
    const { end, stderr } = await start("toString").ended;
    expect(end).to.equal(1);
    expect(stderr).to.include("say|wait|leave");
  });

  it("passes arguments on and the exit code back", async () => {
    const { end, stdout } = await start("say", "--a", "b c").ended;
    expect(end).to.equal(3);
    expect(stdout).to.equal('["--a","b c"]\n');
  });

  it("says nothing when there is nothing to set up", async () => {
    await start("say").ended;
    expect((await start("say").ended).stderr).to.equal("");
  });

  it("passes a signal on and waits for the command to end", async () => {
    const { child, ended, firstOutput } = start("wait");
    await firstOutput;
    child.kill("SIGTERM");
    expect((await ended).end).to.equal(7);
  });

  it("ends by the signal that ended the command", async () => {
    const { child, ended, firstOutput } = start("wait");
    await firstOutput;
    child.kill("SIGINT");
    expect((await ended).end).to.equal("SIGINT");
  });

  it("leaves no process behind", async () => {
    const { ended } = start("leave"); // which comes only when every process that holds its stdout is gone
    expect((await ended).end).to.equal(0);
  });
});
