// SPDX-License-Identifier: Apache-2.0
import { open, stat } from "node:fs/promises";
import { basename } from "node:path";
import type { Clock } from "../../offchain/core/clock.ts";

const LOOK_EVERY_MS = 500;
const HIDDEN = new Set(["level", "time", "pid", "name", "msg", "hostname"]);
const SHOWN_LEVELS = new Set(["info", "warn", "error", "fatal"]);

/** Prints what daemons add to their logs (JSON lines) as one tidy log, until the signal. */
export async function showLogs(files: readonly string[], clock: Clock, signal: AbortSignal): Promise<void> {
  const read = new Map<string, number>();
  for (const file of files) read.set(file, await sizeOf(file));
  while (!signal.aborted) {
    for (const file of files) {
      const from = read.get(file) ?? 0;
      const text = await textFrom(file, from);
      const whole = text.slice(0, text.lastIndexOf("\n") + 1);
      read.set(file, from + Buffer.byteLength(whole));
      for (const line of whole.split("\n")) show(basename(file, ".log"), line);
    }
    await clock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
  }
}

function show(name: string, line: string): void {
  if (!line.startsWith('{"level"')) return;
  const entry: Record<string, unknown> = JSON.parse(line);
  if (!SHOWN_LEVELS.has(String(entry.level))) return;
  const fields = Object.entries(entry).filter(([key]) => !HIDDEN.has(key));
  const details = fields.map(([key, value]) => `${key}=${short(value)}`).join(" ");
  const mark = entry.level === "info" ? " " : "!";
  process.stdout.write(`${String(entry.time).slice(11, 19)} ${mark} ${name.padEnd(8)} ${entry.msg}  ${details}\n`);
}

const LONGEST = 40;

function short(value: unknown): string {
  const text =
    typeof value === "object" && value !== null && "message" in value
      ? String(value.message)
      : `${typeof value === "object" ? JSON.stringify(value) : value}`;
  if (/^0x[0-9a-f]{40,}$/i.test(text)) return `${text.slice(0, 10)}…`;
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

async function textFrom(file: string, from: number): Promise<string> {
  const size = await sizeOf(file);
  if (size <= from) return "";
  const handle = await open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await handle.close();
  }
}
