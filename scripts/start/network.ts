// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { z } from "zod";
import { readJson, writeFileAtomic } from "../../offchain/core/files.ts";
import { createDevCloud, type DevCloud } from "../devcloud/index.ts";
import { createProvider, type Provider } from "../devnet/provider.ts";
import { createProvisioner } from "../devnet/provision.ts";
import { role } from "../devnet/roles.ts";
import type { Stack } from "../devnet/stack.ts";
import { FLAVORS, offersOf, SELLERS, type Seller } from "./shop.ts";

/** Name of the local network's pool. */
export const POOL = "stackmonkey";

const XOV = 10n ** 18n;
const GRACE_S = 3_600;
const HOSTS = [{ name: "host-1", vcpus: 128, ram: 524_288, disk: 20_000 }];
const NETWORKS = [{ name: "xov-net", cidr: "10.77.0.0/22" }];

/** What a network that goes on has to know again. */
const notesSchema = z.object({
  pool: z.number().int().positive(),
  providers: z.array(z.object({ appliance: z.number().int().positive(), ageIdentity: z.string() })),
});

/** A seller at work: its provider on the chain and its cloud. */
export interface Shop {
  readonly seller: Seller;
  readonly provider: Provider;
  readonly cloud: DevCloud;
}

/** Opens the pool and its providers' clouds, or opens those again that the stack's folder knows. */
export async function openShops(stack: Stack, progress: (what: string) => void): Promise<Shop[]> {
  const file = join(stack.dir, "network.json");
  const notes = await readJson(file, notesSchema);
  const provisioner = createProvisioner(stack.anvil.url, stack.deployment, role("deployer"));
  try {
    const pool = notes?.pool ?? (await openPool(provisioner));
    const shops: Shop[] = [];
    for (const [n, seller] of SELLERS.entries()) {
      progress(seller.region);
      const cloud = await openCloud(stack, n, seller);
      const registered = notes?.providers[n];
      const provider = await createProvider({
        stack,
        provisioner,
        n,
        pool,
        region: seller.region,
        grace: GRACE_S,
        stake: 1_000_000n * XOV,
        credential: cloud.credential,
        offers: offersOf(seller),
        ...(registered === undefined ? {} : { registered }),
      });
      shops.push({ seller, provider, cloud });
    }
    const providers = shops.map(({ provider: { appliance, ageIdentity } }) => ({ appliance, ageIdentity }));
    await writeFileAtomic(file, `${JSON.stringify({ pool, providers }, null, 2)}\n`);
    return shops;
  } finally {
    provisioner.close();
  }
}

async function openPool(provisioner: ReturnType<typeof createProvisioner>): Promise<number> {
  await provisioner.fund(role("relayer"), 100_000n * XOV);
  const rules = { minimumStake: 10_000n * XOV, collateralPerMsat: 10n ** 12n, fee: XOV / 10_000n, admission: 0 };
  return provisioner.createPool(role("poolOperator"), POOL, rules);
}

function openCloud(stack: Stack, n: number, { images }: Seller): Promise<DevCloud> {
  return createDevCloud({
    port: 0,
    flavors: FLAVORS,
    images: images.map(({ name }) => ({ name })),
    networks: NETWORKS,
    hosts: HOSTS,
    stateFile: join(stack.dir, `cloud-${n}.json`),
  });
}
