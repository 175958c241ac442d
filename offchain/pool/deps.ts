// SPDX-License-Identifier: Apache-2.0
import type { Kysely } from "kysely";
import type { Address } from "viem";
import type { BitcoinNetwork } from "../bitcoin/taproot.ts";
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";
import type { Database } from "../indexer/tables.ts";
import type { Health, Offers } from "./api.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Hub } from "./hub.ts";
import type { PaymentWatch } from "./paymentWatch.ts";
import type { PerBlock } from "./perBlock.ts";
import type { RelayerClient } from "./relayerClient.ts";
import type { Site } from "./site.ts";
import type { TrustReader } from "./trustReader.ts";

/** Requests of one client in a minute; streams are those open at a time. */
export interface Limits {
  readonly readsPerMinute: number;
  readonly writesPerMinute: number;
  readonly streamsPerClient: number;
  /** Of all clients. */
  readonly streams: number;
}

/** All that the service needs. It has no key. */
export interface PoolDeps {
  readonly db: Kysely<Database>;
  /** The pool whose offers it shows, by name. */
  readonly poolName: string;
  readonly chainId: number;
  /** Addresses by contract name. */
  readonly contracts: Readonly<Record<string, string>>;
  readonly bitcoinNetwork: BitcoinNetwork;
  readonly relayer: RelayerClient;
  /** `nonces(holder)` of the Leases contract, as the chain has it now. @throws viem's BaseError */
  readonly nonceOf: (holder: Address) => Promise<bigint>;
  /** What the trust lens says of holders and providers. */
  readonly trust: TrustReader;
  readonly catalogue: Catalogue;
  readonly offersPerBlock: PerBlock<Offers>;
  readonly hub: Hub;
  readonly paymentWatch: PaymentWatch;
  /** Undefined serves the API alone. */
  readonly site: Site | undefined;
  readonly limits: Limits;
  /** How many proxies stand before the service, whose word on the client's address counts. */
  readonly trustedProxies: number;
  /** Whether the index was at the chain's end once since the start. */
  readonly ready: () => boolean;
  readonly health: () => Promise<Health>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Ends event streams. */
  readonly signal: AbortSignal;
}
