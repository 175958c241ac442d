// SPDX-License-Identifier: Apache-2.0
// What every state-changing function costs, as deployed (production profile), against the committed snapshot.
//
//   --json     [{"operation", "variant", "gas", "goal"}] instead of a Markdown table
//   --update   writes the snapshot, and the table in the README beside it
//
// Exit code 0 only when all is as in the snapshot and every goal is met, or marked there as missed with the reason.
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { measureAll } from "./measure.ts";
import { differences, type Known, updated } from "./snapshot.ts";
import { tableOf } from "./table.ts";

const SNAPSHOT = new URL("snapshot.json", import.meta.url);
const README = new URL("README.md", import.meta.url);
const TABLE = /(?<=<!-- table -->\n)[\s\S]*/;

const options = { json: { type: "boolean", default: false }, update: { type: "boolean", default: false } } as const;
const { values } = parseArgs({ options });

const committed: readonly Known[] = JSON.parse(await readFile(SNAPSHOT, "utf8"));
const measured = await measureAll();
const now = updated(committed, measured);
const differing = differences(values.update ? now : committed, measured);

if (values.update) {
  await writeFile(SNAPSHOT, `${JSON.stringify(now, null, 2)}\n`);
  await writeFile(README, (await readFile(README, "utf8")).replace(TABLE, `\n${tableOf(now)}`));
}
console.log(values.json ? JSON.stringify(measured) : tableOf(now));
for (const line of differing) console.error(line);
process.exitCode = differing.length === 0 ? 0 : 1;
