// SPDX-License-Identifier: Apache-2.0
// node scripts/run.mjs <command> [arguments]: sees to it that all the command needs is there, then runs it.
// Runs on Node 20 with nothing installed, so it and scripts/setup/*.mjs use built-ins only.

import { spawn } from "node:child_process";
import { ensureBitcoind } from "./setup/bitcoind.mjs";
import { COMMANDS } from "./setup/commands.mjs";
import { ensureContracts } from "./setup/contracts.mjs";
import { ensureNode, environmentWith } from "./setup/node.mjs";
import { ensurePackages } from "./setup/packages.mjs";
import { ROOT, SetupError, STOPPING_SIGNALS } from "./setup/steps.mjs";

const PATIENCE_MS = 15_000;

/**
 * Runs a program in a process group of its own and gives its exit code, or the signal that ended it. A stopping signal
 * goes to the whole group, which is killed if it has not stopped in time; so is whatever the program leaves behind.
 */
function runInGroup(program, args, env) {
  const child = spawn(program, args, { cwd: ROOT, env, stdio: ["ignore", "inherit", "inherit"], detached: true });
  const signalGroup = (signal) => {
    try {
      process.kill(-child.pid, signal);
    } catch (error) {
      if (error.code !== "ESRCH") throw error;
    }
  };
  const stop = (signal) => {
    signalGroup(signal);
    setTimeout(() => signalGroup("SIGKILL"), PATIENCE_MS).unref();
  };
  for (const signal of STOPPING_SIGNALS) process.on(signal, stop);
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("exit", (code, signal) => {
      for (const each of STOPPING_SIGNALS) process.off(each, stop);
      signalGroup("SIGKILL");
      done(signal ?? code);
    });
  });
}

async function main([name, ...rest]) {
  const command = Object.hasOwn(COMMANDS, name ?? "") ? COMMANDS[name] : undefined;
  if (command === undefined) throw new SetupError(`usage: node scripts/run.mjs ${Object.keys(COMMANDS).join("|")}`);
  const node = await ensureNode();
  const env = environmentWith(node);
  await ensurePackages(node, env);
  if (command.needs.includes("bitcoind")) await ensureBitcoind();
  if (command.needs.includes("contracts")) await ensureContracts(node, env);
  return command.argv === undefined ? 0 : runInGroup(node, [...command.argv, ...rest], env);
}

try {
  const end = await main(process.argv.slice(2));
  if (typeof end === "number") process.exitCode = end;
  else process.kill(process.pid, end);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`setup: ${error.message}\n`);
  process.exitCode = 1;
}
