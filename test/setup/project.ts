// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A project that has the entry script and nothing else: no packages, no contracts, an empty cache. */
export interface EmptyProject {
  readonly root: string;
  write(path: string, text: string, mode?: number): Promise<void>;
  remove(): Promise<void>;
}

/** How a program ended and what it wrote. */
export interface Ended {
  readonly end: number | NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Makes such a project in a temporary folder; `commands` is the table of what it can run. */
export async function emptyProject(commands: object = {}): Promise<EmptyProject> {
  const root = await mkdtemp(join(tmpdir(), "xov-setup-"));
  await cp("scripts/run.mjs", join(root, "scripts/run.mjs"), { recursive: true });
  await cp("scripts/setup", join(root, "scripts/setup"), { recursive: true });
  await mkdir(join(root, "node_modules"));
  const write = async (path: string, text: string, mode = 0o644) => {
    await writeFile(join(root, path), text);
    await chmod(join(root, path), mode);
  };
  await write("scripts/setup/commands.mjs", `export const COMMANDS = ${JSON.stringify(commands)};\n`);
  await write("package.json", `{ "name": "empty", "private": true }\n`);
  return { root, write, remove: () => rm(root, { recursive: true }) };
}

/** Starts this Node with these arguments in the folder. */
export function startNode(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
  const quiet = { npm_config_update_notifier: "false", npm_config_offline: "true" };
  const child = spawn(process.execPath, args, { cwd, env: { ...env, ...quiet }, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((done) => {
    child.on("close", (code, signal) => done({ end: code ?? signal, stdout, stderr }));
  });
  const firstOutput = new Promise<void>((done) => child.stdout.once("data", () => done()));
  return { child, ended, firstOutput };
}
