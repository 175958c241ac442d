// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";

/** A daemon that can be killed at any moment, also before it is ready. */
export interface Victim {
  /** Resolves to its URL when it is ready; never when it ends before. */
  readonly ready: Promise<string>;
  /** SIGKILL; resolves when it has ended. */
  kill9(): Promise<void>;
  /** How it ended by itself; undefined while it runs or once it was killed. */
  endedBy(): string | undefined;
}

export function startVictim(main: string, env: Readonly<Record<string, string>>, logFile: string): Victim {
  const child: ChildProcess = spawn(process.execPath, ["--import", "tsx", main], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  const log = createWriteStream(logFile, { flags: "a" });
  child.stderr?.pipe(log);
  let killed = false;
  let ended: string | undefined;
  void exited.then(([code, signal]) => {
    if (!killed) ended = `${signal ?? `code ${code}`}`;
  });
  // A test that fails must not leave it behind.
  const onExit = () => child.kill("SIGKILL");
  process.once("exit", onExit);
  const ready = new Promise<string>((resolve) => {
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.startsWith('{"ready":true')) resolve((JSON.parse(line) as { url: string }).url);
    });
  });
  return {
    ready,
    endedBy: () => ended,
    kill9: async () => {
      killed = true;
      child.kill("SIGKILL");
      await exited;
      process.off("exit", onExit);
    },
  };
}
