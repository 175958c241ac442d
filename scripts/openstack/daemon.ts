// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type Clock, systemClock } from "../../offchain/core/clock.ts";
import { PLAIN } from "./program.ts";

/** A process that goes on when this one ends. */
export interface Daemon {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

const idSchema = z.object({ pid: z.number().int().positive(), startTime: z.string().min(1) });
/** A process: its number, and when it began, as numbers are used again. */
type ProcessId = z.output<typeof idSchema>;

/** Starts it in a process group of its own, unless it runs. Its output goes to `log/<name>.log`. */
export function startDaemon(dir: string, { name, command, args, env = {} }: Daemon): void {
  if (isAlive(dir, name)) return;
  const log = openSync(logFile(dir, name), "a");
  const child = spawn(command, args, {
    detached: true,
    stdio: ["ignore", log, log],
    env: { ...PLAIN, HOME: dir, ...env },
    cwd: dir,
  });
  closeSync(log);
  child.on("error", () => undefined); // told below
  child.unref();
  const { pid } = child;
  const startTime = pid === undefined ? undefined : startTimeOf(pid);
  if (pid === undefined || startTime === undefined) throw new Error(`${name} cannot be started: ${command}`);
  writeFileSync(idFile(dir, name), JSON.stringify({ pid, startTime } satisfies ProcessId));
}

/** Whether the process that was started under this name still runs. */
export function isAlive(dir: string, name: string): boolean {
  return idOf(dir, name) !== undefined;
}

/** The names of all that were started and not stopped, alive or not. */
export function started(dir: string): string[] {
  return list(join(dir, "run")).flatMap((file) => (file.endsWith(".json") ? [file.slice(0, -".json".length)] : []));
}

const POLL_MS = 100;

/** SIGTERM to each at once; after `graceMs` SIGKILL to what is left of their groups. */
export async function stopDaemons(dir: string, names: readonly string[], graceMs: number, clock: Clock = systemClock) {
  const running = names.flatMap((name) => {
    const id = idOf(dir, name);
    return id === undefined ? [] : [{ name, id }];
  });
  for (const { id } of running) send(id.pid, "SIGTERM");
  const end = clock.now() + graceMs;
  while (running.some(({ name }) => isAlive(dir, name)) && clock.now() < end) await clock.sleep(POLL_MS);
  // A leader that is gone may have left others in its group; the group's number is theirs as long as one of them lives.
  for (const { id } of running) send(-id.pid, "SIGKILL");
  while (running.some(({ id }) => groupRuns(id.pid))) await clock.sleep(POLL_MS);
  for (const name of names) rmSync(idFile(dir, name), { force: true });
}

/** SIGKILL to the whole group, as in a crash; resolves when all of it is gone, and its port with it. */
export async function killDaemon(dir: string, name: string, clock: Clock = systemClock): Promise<void> {
  const id = idOf(dir, name);
  if (id === undefined) return;
  send(-id.pid, "SIGKILL");
  while (groupRuns(id.pid)) await clock.sleep(POLL_MS);
}

/** Whether any process of the group runs; one that has ended and waits to be reaped holds nothing any more. */
function groupRuns(leader: number): boolean {
  return list("/proc").some((pid) => {
    const [state, , group] = /^\d+$/.test(pid) ? statOf(Number(pid)) : [];
    return group === `${leader}` && state !== "Z" && state !== "X";
  });
}

export function logFile(dir: string, name: string): string {
  return join(dir, "log", `${name}.log`);
}

/** The last lines that it wrote. */
export function tailOf(dir: string, name: string, lines = 25): string {
  return read(logFile(dir, name)).trimEnd().split("\n").slice(-lines).join("\n");
}

function idOf(dir: string, name: string): ProcessId | undefined {
  const text = read(idFile(dir, name));
  const parsed = text === "" ? undefined : idSchema.safeParse(JSON.parse(text)).data;
  return parsed !== undefined && startTimeOf(parsed.pid) === parsed.startTime ? parsed : undefined;
}

/** Ticks since the machine's start (proc(5), stat field 22); undefined when it is gone, or has ended and waits to be reaped. */
function startTimeOf(pid: number): string | undefined {
  const fields = statOf(pid);
  return fields[0] === "Z" ? undefined : fields[19];
}

/** The fields of the process's stat (proc(5)) from the third, its state, on. */
function statOf(pid: number): string[] {
  const stat = read(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function idFile(dir: string, name: string): string {
  return join(dir, "run", `${name}.json`);
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
