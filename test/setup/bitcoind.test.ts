// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";
import { bitcoindCommand, bitcoindVersion } from "../../scripts/setup/bitcoind.mjs";
import { type EmptyProject, emptyProject, startNode } from "./project.ts";

const ENSURE = `import { ensureBitcoind } from "./scripts/setup/bitcoind.mjs";
ensureBitcoind().then((command) => console.log(JSON.stringify(command)), (error) => {
  console.log(error.message);
  process.exitCode = 1;
});`;

describe("bitcoind", () => {
  it("is there, and runs", () => {
    const [program, ...args] = bitcoindCommand();
    const said = execFileSync(program, [...args, "--version"], { encoding: "utf8" });
    expect(said).to.match(/version v(2[89]|[3-9]\d)\./);
    expect(said.split("\n")[0]).to.equal(bitcoindVersion());
  });

  context("given a machine that can fetch none", () => {
    let project: EmptyProject;

    before(async () => {
      project = await emptyProject();
      await project.write("ensure.mjs", ENSURE);
    });

    after(() => project.remove());

    const ensure = () => startNode(project.root, ["ensure.mjs"], { ...process.env, PATH: project.root }).ended;
    const putOnPath = (version: string) =>
      project.write("bitcoind", `#!/bin/sh\necho "Bitcoin Core daemon version ${version}"\n`, 0o755);

    it("says what to install", async () => {
      const { end, stdout } = await ensure();
      expect(end).to.equal(1);
      expect(stdout).to.match(/install.*bitcoin.*version 28 or newer.*PATH/s);
    });

    it("does not take one that is too old", async () => {
      await putOnPath("v22.0.0");
      expect((await ensure()).end).to.equal(1);
    });

    it("takes a recent one from PATH", async () => {
      await putOnPath("v30.1.0");
      const { end, stdout } = await ensure();
      expect(end).to.equal(0);
      expect(JSON.parse(stdout)).to.deep.equal([join(project.root, "bitcoind")]);
    });
  });
});
