// SPDX-License-Identifier: Apache-2.0
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../offchain/core/clock.ts";
import type { Instance } from "../demo/journey.ts";
import { type Steps, until } from "../demo/steps.ts";
import { PLAIN, runProgram } from "./program.ts";

/** An SSH key of somebody who rents. */
export interface SshKey {
  readonly privateFile: string;
  /** As a launch spec has it. */
  readonly publicKey: string;
}

/** Makes a key in the folder. */
export async function makeSshKey(dir: string): Promise<SshKey> {
  const privateFile = join(dir, "ssh-key");
  const shown = await runProgram("dropbearkey", ["-t", "ed25519", "-f", privateFile]);
  const publicKey = /^ssh-ed25519 \S+/m.exec(shown)?.[0];
  if (publicKey === undefined) throw new Error(`dropbearkey shows no key: ${shown}`);
  return { privateFile, publicKey };
}

const BOOT_MS = 180_000;

/** What {@link visitGuest} needs. */
export interface Visit {
  readonly key: SshKey;
  /** Its `.ssh` gets the host keys. */
  readonly home: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Uses an instance of the image `tiny` in the full variant as its holder would, with nothing but the access details and the key;
 * from the namespace of the network's DHCP service, as nothing leads into the network from outside.
 * @throws Error when its console does not show the boot and the key, or it does not let the holder in
 */
export async function visitGuest(instance: Instance, steps: Steps, visit: Visit): Promise<void> {
  const { access, server, compute } = instance;
  const { clock, signal, key } = visit;
  const log = await steps.run("the console log shows the boot and the key that was injected", (progress) =>
    until(
      "the guest's boot",
      async () => {
        const text = await compute.getConsoleOutput(server.id, 1_000, signal);
        progress(text.trimEnd().split("\n").at(-1) ?? "");
        return text.includes("tiny: ready") ? text : undefined;
      },
      { clock, signal, timeoutMs: BOOT_MS },
    ),
  );
  for (const line of [
    "tiny: boot number 1 ",
    "tiny: metadata from the config drive",
    `authorized key ${key.publicKey}`,
  ]) {
    if (!log.includes(line)) throw new Error(`the console log does not say "${line}":\n${log}`);
  }
  await steps.run("the user logs in over SSH; the host key is the one of the access details", async () => {
    const { id } = await compute.resolveNetwork("xov-net", signal);
    const said = await logIn(instance, visit, id);
    if (!said.includes(`guest of ${access.addresses[0]?.address}`)) throw new Error(`the guest says: ${said}`);
  });
}

async function logIn({ access }: Instance, { key, home }: Visit, network: string): Promise<string> {
  const address = access.addresses[0]?.address ?? "";
  await mkdir(join(home, ".ssh"), { recursive: true });
  const known = access.hostKeys.map((hostKey) => `${address} ${hostKey}\n`).join("");
  await writeFile(join(home, ".ssh", "known_hosts"), known);
  const command = `echo "guest of $(ip -4 -o addr show eth0 | sed 's/.*inet \\([0-9.]*\\).*/\\1/')"`;
  const client = ["dbclient", "-i", key.privateFile, "-T", `${access.user}@${address}`, command];
  return runProgram("ip", ["netns", "exec", `qdhcp-${network}`, ...client], { env: { ...PLAIN, HOME: home } });
}
