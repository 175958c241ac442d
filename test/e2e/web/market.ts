// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../offchain/core/clock.ts";
import type { Stack } from "../../../scripts/devnet/stack.ts";
import type { Shop } from "../../../scripts/start/network.ts";

/** The whole local market with its site, every part real, and time that moves when it is told to. */
export interface Market {
  readonly url: string;
  readonly stack: Stack;
  readonly shops: readonly Shop[];
  /** Ends a shop's VA, as if its machine was switched off. */
  stopVa(shop: number): Promise<void>;
  startVa(shop: number): Promise<void>;
  /** Moves the chain on by so many seconds, while every VA proves that it is alive. */
  pass(seconds: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts what `npm start` starts, in a folder of its own, without a block every few seconds. */
export async function startMarket(): Promise<Market> {
  // Loaded when needed: Hardhat must not be loaded by the runner's `require`.
  const { startStack } = await import("../../../scripts/devnet/stack.ts");
  const { startPool, startRelayer } = await import("../../../scripts/devnet/daemons.ts");
  const { advance } = await import("../../../scripts/devnet/advance.ts");
  const { role } = await import("../../../scripts/devnet/roles.ts");
  const { openShops, POOL } = await import("../../../scripts/start/network.ts");
  const { buildSite } = await import("../../../offchain/web/buildSite.ts");

  const { signal } = new AbortController();
  const dir = await mkdtemp(join(tmpdir(), "xov-market-"));
  const [stack] = await Promise.all([startStack({ dir, signal }), buildSite()]);
  const shops = await openShops(stack, () => undefined);
  const relayer = await startRelayer(stack, role("relayer"), signal);
  const vas = await Promise.all(shops.map(({ provider }) => provider.startVa(signal)));
  const images = shops.map(({ provider, seller }) => {
    return [provider.appliance, { images: seller.images.map(({ name }) => name) }];
  });
  const relayerUrl = relayer.ready.url ?? "";
  const catalogue = Object.fromEntries(images);
  const pool = await startPool({ stack, poolName: POOL, relayerUrl, catalogue, port: 0, signal });
  return {
    url: pool.ready.url ?? "",
    stack,
    shops,
    async stopVa(shop) {
      vas[shop]?.kill9();
      await vas[shop]?.exited;
    },
    async startVa(shop) {
      const va = await shops[shop]?.provider.startVa(signal);
      if (va !== undefined) vas[shop] = va;
    },
    pass: (seconds) =>
      advance(seconds, {
        rpcUrl: stack.anvil.url,
        providers: stack.deployment.contracts.Providers,
        appliances: shops.map(({ provider }) => provider.appliance),
        clock: systemClock,
        signal,
      }),
    async stop() {
      await Promise.all([pool, relayer, ...vas].map((daemon) => daemon.stop()));
      await Promise.all([...shops.map(({ cloud }) => cloud.close()), stack.stop()]);
      await rm(dir, { recursive: true, force: true });
    },
  };
}
