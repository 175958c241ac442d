// SPDX-License-Identifier: Apache-2.0
// npm test [-- <stage>... --grep <pattern>]: every test, stage by stage; ends with `N passed, N failed`.
import { globSync } from "node:fs";
import { parseArgs } from "node:util";
import { bitcoindCommand, bitcoindVersion } from "./bitcoind.mjs";
import { runStage, summaryLine } from "./stages.ts";
import { hasSummary, testCounts } from "./testCounts.ts";

interface Stage {
  readonly name: string;
  /** Which files are its tests. A stage without any is left out. */
  readonly files: string;
  /** Arguments for Node; the files and the pattern follow. */
  readonly argv: readonly string[];
}

const STAGE_LIMIT_SECONDS = 30 * 60;
const LINGER_SECONDS = 30;
const HARDHAT = "node_modules/hardhat/dist/src/cli.js";

const STAGES: readonly Stage[] = [
  { name: "solidity", files: "contracts/**/*.t.sol", argv: [HARDHAT, "--no-typechain", "test", "solidity"] },
  { name: "contracts", files: "test/contracts/**/*.test.ts", argv: [HARDHAT, "test", "mocha", "--no-compile"] },
  mochaStage("offchain", 30_000),
  mochaStage("va", 30_000),
  mochaStage("e2e", 300_000),
  mochaStage("setup", 60_000),
];

function mochaStage(name: string, timeoutMs: number): Stage {
  const argv = ["--import", "tsx", "node_modules/mocha/bin/mocha.js", "--timeout", String(timeoutMs)];
  return { name, files: `test/${name}/**/*.test.ts`, argv };
}

function chosenStages(names: readonly string[]): readonly Stage[] {
  const unknown = names.find((name) => !STAGES.some((stage) => stage.name === name));
  if (unknown !== undefined) {
    throw new Error(`no such stage: ${unknown}; there are ${STAGES.map((stage) => stage.name).join(", ")}`);
  }
  return names.length === 0 ? STAGES : STAGES.filter((stage) => names.includes(stage.name));
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: { grep: { type: "string" } }, allowPositionals: true });
  // The machine's own is preferred, so the log has to say whether it was Bitcoin Core or Knots.
  process.stdout.write(`bitcoind: ${bitcoindVersion()} (${bitcoindCommand().at(-1)})\n`);
  const pattern = values.grep === undefined ? [] : ["--grep", values.grep];
  const total = { passed: 0, failed: 0 };
  let summary = "";
  for (const stage of chosenStages(positionals)) {
    const files = globSync(stage.files).sort();
    if (files.length === 0) continue;
    process.stdout.write(`\n── ${stage.name}: ${files.length} files\n`);
    const limits = { seconds: STAGE_LIMIT_SECONDS, isOver: hasSummary, lingerSeconds: LINGER_SECONDS };
    const result = await runStage([...stage.argv, ...pattern, ...files], limits);
    const { passed, failed } = testCounts(result.output, result.end === 0);
    total.passed += passed;
    total.failed += failed;
    const note = result.end === undefined ? " (did not stop by itself)" : "";
    summary += summaryLine(stage.name, `${passed} passed, ${failed} failed${note}`, result.seconds);
  }
  process.stdout.write(`\n${summary}${total.passed} passed, ${total.failed} failed\n`);
  process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
}

await main();
