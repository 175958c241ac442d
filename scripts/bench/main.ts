// SPDX-License-Identifier: Apache-2.0
// How fast what runs off chain is, with every part real and all on this machine, compared with its budgets.
//
//   --leases N   how many at once; default 100
//   --json       [{"name", "unit", "value", "reference", "ratio"}] instead of a table; ratio = value / reference
//
// Exit code 0 only when every ratio is at most 1.
import { parseArgs } from "node:util";
import { measureLatency } from "./latency.ts";

const options = { leases: { type: "string", default: "100" }, json: { type: "boolean", default: false } } as const;
const { values } = parseArgs({ options });
const leases = Number(values.leases);
if (!Number.isInteger(leases) || leases < 1) throw new Error(`--leases must be a positive integer: ${values.leases}`);

const measured = await measureLatency(leases);
const rows = measured.map((figure) => ({ ...figure, ratio: Number((figure.value / figure.reference).toFixed(2)) }));
if (values.json) console.log(JSON.stringify(rows));
else console.table(rows);
process.exitCode = rows.every(({ ratio }) => ratio <= 1) ? 0 : 1;
