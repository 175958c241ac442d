// SPDX-License-Identifier: Apache-2.0
// What Hardhat's TypeChain leaves to do, so that typechain-types/ depends on the contracts and on nothing else.

import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "./steps.mjs";

const CLOCK_TICK_MS = 50; // file times are coarser than the clock

/** The folder of the types. */
export const TYPES = join(ROOT, "typechain-types");

/** Removes what a build that began then (Unix time, milliseconds) has not written, and sorts what comes in any order. */
export async function tidyTypes(begun) {
  for (const name of await readdir(TYPES, { recursive: true })) {
    const path = join(TYPES, name);
    const file = await stat(path);
    if (!file.isFile()) continue;
    if (file.mtimeMs < begun - CLOCK_TICK_MS)
      await rm(path); // every build writes every type: its contract is no more
    else await writeFile(path, sortListings(await readFile(path, "utf8")));
  }
}

/** Sorts each run of consecutive lines that export from elsewhere or declare overloads by a contract's name. */
export function sortListings(text) {
  return text.replace(/(?:^ *(?:export .* from '|\w+\(name: ').*\n?)+/gm, (run) => {
    const indent = /^ */.exec(run)[0];
    const end = run.endsWith("\n") ? "\n" : "";
    const lines = run.trim().split(/\n */);
    return indent + lines.sort().join("\n") + end;
  });
}
