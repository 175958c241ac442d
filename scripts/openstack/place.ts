// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { readJson, writeFileAtomic } from "../../offchain/core/files.ts";

/** `light`: Nova's fake driver, no guest runs. `full`: QEMU emulates a machine and boots it. */
export const VARIANTS = ["light", "full"] as const;
export type Variant = (typeof VARIANTS)[number];

/** What listens; the place in this list is what is added to the first port. */
const LISTENERS = [
  "keystone",
  "placement",
  "glance",
  "nova",
  "metadata",
  "neutron",
  "rabbit",
  "distribution",
  "epmd",
] as const;
export type Listener = (typeof LISTENERS)[number];

const secret = z.string().regex(/^[0-9a-f]{32}$/);
const stateSchema = z.object({
  variant: z.enum(VARIANTS),
  firstPort: z.number().int(),
  secrets: z.object({
    database: secret,
    rabbit: secret,
    admin: secret,
    service: secret,
    metadata: secret,
  }),
});

/** One cloud on this machine: everything of it lies in `dir`, and it listens on the loopback interface only. */
export interface Place {
  readonly dir: string;
  readonly variant: Variant;
  readonly firstPort: number;
  readonly secrets: z.output<typeof stateSchema>["secrets"];
}

export const DEFAULT_DIR = "/var/lib/xov-openstack";
export const DEFAULT_FIRST_PORT = 18_770;

export const REGION = "RegionOne";
/** The name under which the one host is known to Nova and Neutron. */
export const HOST = "xov-openstack";
/** The provider's project. */
export const PROJECT = "xov";

/** The cloud that lies in `dir`, if there is one. */
export async function readPlace(dir: string): Promise<Place | undefined> {
  const state = await readJson(stateFile(dir), stateSchema);
  return state === undefined ? undefined : { dir, ...state };
}

/** Makes the folder of a new cloud, with secrets of its own. */
export async function makePlace(dir: string, variant: Variant, firstPort: number): Promise<Place> {
  // Services that give up root, and guests, have to get through.
  await mkdir(dir, { recursive: true, mode: 0o755 });
  await Promise.all(["log", "run"].map((name) => mkdir(join(dir, name), { recursive: true })));
  const password = () => randomBytes(16).toString("hex");
  const secrets = {
    database: password(),
    rabbit: password(),
    admin: password(),
    service: password(),
    metadata: password(),
  };
  await writeFileAtomic(stateFile(dir), `${JSON.stringify({ variant, firstPort, secrets }, null, 2)}\n`);
  return { dir, variant, firstPort, secrets };
}

export function port({ firstPort }: Pick<Place, "firstPort">, listener: Listener): number {
  return firstPort + LISTENERS.indexOf(listener);
}

/** Every port that a cloud may take. */
export function ports(place: Pick<Place, "firstPort">): number[] {
  return LISTENERS.map((listener) => port(place, listener));
}

/** Where a service is, without its version. */
export function url(place: Pick<Place, "firstPort">, listener: Listener): string {
  return `http://127.0.0.1:${port(place, listener)}`;
}

/** The application credential that the appliance is given. */
export function credentialFile(dir: string): string {
  return join(dir, "credential.json");
}

function stateFile(dir: string): string {
  return join(dir, "state.json");
}
