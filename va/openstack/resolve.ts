// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { ComputeError, type Flavor, type Image, type Network } from "./compute.ts";
import { readPages } from "./pages.ts";
import type { Session } from "./session.ts";

const flavorSchema = z.object({
  id: z.string(),
  name: z.string(),
  vcpus: z.number(),
  ram: z.number(),
  disk: z.number(),
});

/** See `Compute.resolveFlavor` (GET /flavors/detail, which has no filter by name). */
export async function resolveFlavor(session: Session, name: string, signal: AbortSignal): Promise<Flavor> {
  const list = {
    service: "compute",
    path: "/flavors/detail",
    query: {},
    name: "flavors",
    schema: flavorSchema,
  } as const;
  const flavors = await readPages(session, list, signal);
  return theOne(
    flavors.filter((flavor) => flavor.name === name),
    `flavor "${name}"`,
  );
}

const imagesSchema = z.object({
  images: z.array(
    z.object({
      id: z.string(),
      name: z.string().nullable(),
      status: z.string(),
      min_disk: z.number(),
      min_ram: z.number(),
    }),
  ),
});

/** See `Compute.resolveImage` (Glance: GET /v2/images, newest first). Names are not unique; a new build takes the name over. */
export async function resolveImage(session: Session, name: string, signal: AbortSignal): Promise<Image> {
  const query = { name, status: "active", sort: "created_at:desc", limit: "5" };
  const { images } = await session.call(
    { service: "image", method: "GET", path: "/images", query, expect: [200], schema: imagesSchema },
    signal,
  );
  const image = images.find((each) => each.name === name && each.status === "active");
  if (image === undefined) throw new ComputeError("NOT_FOUND", `No image "${name}"`);
  return { id: image.id, name, minDisk: image.min_disk, minRam: image.min_ram };
}

const networksSchema = z.object({ networks: z.array(z.object({ id: z.string(), name: z.string() })) });

/** See `Compute.resolveNetwork` (Neutron: GET /v2.0/networks). */
export async function resolveNetwork(session: Session, name: string, signal: AbortSignal): Promise<Network> {
  const { networks } = await session.call(
    { service: "network", method: "GET", path: "/networks", query: { name }, expect: [200], schema: networksSchema },
    signal,
  );
  return theOne(
    networks.filter((network) => network.name === name),
    `network "${name}"`,
  );
}

function theOne<T>(found: T[], what: string): T {
  const [first] = found;
  if (first === undefined) throw new ComputeError("NOT_FOUND", `No ${what}`);
  if (found.length > 1) throw new ComputeError("CONFLICT", `${found.length} times ${what}: names must be unique`);
  return first;
}
