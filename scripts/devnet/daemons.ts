// SPDX-License-Identifier: Apache-2.0
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { Credential } from "../../va/openstack/index.ts";
import { type RunningProcess, startProcess } from "./process.ts";
import type { Role } from "./roles.ts";
import type { Stack } from "./stack.ts";

/** A daemon that has said that it is ready. */
export type Daemon = RunningProcess<{ readonly url?: string }>;

const READY_TIMEOUT_MS = 60_000;
const readyLine = z.object({ ready: z.literal(true), url: z.string().optional() });
const main = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Starts a relayer whose gas and bonds `by` pays; `url` is its API. Its data lies in the stack's folder under `name`. */
export async function startRelayer(stack: Stack, by: Role, signal: AbortSignal, name = "relayer"): Promise<Daemon> {
  const dir = join(stack.dir, name);
  await mkdir(dir, { recursive: true });
  return startDaemon({
    main: main("offchain/relayer/main.ts"),
    logFile: join(stack.dir, `${name}.log`),
    signal,
    env: {
      XOV_RPC_URLS: stack.anvil.url,
      XOV_CHAIN_ID: `${stack.deployment.chainId}`,
      XOV_DEPLOYMENT_FILE: stack.deploymentFile,
      XOV_KEY_FILE: await secretFile(join(dir, "key"), by.privateKey),
      XOV_BITCOIN_URL: stack.bitcoind.rpcUrl,
      XOV_BITCOIN_USER: stack.bitcoind.auth.user,
      XOV_BITCOIN_PASSWORD: stack.bitcoind.auth.password,
      XOV_DATA_DIR: dir,
      XOV_POLL_MS: "250",
    },
  });
}

/** What a VA is started with. */
export interface VaParameters {
  readonly stack: Stack;
  /** Of its log and data in the stack's folder. */
  readonly name: string;
  readonly appliance: number;
  readonly hotKey: Role;
  readonly ageIdentity: string;
  /** Secret of the appliance's Bitcoin key, which signs refunds; without it none are made. */
  readonly bitcoinSecret?: `0x${string}`;
  readonly credential: Credential;
  /** Content of the offers file; see `va/offers.ts`. */
  readonly offers: unknown;
  /** Settings over those of a local network, which look around often. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Starts a VA. */
export async function startVa(parameters: VaParameters): Promise<Daemon> {
  const { stack, name, appliance, hotKey, ageIdentity, bitcoinSecret, credential, offers, environment, signal } =
    parameters;
  const dir = join(stack.dir, name);
  await mkdir(dir, { recursive: true });
  const offersFile = join(dir, "offers.json");
  await writeFile(offersFile, JSON.stringify(offers, null, 2));
  return startDaemon({
    main: main("va/main.ts"),
    logFile: join(stack.dir, `${name}.log`),
    signal,
    env: {
      RPC_URLS: stack.anvil.url,
      CHAIN_ID: `${stack.deployment.chainId}`,
      DEPLOYMENT_FILE: stack.deploymentFile,
      APPLIANCE: `${appliance}`,
      HOT_KEY_FILE: await secretFile(join(dir, "hot-key"), hotKey.privateKey),
      AGE_IDENTITY_FILE: await secretFile(join(dir, "age-identity"), ageIdentity),
      OPENSTACK_CREDENTIAL_FILE: await secretFile(join(dir, "openstack.json"), JSON.stringify(credential)),
      OFFERS_FILE: offersFile,
      ...(bitcoinSecret === undefined ? {} : await bitcoinSettings(stack, dir, bitcoinSecret)),
      DATA_DIR: dir,
      POLL_MS: "250",
      ASK_POLL_MS: "1000",
      CLOUD_POLL_MS: "250",
      FULL_PASS_MS: "5000",
      ...environment,
    },
  });
}

async function bitcoinSettings({ bitcoind }: Stack, dir: string, secret: string): Promise<Record<string, string>> {
  return {
    BITCOIN_URL: bitcoind.rpcUrl,
    BITCOIN_USER: bitcoind.auth.user,
    BITCOIN_PASSWORD: bitcoind.auth.password,
    BITCOIN_KEY_FILE: await secretFile(join(dir, "bitcoin-key"), secret),
  };
}

/** What a pool service is started with. */
export interface PoolParameters {
  readonly stack: Stack;
  readonly poolName: string;
  readonly relayerUrl: string;
  /** Content of the catalogue file: images by appliance. */
  readonly catalogue: Readonly<Record<number, { readonly images: readonly string[] }>>;
  /** Of the site on the loopback interface; 0: the system chooses. */
  readonly port: number;
  readonly signal: AbortSignal;
}

/** Starts a pool service with its embedded database; `url` is the site. */
export async function startPool(parameters: PoolParameters): Promise<Daemon> {
  const { stack, poolName, relayerUrl, catalogue, port, signal } = parameters;
  const dir = join(stack.dir, "pool");
  await mkdir(dir, { recursive: true });
  const catalogueFile = join(dir, "catalogue.json");
  await writeFile(catalogueFile, JSON.stringify(catalogue, null, 2));
  return startDaemon({
    main: main("offchain/pool/main.ts"),
    logFile: join(stack.dir, "pool.log"),
    signal,
    env: {
      XOV_RPC_URLS: stack.anvil.url,
      XOV_CHAIN_ID: `${stack.deployment.chainId}`,
      XOV_DEPLOYMENT_FILE: stack.deploymentFile,
      XOV_POOL_NAME: poolName,
      XOV_BITCOIN_NETWORK: "regtest",
      XOV_RELAYER_URL: relayerUrl,
      XOV_DATA_DIR: join(dir, "database"),
      XOV_CATALOGUE_FILE: catalogueFile,
      XOV_PORT: `${port}`,
      XOV_POLL_MS: "250",
    },
  });
}

interface DaemonParameters {
  readonly main: string;
  readonly env: Record<string, string>;
  readonly logFile: string;
  readonly signal: AbortSignal;
}

function startDaemon({ main: file, env, logFile, signal }: DaemonParameters): Promise<Daemon> {
  return startProcess({
    command: process.execPath,
    args: ["--import", "tsx", file],
    env,
    logFile,
    signal,
    readyTimeoutMs: READY_TIMEOUT_MS,
    ready: (line) => {
      if (!line.startsWith('{"ready":true')) return undefined;
      const { url } = readyLine.parse(JSON.parse(line));
      return url === undefined ? {} : { url };
    },
  });
}

async function secretFile(path: string, content: string): Promise<string> {
  await writeFile(path, `${content}\n`, { mode: 0o600 });
  return path;
}
