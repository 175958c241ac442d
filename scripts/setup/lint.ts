// SPDX-License-Identifier: Apache-2.0
// npm run lint: every static check. All run, whatever the others say; exit code 0 only if none complains.
import { globSync } from "node:fs";
import { findingsInCommittedFiles } from "./committed.ts";
import { runStage, summaryLine } from "./stages.ts";

const LIMITS = { seconds: 10 * 60 };

const SOLHINT = ["node_modules/solhint/solhint.js", "--disc", "--noPoster", "--max-warnings", "0"];
const SOLIDITY = globSync("contracts/**/*.sol").sort();
const isTest = (path: string): boolean => /\.t\.sol$|^contracts\/(invariant|mocks)\//.test(path);

/** Arguments for Node, by the check's name. */
const CHECKS: Readonly<Record<string, readonly string[]>> = {
  biome: ["node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings", "."],
  solhint: [...SOLHINT, ...SOLIDITY.filter((path) => !isTest(path))],
  "solhint of tests": [...SOLHINT, "--config", ".solhint.tests.json", ...SOLIDITY.filter(isTest)],
  types: ["node_modules/typescript/bin/tsc", "-p", "."],
  "types of the site": ["node_modules/typescript/bin/tsc", "-p", "offchain/web"],
  knip: ["node_modules/knip/bin/knip.js"],
};

async function main(): Promise<void> {
  let summary = "";
  let failed = 0;
  const report = (name: string, isGood: boolean, seconds: number) => {
    summary += summaryLine(name, isGood ? "ok" : "failed", seconds);
    if (!isGood) failed += 1;
  };
  for (const [name, argv] of Object.entries(CHECKS)) {
    process.stdout.write(`\n── ${name}\n`);
    const { end, seconds } = await runStage(argv, LIMITS);
    report(name, end === 0, seconds);
  }
  const begun = performance.now();
  process.stdout.write("\n── committed\n");
  const findings = await findingsInCommittedFiles();
  for (const { path, line, what } of findings) process.stdout.write(`${path}:${line}: ${what}\n`);
  report("committed", findings.length === 0, (performance.now() - begun) / 1000);
  process.stdout.write(`\n${summary}`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await main();
