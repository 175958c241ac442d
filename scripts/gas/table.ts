// SPDX-License-Identifier: Apache-2.0
import type { Known } from "./snapshot.ts";

const number = new Intl.NumberFormat("en-US");

/** A Markdown table of gas and goals, with the reasons of those that are missed below it. */
export function tableOf(known: readonly Known[]): string {
  const reasons = [...new Set(known.flatMap(({ missed }) => missed ?? []))];
  const rows = known.map(({ operation, variant, gas, goal, missed }) => {
    const mark = missed === undefined ? "" : ` (${reasons.indexOf(missed) + 1})`;
    const bound = goal === null ? "" : `${number.format(goal)}${mark}`;
    return `| ${operation} | ${variant} | ${number.format(gas)} | ${bound} |`;
  });
  const notes = reasons.map((reason, i) => `${i + 1}. ${reason}`);
  const table = ["| operation | variant | gas | goal |", "|---|---|---:|---:|", ...rows];
  return [...table, ...(notes.length === 0 ? [] : ["", "Missed:", "", ...notes]), ""].join("\n");
}
