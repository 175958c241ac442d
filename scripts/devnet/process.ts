// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { systemClock } from "../../offchain/core/clock.ts";

/** How a process ended: exactly one of the two is not null. */
export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** Says when a process can be used: by a line that it printed (stdout or stderr), or by asking it. */
export type Ready<T> =
  | ((line: string) => T | undefined)
  /** Asked every 50 ms; a rejection or `undefined` means not yet. */
  | { probe: (signal: AbortSignal) => Promise<T | undefined> };

export interface StartProcessParameters<T> {
  /** Path of the executable itself: a wrapper such as npx would stand between us and its signals. */
  command: string;
  args: readonly string[];
  /** Added to this process's environment. */
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  ready: Ready<T>;
  readyTimeoutMs: number;
  /** Receives stdout and stderr, appended. Without it they are dropped. */
  logFile?: string;
  /** Stops the process as `stop` does when aborted, also while it is starting. */
  signal?: AbortSignal;
}

export interface RunningProcess<T> {
  /** Also the id of its process group. */
  pid: number;
  ready: T;
  /** SIGTERM to the whole group, SIGKILL after `graceMs` (default 5,000). Resolves when it has ended; repeatable. */
  stop(graceMs?: number): Promise<void>;
  /** SIGKILL to the whole group, as in a crash. */
  kill9(): void;
  exited: Promise<ProcessExit>;
}

const DEFAULT_GRACE_MS = 5_000;
const TAIL_LINES = 20;

/** Process groups that live; whatever way this process ends, they end with it. */
const groups = new Set<number>();
let hooked = false;

/**
 * Starts a child in its own process group and waits until it is ready. Its group is ended by `stop`, by
 * `kill9`, by `signal`, or when this process exits or gets SIGINT, SIGTERM or SIGHUP.
 * @throws Error with the last lines of its output when it ends or `readyTimeoutMs` passes before it is ready.
 */
export async function startProcess<T>(parameters: StartProcessParameters<T>): Promise<RunningProcess<T>> {
  const { command, args, env, cwd, ready, readyTimeoutMs, logFile, signal } = parameters;
  signal?.throwIfAborted();
  hookExit();
  const child = spawn(command, args, {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  const exited = watchExit(child);
  const { pid } = child;
  if (pid === undefined) {
    const reason = await exited.then(() => undefined, String);
    throw new Error(`cannot start ${command}: ${reason}`);
  }
  groups.add(pid);
  const kill9 = () => signalGroup(pid, "SIGKILL");
  const stop = async (graceMs = DEFAULT_GRACE_MS) => {
    if (!groups.has(pid)) return;
    signalGroup(pid, "SIGTERM");
    const grace = new AbortController();
    void systemClock.sleep(graceMs, grace.signal).then(kill9, () => undefined);
    await exited;
    grace.abort();
  };
  const onAbort = () => void stop();
  void exited.then(() => {
    // The leader is gone; what it left behind in its group goes too.
    kill9();
    groups.delete(pid);
    signal?.removeEventListener("abort", onAbort);
  });
  signal?.addEventListener("abort", onAbort, { once: true });
  const output = watchOutput(child, logFile);
  try {
    const value = await untilReady({ ready, readyTimeoutMs, output, exited, name: command });
    return { pid, ready: value, stop, kill9, exited };
  } catch (error) {
    if (signal?.aborted !== true) kill9();
    await exited;
    signal?.throwIfAborted();
    throw error;
  }
}

/** A TCP port of the loopback interface that was free a moment ago; prefer port 0 where the server reports its port. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === "string") throw new Error("no TCP port was assigned");
  return address.port;
}

interface Output {
  tail: string[];
  onLine: (listener: (line: string) => void) => void;
}

function watchOutput(child: ChildProcess, logFile: string | undefined): Output {
  const tail: string[] = [];
  const listeners: ((line: string) => void)[] = [];
  const log = logFile === undefined ? undefined : createWriteStream(logFile, { flags: "a" });
  let open = 0;
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    open++;
    if (log !== undefined) stream.pipe(log, { end: false });
    const lines = createInterface({ input: stream });
    lines.on("line", (line) => {
      tail.push(line);
      if (tail.length > TAIL_LINES) tail.shift();
      for (const listener of listeners) listener(line);
    });
    lines.once("close", () => {
      open--;
      if (open === 0) log?.end();
    });
  }
  return { tail, onLine: (listener) => listeners.push(listener) };
}

interface UntilReady<T> {
  ready: Ready<T>;
  readyTimeoutMs: number;
  output: Output;
  exited: Promise<ProcessExit>;
  name: string;
}

async function untilReady<T>({ ready, readyTimeoutMs, output, exited, name }: UntilReady<T>): Promise<T> {
  const done = new AbortController();
  const failure = (what: string) => new Error(`${name} ${what}; its last output:\n${output.tail.join("\n")}`);
  const ended = exited.then(({ code, signal }): never => {
    throw failure(`ended before it was ready (${signal ?? `code ${code}`})`);
  });
  const late = systemClock.sleep(readyTimeoutMs, done.signal).then((): never => {
    throw failure(`was not ready within ${readyTimeoutMs} ms`);
  });
  late.catch(() => undefined);
  const up = typeof ready === "function" ? firstLine(output, ready) : firstAnswer(ready.probe, done.signal);
  try {
    return await Promise.race([up, ended, late]);
  } finally {
    done.abort();
    for (const loser of [up, ended]) loser.catch(() => undefined);
  }
}

function firstLine<T>(output: Output, ready: (line: string) => T | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    output.onLine((line) => {
      try {
        const value = ready(line);
        if (value !== undefined) resolve(value);
      } catch (error) {
        reject(error);
      }
    });
  });
}

async function firstAnswer<T>(probe: (signal: AbortSignal) => Promise<T | undefined>, signal: AbortSignal): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    const value = await probe(signal).catch(() => undefined);
    if (value !== undefined) return value;
    await systemClock.sleep(50, signal);
  }
}

function watchExit(child: ChildProcess): Promise<ProcessExit> {
  const exited = new Promise<ProcessExit>((resolve, reject) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
    child.once("error", (error) => {
      if (child.pid === undefined) reject(error);
    });
  });
  exited.catch(() => undefined);
  return exited;
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  // Once the leader has been reaped and its group swept, the number may belong to somebody else.
  if (!groups.has(pid)) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** One hook for all children. A signal ends them gently unless somebody else in this process handles it. */
function hookExit(): void {
  if (hooked) return;
  hooked = true;
  process.on("exit", () => {
    for (const pid of groups) signalGroup(pid, "SIGKILL");
  });
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    const onSignal = () => {
      if (process.listenerCount(name) > 1) return;
      void endAll().finally(() => {
        process.off(name, onSignal);
        process.kill(process.pid, name);
      });
    };
    process.on(name, onSignal);
  }
}

async function endAll(): Promise<void> {
  for (const pid of groups) signalGroup(pid, "SIGTERM");
  const end = systemClock.now() + DEFAULT_GRACE_MS;
  while (groups.size > 0 && systemClock.now() < end) await systemClock.sleep(20);
  for (const pid of groups) signalGroup(pid, "SIGKILL");
}
