// SPDX-License-Identifier: Apache-2.0
import { mkdir, stat } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Clock } from "../../offchain/core/clock.ts";
import { configure } from "./configure.ts";
import { isAlive, logFile, startDaemon, started, tailOf } from "./daemon.ts";
import { down } from "./down.ts";
import { installPackages } from "./packages.ts";
import { makePlace, type Place, port, ports, readPlace, type Variant } from "./place.ts";
import { runProgram } from "./program.ts";
import { makeSchemas, prepareMariadb } from "./schemas.ts";
import { seedIdentity, seedResources, waitForHost } from "./seed.ts";
import {
  interfaces,
  keystone,
  LIBVIRT_ANSWERS,
  libvirt,
  mariadb,
  queue,
  type Ready,
  type Service,
  workers,
} from "./services.ts";

/** What {@link up} brings up. */
export interface UpOptions {
  readonly dir: string;
  readonly variant: Variant;
  /** The first of nine ports on the loopback interface; for a cloud that is there already, its own stay. */
  readonly firstPort: number;
  readonly clock: Clock;
  /** Told what is done, with the seconds it took. */
  readonly onStep: (what: string, seconds: number) => void;
}

const READY_MS = 180_000;

/** Brings up a cloud, or what of it does not run: each step looks first what is there. @throws Error saying what failed, and its log */
export async function up(options: UpOptions): Promise<Place> {
  const { dir, variant, firstPort, clock } = options;
  const step = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const since = clock.now();
    const result = await work();
    options.onStep(what, (clock.now() - since) / 1000);
    return result;
  };
  const old = await readPlace(dir);
  if (old !== undefined && old.variant !== variant) {
    await step(`the ${old.variant} variant is taken down`, () => down({ dir, clock, keep: "image" }));
  }
  const place = (await readPlace(dir)) ?? (await makePlace(dir, variant, firstPort));
  await requireFreePorts(place);
  await step("packages are installed", () => installPackages(place));
  const image = buildImage(place);
  image.catch(() => undefined);
  await step("database and queue run", async () => {
    await configure(place);
    await prepareMariadb(place);
    await start(place, [mariadb(place), ...queue(place)], clock);
  });
  await step("schemas are made", () => makeSchemas(place));
  await step("Keystone runs and knows the services", async () => {
    await start(place, [keystone(place)], clock);
    // They take their time, and nobody asks them yet.
    for (const service of interfaces(place)) startDaemon(dir, service);
    await seedIdentity(place);
  });
  await step("the services run", async () => {
    if (variant === "full") await startLibvirt(place, clock);
    await start(place, [...interfaces(place), ...workers(place)], clock);
  });
  await step("image, networks and credential are there", async () => {
    await image;
    await seedResources(place);
  });
  await step("the host takes servers", () => waitForHost(place, clock, READY_MS));
  const ended = started(dir).filter((name) => !isAlive(dir, name));
  if (ended.length > 0) throw failure(place, ended[0] ?? "", "has ended");
  return place;
}

/** Starts all of them, then waits for each. Also starts one again that was killed. */
export async function start(place: Place, services: readonly Service[], clock: Clock): Promise<void> {
  for (const service of services) startDaemon(place.dir, service);
  for (const { name, ready } of services) {
    const end = clock.now() + READY_MS;
    while (ready !== undefined && !(await isReady(ready))) {
      if (!isAlive(place.dir, name)) throw failure(place, name, "has ended");
      if (clock.now() > end) throw failure(place, name, `is not ready after ${READY_MS / 1000} s`);
      await clock.sleep(200);
    }
  }
}

/** The machine's own libvirt serves where it runs. */
async function startLibvirt(place: Place, clock: Clock): Promise<void> {
  if (!isAlive(place.dir, "libvirtd") && (await isReady(LIBVIRT_ANSWERS))) return;
  await mkdir("/run/libvirt", { recursive: true });
  for (const service of libvirt(place)) await start(place, [service], clock);
}

async function buildImage({ dir }: Place): Promise<void> {
  const folder = join(dir, "image");
  const exists = await stat(join(folder, "tiny.qcow2")).catch(() => undefined);
  if (exists !== undefined) return;
  const script = fileURLToPath(new URL("image/build.sh", import.meta.url));
  await runProgram("bash", [script, folder], { env: { ...process.env }, logFile: logFile(dir, "image") });
}

async function isReady(ready: Ready): Promise<boolean> {
  switch (ready.kind) {
    case "http":
      return fetch(ready.url, { signal: AbortSignal.timeout(5_000) }).then(
        async (response) => {
          await response.arrayBuffer();
          return response.status < 500;
        },
        () => false,
      );
    case "tcp":
      return listens(ready.port);
    case "program":
      return runProgram(ready.program, ready.args).then(
        () => true,
        () => false,
      );
  }
}

/** A port that something else listens on would make two clouds out of one. */
async function requireFreePorts(place: Place): Promise<void> {
  const { dir } = place;
  if (started(dir).some((name) => isAlive(dir, name))) return;
  for (const each of ports(place)) {
    if (!(await listens(each))) continue;
    const range = `${place.firstPort} to ${port(place, "epmd")}`;
    throw new Error(`something listens on port ${each} already; of ${range} all have to be free, or choose others`);
  }
}

function listens(at: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(at, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function failure({ dir }: Place, name: string, what: string): Error {
  return new Error(`${name} ${what}; ${logFile(dir, name)} ends:\n${tailOf(dir, name)}`);
}
