// SPDX-License-Identifier: Apache-2.0
import { parseUnits } from "viem";
import { z } from "zod";
import { ConfigError, integer, readConfig, urlList } from "../core/config.ts";
import { readWebhooks, type WebhooksConfig } from "./webhooks/config.ts";

const DAY_S = 86_400;

const path = z.string().min(1).describe("a path");

const amount = (decimals: number) =>
  z
    .string()
    .regex(/^\d+(\.\d+)?$/)
    .transform((text) => parseUnits(text, decimals))
    .pipe(z.bigint().positive());

const schema = z.object({
  XOV_RPC_URLS: urlList,
  XOV_CHAIN_ID: integer(1, Number.MAX_SAFE_INTEGER),
  XOV_DEPLOYMENT_FILE: path,
  XOV_KEY_FILE: path.describe("the path of a file with the private key of the account that pays gas and bonds"),
  XOV_BITCOIN_URL: z.url({ protocol: /^https?$/ }).describe("the http(s) URL of bitcoind's RPC"),
  XOV_BITCOIN_COOKIE_FILE: path.optional().describe("the path of bitcoind's .cookie file"),
  XOV_BITCOIN_USER: z.string().min(1).optional().describe("the user of bitcoind's RPC"),
  XOV_BITCOIN_PASSWORD: z.string().optional().describe("the password of bitcoind's RPC"),
  XOV_ESPLORA_URLS: urlList.optional(),
  XOV_MAX_FEE_GWEI: amount(9).optional().describe("a decimal number of gwei per gas, more than 0"),
  XOV_SPEND_ETH_PER_DAY: amount(18).optional().describe("a decimal number of ether, more than 0"),
  XOV_BUMP_MS: integer(100, 3_600_000).default(30_000),
  XOV_WEBHOOKS_FILE: path.optional().describe("the path of a file with webhooks"),
  XOV_WEBHOOK_URL: z.string().min(1).optional().describe("the URL of a webhook"),
  XOV_WEBHOOK_SECRET: z.string().min(1).optional().describe("whsec_ and base64 of 24 to 64 bytes"),
  XOV_WEBHOOK_ALLOW: z
    .string()
    .transform((text) => text.split(",").map((host) => host.trim()))
    .optional()
    .describe("hosts, separated by commas"),
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
  /** Bases of Esplora's REST API, asked when bitcoind fails or has lost touch; in order of preference. */
  readonly esploraUrls: readonly string[];
  /** Wei; no transaction offers more per gas. */
  readonly maxFeePerGas: bigint | undefined;
  /** Wei that may be spent in a day of UTC. */
  readonly spendPerDay: bigint | undefined;
  /** After how long a transaction that is not mined is sent again with higher fees, milliseconds. */
  readonly bumpAfterMs: number;
  /** The path of a file with webhooks, or the one that the environment names. */
  readonly webhooks: { readonly file: string } | WebhooksConfig | undefined;
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
    esploraUrls: (config.XOV_ESPLORA_URLS ?? []).map((url) => url.replace(/\/+$/, "")),
    maxFeePerGas: config.XOV_MAX_FEE_GWEI,
    spendPerDay: config.XOV_SPEND_ETH_PER_DAY,
    bumpAfterMs: config.XOV_BUMP_MS,
    webhooks: webhooksOf(config),
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

function webhooksOf(config: z.output<typeof schema>): RelayerConfig["webhooks"] {
  const {
    XOV_WEBHOOKS_FILE: file,
    XOV_WEBHOOK_URL: url,
    XOV_WEBHOOK_SECRET: secret,
    XOV_WEBHOOK_ALLOW: allow,
  } = config;
  const others = url ?? secret ?? allow;
  if (file === undefined && others === undefined) return undefined;
  if (file !== undefined && others === undefined) return { file };
  if (file !== undefined) {
    const need = "either this, or XOV_WEBHOOK_URL with XOV_WEBHOOK_SECRET";
    throw new ConfigError([{ key: "XOV_WEBHOOKS_FILE", have: "both", need }]);
  }
  return readWebhooks({ allow, webhooks: [{ name: "default", url, secret }] });
}
