// SPDX-License-Identifier: Apache-2.0
// How fast what runs off chain is, with every part real and all on this machine, compared with its budgets.
//
//   --leases N   how many at once; default 100
//   --only X     latency or relayer; default: both
//   --heavy      the relayer's full load: 1,000 leases, a block of 10,000 transactions, 1,000 blocks to catch up; else a
//                tenth of each, and 200 blocks
//   --json       [{"name", "unit", "value", "reference", "ratio"}] instead of a table; ratio = value / reference
//
// Exit code 0 only when every ratio is at most 1.
import { parseArgs } from "node:util";
import type { Figure } from "./figure.ts";
import { measureLatency } from "./latency.ts";
import { measureRelayer, type RelayerLoad } from "./relayer.ts";

const options = {
  leases: { type: "string", default: "100" },
  only: { type: "string" },
  heavy: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
} as const;
const { values } = parseArgs({ options });
const leases = Number(values.leases);
if (!Number.isInteger(leases) || leases < 1) throw new Error(`--leases must be a positive integer: ${values.leases}`);

const LIGHT: RelayerLoad = {
  leases: 100,
  transactions: 1_000,
  blocks: 200,
  budget: { proofMs: 5_000, cpuMs: 2_000, memoryMiB: 400, catchUpMs: 20_000 },
};
const HEAVY: RelayerLoad = {
  leases: 1_000,
  transactions: 10_000,
  blocks: 1_000,
  budget: { proofMs: 30_000, cpuMs: 10_000, memoryMiB: 600, catchUpMs: 60_000 },
};
const BENCHMARKS = new Map([
  ["latency", () => measureLatency(leases)],
  ["relayer", () => measureRelayer(values.heavy ? HEAVY : LIGHT)],
]);
const names = values.only === undefined ? [...BENCHMARKS.keys()] : [values.only];
const measured: Figure[] = [];
for (const name of names) {
  const measure = BENCHMARKS.get(name);
  if (measure === undefined) throw new Error(`--only must be one of ${[...BENCHMARKS.keys()].join(", ")}: ${name}`);
  measured.push(...(await measure()));
}
const rows = measured.map((figure) => ({ ...figure, ratio: Number((figure.value / figure.reference).toFixed(2)) }));
if (values.json) console.log(JSON.stringify(rows));
else console.table(rows);
process.exitCode = rows.every(({ ratio }) => ratio <= 1) ? 0 : 1;
