// SPDX-License-Identifier: Apache-2.0
// What every state-changing function costs, as deployed (production profile), against the committed snapshot.
//
//   --json     [{"operation", "variant", "gas", "goal"}] instead of a Markdown table
//   --full     the book at a depth of 100,000 orders as well, which takes minutes and is not in the snapshot
//   --update   writes the snapshot, and the table in the README beside it
//
// Exit code 0 only when all is as in the snapshot and every goal is met, or marked there as missed with the reason, and
// no depth of the book changes what a call costs by a hundredth.
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { depthDifferences, FULL_LABEL } from "./depth.ts";
import { measureAll } from "./measure.ts";
import { differences, type Known, updated } from "./snapshot.ts";
import { tableOf } from "./table.ts";

const SNAPSHOT = new URL("snapshot.json", import.meta.url);
const README = new URL("README.md", import.meta.url);
const TABLE = /(?<=<!-- table -->\n)[\s\S]*/;

const flag = { type: "boolean", default: false } as const;
const options = { json: flag, update: flag, full: flag };
const { values } = parseArgs({ options });

const committed: readonly Known[] = JSON.parse(await readFile(SNAPSHOT, "utf8"));
const measured = await measureAll({ full: values.full });
const lasting = measured.filter(({ variant }) => !variant.startsWith(FULL_LABEL));
const now = updated(committed, lasting);
const differing = [...differences(values.update ? now : committed, lasting), ...depthDifferences(measured)];

if (values.update) {
  await writeFile(SNAPSHOT, `${JSON.stringify(now, null, 2)}\n`);
  await writeFile(README, (await readFile(README, "utf8")).replace(TABLE, `\n${tableOf(now)}`));
}
console.log(values.json ? JSON.stringify(measured) : tableOf(values.full ? updated(committed, measured) : now));
for (const line of differing) console.error(line);
process.exitCode = differing.length === 0 ? 0 : 1;
