// SPDX-License-Identifier: Apache-2.0
// A real OpenStack on this machine, of Debian's packages; see README.md.
//
//   up [--full] [--port N]   brings it up, or what of it does not run
//   down [--keep | --purge]  ends it; with --keep its state stays, with --purge nothing does
//   status                   which of its processes run
//
//   --dir FOLDER             where everything lies
import { isAbsolute } from "node:path";
import { parseArgs } from "node:util";
import { systemClock as clock } from "../../offchain/core/clock.ts";
import { messageOf } from "../../offchain/core/errors.ts";
import { isAlive, started } from "./daemon.ts";
import { down } from "./down.ts";
import { credentialFile, DEFAULT_DIR, DEFAULT_FIRST_PORT, readPlace, url } from "./place.ts";
import { up } from "./up.ts";

const USAGE = "usage: main.ts up [--full] [--port N] | down [--keep | --purge] | status  [--dir FOLDER]";

const { values, positionals } = parseArgs({
  options: {
    dir: { type: "string", default: DEFAULT_DIR },
    port: { type: "string", default: `${DEFAULT_FIRST_PORT}` },
    full: { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
    purge: { type: "boolean", default: false },
  },
  allowPositionals: true,
});

async function main(): Promise<number> {
  const { dir, full, keep, purge } = values;
  const firstPort = Number(values.port);
  const [command] = positionals;
  const isPort = Number.isInteger(firstPort) && firstPort > 1_023 && firstPort < 65_000;
  if (!isAbsolute(dir) || dir.split("/").length < 3 || !isPort || (keep && purge)) throw new Error(USAGE);
  if (process.getuid?.() !== 0) throw new Error("only root can do this");
  switch (command) {
    case "up": {
      const onStep = (what: string, seconds: number) => console.log(`${seconds.toFixed(1).padStart(6)} s  ${what}`);
      const place = await up({ dir, variant: full ? "full" : "light", firstPort, clock, onStep });
      console.log(`Keystone is at ${url(place, "keystone")}/v3; the appliance's credential is ${credentialFile(dir)}`);
      return 0;
    }
    case "down":
      await down({ dir, clock, keep: keep ? "state" : purge ? "nothing" : "image" });
      return 0;
    case "status": {
      const place = await readPlace(dir);
      const names = started(dir);
      for (const name of names) console.log(`${isAlive(dir, name) ? "runs " : "ended"}  ${name}`);
      console.log(place === undefined || names.length === 0 ? "it is not up" : `${place.variant} variant, in ${dir}`);
      return names.length > 0 && names.every((name) => isAlive(dir, name)) ? 0 : 1;
    }
    default:
      throw new Error(USAGE);
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
