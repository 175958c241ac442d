// SPDX-License-Identifier: Apache-2.0
// npm run invariants [-- --deep]: the invariants of the contracts alone, at the length of every test run or at the deep one.
import { spawn } from "node:child_process";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { deep: { type: "boolean", default: false } } });
const profile = values.deep ? "deep" : "default";
const argv = ["node_modules/hardhat/dist/src/cli.js", "--no-typechain", "test", "solidity", "--test-profile", profile];
const child = spawn(process.execPath, [...argv, "contracts/invariant/Invariants.t.sol"], {
  stdio: ["ignore", "inherit", "inherit"],
});
child.on("exit", (code) => {
  process.exitCode = code ?? 1;
});
