// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

/** How OpenStack's services, MariaDB and RabbitMQ mark an error, and the project's own daemons a warning or worse. */
const COMPLAINT = /\b(ERROR|CRITICAL|TRACE)\b|\[(error|ERROR)\]|"level":[456]0|Traceback|Error: /;
const LONGEST_LINE = 600;

/** The last complaints in each log of a folder, under its daemon's name; "" when nobody complains. */
export function complaints(folder: string, lines = 12): string {
  return (existsSync(folder) ? readdirSync(folder) : [])
    .filter((name) => name.endsWith(".log"))
    .sort()
    .map((name) => {
      const all = readFileSync(join(folder, name), "utf8").split("\n");
      const last = all.filter((line) => COMPLAINT.test(line)).slice(-lines);
      if (last.length === 0) return "";
      return `── ${basename(name, ".log")}\n${last.map((line) => line.slice(0, LONGEST_LINE)).join("\n")}\n`;
    })
    .join("");
}
