// SPDX-License-Identifier: Apache-2.0
import { abis } from "../chain/abis.ts";
import type { Block } from "../chain/block.ts";
import { contractsOf, type Deployment } from "../chain/deployment.ts";
import type { ChainEvent } from "../chain/events.ts";
import type { Rows } from "./rows.ts";

const { Pools, ComputeClasses, Markets, Providers, Attestations, Exchange, Leases } = abis;
const { BitcoinPayments, BitcoinDebts, BitcoinLightClient } = abis;

/** The contracts whose events are indexed. @throws DeploymentError NO_CONTRACT */
export function indexedContracts(deployment: Deployment) {
  const market = { Pools, ComputeClasses, Markets, Providers, Attestations, Exchange, Leases };
  return contractsOf(deployment, { ...market, BitcoinPayments, BitcoinDebts, BitcoinLightClient });
}

export type IndexedContracts = ReturnType<typeof indexedContracts>;
export type IndexedEvent = ChainEvent<IndexedContracts>;
/** An event of one contract. */
export type EventOf<C extends keyof IndexedContracts> = Extract<IndexedEvent, { contract: C }>;

/** Where a handler reads and writes, and the block that it is about. */
export interface HandlerContext {
  readonly rows: Rows;
  readonly block: Block;
  /** Of the block, Unix seconds. */
  readonly time: number;
}
