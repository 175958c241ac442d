// SPDX-License-Identifier: Apache-2.0
// What every set-up step shares: where things are kept, how a step reports itself, how a program is run
// and how two runs at the same time keep out of each other's way. Node 20 built-ins only.

import { spawn } from "node:child_process";
import { mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** The project's root folder. */
export const ROOT = resolve(fileURLToPath(import.meta.url), "../../..");
/** Where set-up keeps what it fetches. Deleting it costs a download and nothing else. */
export const CACHE = join(ROOT, ".xov");

/** The signals that ask a program to stop. */
export const STOPPING_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

/** A step that could not be done, with what the reader can do about it. */
export class SetupError extends Error {
  name = "SetupError";
}

/** Does the work and writes one line to stderr, `setup: <name> … <seconds>`; the name is shown before the work begins. */
export async function step(name, work) {
  const begun = performance.now();
  process.stderr.write(`setup: ${name} … `);
  try {
    const result = await work();
    process.stderr.write(`${((performance.now() - begun) / 1000).toFixed(1)} s\n`);
    return result;
  } catch (error) {
    process.stderr.write("failed\n");
    throw error;
  }
}

/**
 * Runs a program without a terminal and gives its stdout. Throws a SetupError with the end of its output if it fails.
 * A signal that would end this process ends the program first, so that no step goes on without its lock.
 */
export function run(program, args, { cwd = ROOT, env = process.env } = {}) {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let stoppedBy;
    const stop = (signal) => {
      stoppedBy = signal;
      child.kill(signal);
    };
    for (const signal of STOPPING_SIGNALS) process.on(signal, stop);
    let stdout = "";
    let tail = "";
    const keep = (text) => {
      tail = (tail + text).slice(-8000);
    };
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
      keep(text);
    });
    child.stderr.setEncoding("utf8").on("data", keep);
    child.on("error", (error) => fail(new SetupError(`${program}: ${error.message}`, { cause: error })));
    child.on("close", (code, signal) => {
      for (const each of STOPPING_SIGNALS) process.off(each, stop);
      if (stoppedBy !== undefined) process.kill(process.pid, stoppedBy);
      else if (code === 0) done(stdout);
      else fail(new SetupError(`${program} ended with ${signal ?? code}\n${tail.trim()}`));
    });
  });
}

/** Whether the path exists. */
export async function exists(path) {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The file's text, or undefined if there is none. */
export async function textOf(path) {
  return readFile(path, "utf8").catch((error) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

const LOCK_WAIT_MS = 20 * 60_000;
const LOCK_POLL_MS = 200;

/**
 * Runs `work` while no other process runs work under the same name. A lock whose owner has died is taken over.
 * Takers-over are serialised by a second, short-lived lock, so that no one removes a lock that was just taken.
 */
export async function exclusively(name, work) {
  await mkdir(CACHE, { recursive: true });
  const path = join(CACHE, `${name}.lock`);
  const deadline = Date.now() + LOCK_WAIT_MS;
  while (!(await take(path))) {
    await dropIfDead(path);
    if (Date.now() > deadline) throw new SetupError(`another run still holds ${path}; remove it if there is none`);
    await sleep(LOCK_POLL_MS);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(path) {
  try {
    const file = await open(path, "wx");
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

async function dropIfDead(path) {
  if (!(await isDead(path))) return;
  const breaker = `${path}.breaker`;
  if (!(await take(breaker))) {
    if (await isOlderThan(breaker, 10_000)) await rm(breaker, { force: true });
    return;
  }
  try {
    if (await isDead(path)) await rm(path, { force: true });
  } finally {
    await rm(breaker, { force: true });
  }
}

async function isDead(path) {
  const owner = await textOf(path);
  if (owner === undefined) return false;
  if (owner === "") return isOlderThan(path, 10_000);
  try {
    process.kill(Number(owner), 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
}

async function isOlderThan(path, ms) {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > ms;
}
