// SPDX-License-Identifier: Apache-2.0
import { type Anchor, createEsplora } from "../bitcoin/esplora.ts";
import { createBitcoinNode } from "../bitcoin/node.ts";
import { createSources, type SourceState, type Sources } from "../bitcoin/sources.ts";
import type { Chain } from "../chain/clients.ts";
import type { Deployment } from "../chain/deployment.ts";
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";
import type { RelayerConfig } from "./config.ts";
import { addressesOf } from "./contracts.ts";
import { readLightClient } from "./lightClient.ts";

export interface OpenSourcesParameters {
  readonly config: Pick<RelayerConfig, "bitcoin" | "esploraUrls">;
  readonly chain: Chain;
  readonly deployment: Deployment;
  readonly clock: Clock;
  readonly log: Logger;
}

/** bitcoind, and after it each Esplora, as one node. Connects to nothing yet. */
export function openSources({ config, chain, deployment, clock, log }: OpenSourcesParameters): Sources {
  const { lightClient } = addressesOf(deployment);
  const anchor = async (): Promise<Anchor | undefined> => {
    // Without an answer there is a longer way to the same figure.
    return (await readLightClient(chain.client, lightClient).catch(() => undefined))?.tip;
  };
  const esploras = config.esploraUrls.map((url) => {
    return {
      name: `esplora (${new URL(url).host})`,
      node: createEsplora({ url, clock, anchor, timeoutMs: 10_000, retries: 1 }),
    };
  });
  const bitcoind = { name: "bitcoind", node: createBitcoinNode({ ...config.bitcoin, clock }) };
  const onChange = (sources: readonly SourceState[]) => log.warn({ sources }, "the sources of Bitcoin have changed");
  return createSources({ sources: [bitcoind, ...esploras], clock, onChange });
}
