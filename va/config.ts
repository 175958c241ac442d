// SPDX-License-Identifier: Apache-2.0
import { open } from "node:fs/promises";
import { isHex } from "viem";
import { z } from "zod";
import type { Finality } from "../offchain/chain/source.ts";
import { ConfigError, integer, readConfig, urlList } from "../offchain/core/config.ts";
import { messageOf } from "../offchain/core/errors.ts";
import { readJson } from "../offchain/core/files.ts";
import { type BitcoinKey, bitcoinKey } from "./bitcoin/key.ts";
import { type Offers, offersSchema } from "./offers.ts";
import { type Credential, parseCredential } from "./openstack/index.ts";

const path = (what: string) => z.string().min(1).describe(`path of ${what}`);

const schema = z.object({
  /** Endpoints of the chain; all of them have to agree before a server is deleted. */
  RPC_URLS: urlList,
  CHAIN_ID: integer(1, Number.MAX_SAFE_INTEGER),
  DEPLOYMENT_FILE: path("the deployment file"),
  /** The appliance's id on chain. */
  APPLIANCE: integer(1, 4_294_967_295),
  HOT_KEY_FILE: path("a file that holds the hot key: 0x and 64 hex digits"),
  AGE_IDENTITY_FILE: path("a file of age identities, one a line: the present one and former ones"),
  OPENSTACK_CREDENTIAL_FILE: path("the OpenStack application credential (JSON)"),
  OFFERS_FILE: path("the offers file (JSON)"),
  /** A bitcoind for refunds; without it nobody refunds what leases in bitcoin owe, and their collateral is lost. */
  BITCOIN_URL: z
    .url({ protocol: /^https?$/ })
    .describe("an http(s) URL of bitcoind's RPC")
    .optional(),
  BITCOIN_USER: z.string().default(""),
  BITCOIN_PASSWORD: z.string().default(""),
  /** Instead of user and password. */
  BITCOIN_COOKIE_FILE: z.string().min(1).describe("path of bitcoind's .cookie").optional(),
  /** A wallet of that bitcoind, whose coins refunds may take as well. */
  BITCOIN_WALLET: z.string().min(1).describe("the name of a wallet").optional(),
  /** Signs refunds; without it they are written as PSBTs. */
  BITCOIN_KEY_FILE: path("a file that holds the appliance's Bitcoin key: 0x and 64 hex digits").optional(),
  /** Where a device finds the appliance's key, for PSBTs. */
  BITCOIN_KEY_ORIGIN: z
    .string()
    .regex(/^[0-9a-f]{8}(\/\d+[h']?)+$/)
    .describe("fingerprint and path, such as 1a2b3c4d/86h/0h/0h/0/0")
    .optional(),
  /** Satoshi per vbyte. */
  MAX_FEE_RATE: integer(1, 100_000).default(300),
  /** What the provider declares of its stack (see attest/); the appliance keeps it attested. */
  STACK_FILE: path("the declaration of the stack (JSON)").optional(),
  /** How often the cloud is asked whether its stack is still the one attested. */
  ATTEST_POLL_MS: integer(100, 86_400_000).default(3_600_000),
  /** How long before its end an attestation (30 days) is renewed: earlier than asks (7 days) would be cut short. */
  ATTEST_BEFORE_S: integer(3_600, 2_505_600).default(864_000),
  /** Holds a cache, and PSBTs that wait to be signed. */
  DATA_DIR: path("a folder that can be written"),
  /** For a chain without block tags: what is safe and what is final, in blocks below the latest. Both or none. */
  SAFE_DEPTH: integer(0, 1_000_000).optional(),
  FINALIZED_DEPTH: integer(1, 1_000_000).optional(),
  POLL_MS: integer(50, 3_600_000).default(1_000),
  ASK_POLL_MS: integer(50, 3_600_000).default(10_000),
  CLOUD_POLL_MS: integer(50, 600_000).default(2_000),
  /** What one request to the cloud may take. */
  CLOUD_DEADLINE_MS: integer(100, 600_000).default(30_000),
  FULL_PASS_MS: integer(100, 3_600_000).default(30_000),
  BEAT_INTERVAL_S: integer(1, 3_599).default(1_200),
  DECLINE_MARGIN_S: integer(1, 1_799).default(300),
  /** How long a lease's server is seen not to run before the lease is evicted. */
  EVICT_AFTER_S: integer(10, 604_800).default(3_600),
  HOST_KEY_WAIT_MS: integer(0, 600_000).default(90_000),
  /** Serves metrics and health (see offchain/core/metrics.ts) when set; 0: the system chooses. */
  METRICS_PORT: integer(0, 65_535).optional(),
  METRICS_HOST: z.string().min(1).default("127.0.0.1").describe("the address to serve metrics at"),
  /** Longer without a new block is not healthy. */
  STALE_MS: integer(1_000, 86_400_000).default(120_000),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
});

/** What a `main` needs of the environment. Times are in the units that their names end with. */
export type Settings = z.output<typeof schema>;

/** Everything that the configuration names, read. */
export interface Config {
  readonly settings: Settings;
  readonly offers: Offers;
  readonly credential: Credential;
  /** `AGE-SECRET-KEY-1…` */
  readonly ageIdentities: readonly string[];
  /** Undefined when none is given. */
  readonly bitcoinKey: BitcoinKey | undefined;
}

/**
 * Reads the configuration: the environment's variables, and for what they leave out the fields of the same names in the JSON
 * file that CONFIG_FILE names.
 *
 * @throws ConfigError naming each key, what it is and what it has to be
 */
export async function loadConfig(environment: Readonly<Record<string, string | undefined>>): Promise<Config> {
  const settings = readConfig(schema, await withFile(environment));
  requireDepths(settings);
  const offers = await reading("OFFERS_FILE", settings.OFFERS_FILE, "a file of offers", readOffers);
  const credential = await reading("OPENSTACK_CREDENTIAL_FILE", "a file", "an application credential", async () =>
    parseCredential(await readPrivate(settings.OPENSTACK_CREDENTIAL_FILE)),
  );
  const ageIdentities = await reading("AGE_IDENTITY_FILE", "a file", "at least one AGE-SECRET-KEY-1…", async () =>
    identitiesIn(await readPrivate(settings.AGE_IDENTITY_FILE)),
  );
  const { BITCOIN_KEY_FILE: keyFile } = settings;
  const key = keyFile === undefined ? undefined : await readBitcoinKey("BITCOIN_KEY_FILE", keyFile);
  return { settings, offers, credential, ageIdentities, bitcoinKey: key };
}

/** @param name of the setting that names the file. @throws ConfigError */
export function readBitcoinKey(name: string, file: string): Promise<BitcoinKey> {
  return reading(name, "a file", "0x and 64 hex digits, a key of secp256k1", async () =>
    bitcoinKeyIn(await readPrivate(file)),
  );
}

function requireDepths({ SAFE_DEPTH: safe, FINALIZED_DEPTH: final }: Settings): void {
  if ((safe === undefined) === (final === undefined) && (safe ?? 0) <= (final ?? 0)) return;
  const need = "both or neither, FINALIZED_DEPTH at least SAFE_DEPTH";
  throw new ConfigError([
    { key: "SAFE_DEPTH", have: `${safe ?? "not set"}, FINALIZED_DEPTH ${final ?? "not set"}`, need },
  ]);
}

/** How the chain says what is safe and final. */
export function finalityOf({ SAFE_DEPTH: safeDepth, FINALIZED_DEPTH: finalizedDepth }: Settings): Finality {
  return safeDepth === undefined || finalizedDepth === undefined ? "tags" : { safeDepth, finalizedDepth };
}

async function withFile(environment: Readonly<Record<string, string | undefined>>): Promise<Record<string, unknown>> {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ""),
  );
  const file = environment.CONFIG_FILE;
  if (file === undefined || file === "") return given;
  const fields = await reading("CONFIG_FILE", file, "a JSON file of settings", (name) =>
    readJson(name, z.record(z.string(), z.unknown())),
  );
  if (fields === undefined) throw new ConfigError([{ key: "CONFIG_FILE", have: file, need: "a file that exists" }]);
  return { ...fields, ...given };
}

/** The offers file's content. @throws Error when it is not there or wrong */
export async function readOffers(file: string): Promise<Offers> {
  const offers = await readJson(file, offersSchema);
  if (offers === undefined) throw new Error("there is no such file");
  return offers;
}

async function reading<T>(key: string, have: string, need: string, read: (file: string) => Promise<T>): Promise<T> {
  try {
    return await read(have);
  } catch (error) {
    throw new ConfigError([{ key, have, need: `${need} (${messageOf(error)})` }]);
  }
}

function bitcoinKeyIn(text: string): BitcoinKey {
  const secret = text.trim();
  if (!isHex(secret) || secret.length !== 66) throw new Error("it holds something else");
  return bitcoinKey(secret);
}

function identitiesIn(text: string): string[] {
  const lines = text.split("\n").map((line) => line.trim());
  const identities = lines.filter((line) => line !== "" && !line.startsWith("#"));
  if (identities.length === 0) throw new Error("it holds none");
  const at = identities.findIndex((line) => !/^AGE-SECRET-KEY-1[A-Z0-9]+$/i.test(line));
  if (at !== -1) throw new Error(`entry ${at + 1} is none`);
  return identities;
}

/** A file that holds a secret: nobody but its owner may have access to it. */
async function readPrivate(file: string): Promise<string> {
  const handle = await open(file, "r");
  try {
    const mode = (await handle.stat()).mode & 0o777;
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw new Error(`its mode is 0${mode.toString(8)}: others may get at it; it has to be 0600`);
    }
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}
