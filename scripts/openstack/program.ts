// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";

/**
 * The environment of everything that is started: Debian's own programs and nothing of the caller's credentials, proxies or Python.
 */
export const PLAIN: NodeJS.ProcessEnv = {
  PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C.UTF-8",
  DEBIAN_FRONTEND: "noninteractive",
};

/** How {@link runProgram} runs. */
export interface ProgramOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Gets what it writes, appended. */
  readonly logFile?: string;
  readonly input?: string;
}

const TAIL = 4_000;

/**
 * Runs a program to its end and gives what it wrote to stdout.
 * @throws Error with the end of its output when it fails
 */
export function runProgram(program: string, args: readonly string[], options: ProgramOptions = {}): Promise<string> {
  const { env = PLAIN, logFile, input } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: ["pipe", "pipe", "pipe"] });
    let stdout = "";
    let tail = "";
    const keep = (text: string) => {
      tail = (tail + text).slice(-TAIL);
      if (logFile !== undefined) appendFileSync(logFile, text);
    };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      keep(text);
    });
    child.stderr.setEncoding("utf8").on("data", keep);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve(stdout);
      else reject(new Error(`${program} ${args.join(" ")} ended with ${signal ?? code}:\n${tail.trim()}`));
    });
    child.stdin.on("error", () => undefined); // one that reads nothing may be gone
    child.stdin.end(input ?? "");
  });
}
