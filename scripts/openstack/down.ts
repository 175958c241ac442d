// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../offchain/core/clock.ts";
import { started, stopDaemons } from "./daemon.ts";
import { readPlace } from "./place.ts";
import { runProgram } from "./program.ts";

/** What {@link down} takes down, and what it leaves. */
export interface DownOptions {
  readonly dir: string;
  /** `state`: only the processes end. `image`: logs and the guest's image stay. `nothing`: the folder goes. */
  readonly keep: "state" | "image" | "nothing";
  readonly clock: Clock;
}

/** Ends a cloud and whatever it has started on this machine, by process id; nothing happens where there is none. */
export async function down({ dir, keep, clock }: DownOptions): Promise<void> {
  const place = await readPlace(dir);
  if (place === undefined) {
    // One that was taken down before may have left what is to go now.
    if (keep === "nothing") await removeLeft(dir);
    return;
  }
  const are = (prefix: string) => started(dir).filter((name) => name.startsWith(prefix));
  // First whoever could make more guests; Nova's API is gone before its conductor misses it.
  await stopDaemons(dir, [...are("nova"), "metadata"], 10_000, clock);
  if (place.variant === "full") await endGuests(dir, keep !== "state");
  await stopDaemons(dir, ["libvirtd", "virtlogd"], 10_000, clock);
  await stopDaemons(dir, are("neutron"), 10_000, clock);
  await endHelpers(dir);
  await removeDevices(dir);
  await stopDaemons(dir, ["glance", "placement", "keystone"], 10_000, clock);
  await stopDaemons(
    dir,
    started(dir).filter((name) => name !== "epmd"),
    30_000,
    clock,
  );
  await stopDaemons(dir, started(dir), 5_000, clock);
  if (keep === "nothing") await rm(dir, { recursive: true, force: true });
  if (keep === "image") await removeBut(dir, ["log", "image"]);
}

/** Only what {@link down} leaves is there, so that no other folder is ever removed by mistake. */
async function removeLeft(dir: string): Promise<void> {
  const names = await readdir(dir).catch((): string[] => []);
  if (names.every((name) => name === "log" || name === "image")) await rm(dir, { recursive: true, force: true });
}

async function removeBut(dir: string, kept: readonly string[]): Promise<void> {
  for (const name of await readdir(dir)) {
    if (!kept.includes(name)) await rm(join(dir, name), { recursive: true, force: true });
  }
}

/** Ends the guests whose disks lie in the folder; with `forget`, libvirt forgets them. */
async function endGuests(dir: string, forget: boolean): Promise<void> {
  const virsh = (...args: string[]) => runProgram("virsh", ["-c", "qemu:///system", ...args]).catch(() => "");
  for (const name of (await virsh("list", "--all", "--name")).split("\n").filter((line) => line !== "")) {
    if (!(await virsh("dumpxml", name)).includes(`${dir}/nova/instances/`)) continue;
    await virsh("destroy", name);
    if (forget) await virsh("undefine", "--nvram", name);
  }
}

/** Ends dnsmasq and the metadata proxies, which Neutron's agents leave running: by the files that hold their ids. */
async function endHelpers(dir: string): Promise<void> {
  const files = await readdir(join(dir, "neutron"), { recursive: true }).catch((): string[] => []);
  for (const file of files.filter((name) => /(^|\/)pid$|\.pid(\.|$)/.test(name))) {
    const pid = Number((await readFile(join(dir, "neutron", file), "utf8").catch(() => "")).trim());
    if (!Number.isInteger(pid) || pid <= 1) continue;
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (!command.includes(`${dir}/`)) continue;
    try {
      process.kill(pid, "SIGTERM");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

/** Removes the bridge and the namespace of each network; what hangs on them goes with them. */
async function removeDevices(dir: string): Promise<void> {
  const ip = (...args: string[]) => runProgram("ip", args).catch(() => "");
  for (const network of await readdir(join(dir, "neutron", "dhcp")).catch((): string[] => [])) {
    await ip("netns", "del", `qdhcp-${network}`);
    await ip("link", "del", `brq${network.slice(0, 11)}`);
  }
}
