// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { BitcoinNetwork } from "../bitcoin/taproot.ts";
import { ConfigError, integer, readConfig, urlList } from "../core/config.ts";
import type { DatabaseLocation } from "../indexer/database.ts";
import type { Limits } from "./deps.ts";

const BITCOIN_NETWORKS = ["mainnet", "testnet", "signet", "regtest"] as const;
/** Where `npm run build` puts the site. */
const BUILT_SITE = fileURLToPath(new URL("../web/dist", import.meta.url));

const path = (what: string) => z.string().min(1).describe(`the path of ${what}`);

const schema = z.object({
  XOV_RPC_URLS: urlList,
  XOV_CHAIN_ID: integer(1, Number.MAX_SAFE_INTEGER),
  XOV_DEPLOYMENT_FILE: path("the deployment file"),
  XOV_POOL_NAME: z
    .string()
    .regex(/^[a-z0-9-]{3,32}$/)
    .describe("a pool's name: 3 to 32 of a-z, 0-9 and -"),
  XOV_BITCOIN_NETWORK: z.enum(BITCOIN_NETWORKS).describe(`one of ${BITCOIN_NETWORKS.join(", ")}`),
  XOV_RELAYER_URL: z.url({ protocol: /^https?$/ }).describe("the http(s) URL of the relayer"),
  XOV_DATA_DIR: path("a folder for the embedded database").optional(),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe("the URL of a PostgreSQL database"),
  XOV_CATALOGUE_FILE: path("the catalogue of images").optional(),
  XOV_SITE_DIR: path("the built site").default(BUILT_SITE),
  XOV_HOST: z.string().min(1).default("127.0.0.1").describe("the address to listen on"),
  XOV_PORT: integer(0, 65_535).default(0),
  XOV_TRUSTED_PROXIES: integer(0, 10).default(0),
  XOV_POLL_MS: integer(50, 60_000).default(1_000),
  XOV_STALE_S: integer(5, 86_400).default(120),
  XOV_READS_PER_MINUTE: integer(1, 1_000_000).default(600),
  XOV_WRITES_PER_MINUTE: integer(1, 1_000_000).default(30),
  XOV_STREAMS_PER_CLIENT: integer(1, 10_000).default(20),
  XOV_STREAMS: integer(1, 100_000).default(1_000),
  XOV_LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
});

/** What the pool service is started with. */
export interface PoolConfig {
  readonly rpcUrls: readonly string[];
  readonly chainId: number;
  readonly deploymentFile: string;
  readonly poolName: string;
  readonly bitcoinNetwork: BitcoinNetwork;
  readonly relayerUrl: string;
  readonly database: DatabaseLocation;
  readonly catalogueFile: string | undefined;
  readonly siteDir: string;
  readonly host: string;
  /** 0: the system chooses. */
  readonly port: number;
  readonly trustedProxies: number;
  readonly pollMs: number;
  /** Without a new block for so long, the service says that it is not healthy, milliseconds. */
  readonly staleMs: number;
  readonly limits: Limits;
  readonly logLevel: z.output<typeof schema>["XOV_LOG_LEVEL"];
}

/** @throws ConfigError */
export function readPoolConfig(environment: Readonly<Record<string, string | undefined>>): PoolConfig {
  const config = readConfig(schema, environment);
  return {
    rpcUrls: config.XOV_RPC_URLS,
    chainId: config.XOV_CHAIN_ID,
    deploymentFile: config.XOV_DEPLOYMENT_FILE,
    poolName: config.XOV_POOL_NAME,
    bitcoinNetwork: config.XOV_BITCOIN_NETWORK,
    relayerUrl: config.XOV_RELAYER_URL,
    database: databaseOf(config),
    catalogueFile: config.XOV_CATALOGUE_FILE,
    siteDir: config.XOV_SITE_DIR,
    host: config.XOV_HOST,
    port: config.XOV_PORT,
    trustedProxies: config.XOV_TRUSTED_PROXIES,
    pollMs: config.XOV_POLL_MS,
    staleMs: config.XOV_STALE_S * 1_000,
    limits: {
      readsPerMinute: config.XOV_READS_PER_MINUTE,
      writesPerMinute: config.XOV_WRITES_PER_MINUTE,
      streamsPerClient: config.XOV_STREAMS_PER_CLIENT,
      streams: config.XOV_STREAMS,
    },
    logLevel: config.XOV_LOG_LEVEL,
  };
}

function databaseOf({ DATABASE_URL: url, XOV_DATA_DIR: folder }: z.output<typeof schema>): DatabaseLocation {
  if (url !== undefined) return { url };
  if (folder !== undefined) return { folder };
  const need = "a folder for the embedded database, or DATABASE_URL";
  throw new ConfigError([{ key: "XOV_DATA_DIR", have: "not set", need }]);
}
