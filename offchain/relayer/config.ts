// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { ConfigError, integer, readConfig, urlList } from "../core/config.ts";

const DAY_S = 86_400;

const path = z.string().min(1).describe("a path");

const schema = z.object({
  XOV_RPC_URLS: urlList,
  XOV_CHAIN_ID: integer(1, Number.MAX_SAFE_INTEGER),
  XOV_DEPLOYMENT_FILE: path,
  XOV_KEY_FILE: path.describe("the path of a file with the private key of the account that pays gas and bonds"),
  XOV_BITCOIN_URL: z.url({ protocol: /^https?$/ }).describe("the http(s) URL of bitcoind's RPC"),
  XOV_BITCOIN_COOKIE_FILE: path.optional().describe("the path of bitcoind's .cookie file"),
  XOV_BITCOIN_USER: z.string().min(1).optional().describe("the user of bitcoind's RPC"),
  XOV_BITCOIN_PASSWORD: z.string().optional().describe("the password of bitcoind's RPC"),
  XOV_DATA_DIR: path.describe("the path of a folder for accepted takes"),
  XOV_PORT: integer(0, 65_535).default(0),
  XOV_POLL_MS: integer(50, 60_000).default(1_000),
  XOV_WATCH_DAYS: integer(0, 365).default(30),
});

/** What a relayer is started with. */
export interface RelayerConfig {
  readonly rpcUrls: readonly string[];
  readonly chainId: number;
  readonly deploymentFile: string;
  readonly keyFile: string;
  readonly bitcoin: {
    readonly url: string;
    readonly auth: { cookieFile: string } | { user: string; password: string };
  };
  readonly dataDir: string;
  /** On the loopback interface; 0: the system chooses. */
  readonly port: number;
  readonly pollMs: number;
  /** How long after its end a lease's address is watched, seconds. */
  readonly watchAfterEnd: number;
}

/** @throws ConfigError */
export function readRelayerConfig(environment: Readonly<Record<string, string | undefined>>): RelayerConfig {
  const config = readConfig(schema, environment);
  return {
    rpcUrls: config.XOV_RPC_URLS,
    chainId: config.XOV_CHAIN_ID,
    deploymentFile: config.XOV_DEPLOYMENT_FILE,
    keyFile: config.XOV_KEY_FILE,
    bitcoin: { url: config.XOV_BITCOIN_URL, auth: bitcoinAuth(config) },
    dataDir: config.XOV_DATA_DIR,
    port: config.XOV_PORT,
    pollMs: config.XOV_POLL_MS,
    watchAfterEnd: config.XOV_WATCH_DAYS * DAY_S,
  };
}

function bitcoinAuth(config: z.output<typeof schema>): RelayerConfig["bitcoin"]["auth"] {
  const { XOV_BITCOIN_COOKIE_FILE: cookieFile, XOV_BITCOIN_USER: user, XOV_BITCOIN_PASSWORD: password } = config;
  if (cookieFile !== undefined && user === undefined) return { cookieFile };
  if (cookieFile === undefined && user !== undefined && password !== undefined) return { user, password };
  const have = cookieFile === undefined ? "neither" : "both";
  const need = "either this, or XOV_BITCOIN_USER and XOV_BITCOIN_PASSWORD";
  throw new ConfigError([{ key: "XOV_BITCOIN_COOKIE_FILE", have, need }]);
}
