// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";

const STOPPING_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** How a program ended. */
export interface StageResult {
  /** The exit code, or the signal that ended it, or `undefined` if it had to be killed because it did not stop. */
  readonly end: number | NodeJS.Signals | undefined;
  /** All it wrote, both streams in the order that they came. */
  readonly output: string;
  readonly seconds: number;
}

/** What bounds a program's run. */
export interface StageLimits {
  /** It is killed after this long. */
  readonly seconds: number;
  /** Tells from the end of its output that it is over; from then on it has `lingerSeconds` to stop by itself. */
  readonly isOver?: (output: string) => boolean;
  readonly lingerSeconds?: number;
}

/**
 * Runs `node ...argv`, shows what it writes and keeps it. It runs in this process's group and gets the signals that the
 * group gets; this process ends by them once the program has ended.
 */
export function runStage(argv: readonly string[], limits: StageLimits): Promise<StageResult> {
  const begun = performance.now();
  const color = process.stdout.isTTY ? { FORCE_COLOR: "1" } : {};
  const child = spawn(process.execPath, argv, {
    env: { ...process.env, ...color },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let killed = false;
  const kill = () => {
    killed = true;
    child.kill("SIGKILL");
    child.stdout.destroy(); // what it started may still hold the other end
    child.stderr.destroy();
  };
  let stoppedBy: NodeJS.Signals | undefined;
  const waitForIt = (signal: NodeJS.Signals) => {
    stoppedBy = signal; // it got the same signal, and may have something to put away
  };
  for (const signal of STOPPING_SIGNALS) process.on(signal, waitForIt);
  let timer = setTimeout(kill, limits.seconds * 1000);
  let lingering = false;
  const keep = (stream: NodeJS.WriteStream) => (text: string) => {
    stream.write(text);
    output += text;
    if (lingering || !limits.isOver?.(output.slice(-10_000))) return;
    lingering = true;
    clearTimeout(timer);
    timer = setTimeout(kill, (limits.lingerSeconds ?? 60) * 1000);
  };
  child.stdout.setEncoding("utf8").on("data", keep(process.stdout));
  child.stderr.setEncoding("utf8").on("data", keep(process.stderr));
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      for (const each of STOPPING_SIGNALS) process.off(each, waitForIt);
      if (stoppedBy !== undefined) process.kill(process.pid, stoppedBy);
      const end = killed ? undefined : (code ?? signal ?? undefined);
      done({ end, output, seconds: (performance.now() - begun) / 1000 });
    });
  });
}

/** One line of a summary: name, outcome, time. */
export function summaryLine(name: string, outcome: string, seconds: number): string {
  return `${name.padEnd(14)} ${outcome.padEnd(32)} ${seconds.toFixed(1).padStart(7)} s\n`;
}
