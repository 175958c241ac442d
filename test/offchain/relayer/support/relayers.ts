// SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../../../offchain/core/clock.ts";
import { type ProcessExit, startProcess } from "../../../../scripts/devnet/process.ts";
import { type Role, role } from "../../../../scripts/devnet/roles.ts";
import type { Stack } from "../../../../scripts/devnet/stack.ts";

/** A payment in `GET /leases/:id`. */
export interface ReportedPayment {
  readonly txid: string;
  readonly vout: number;
  readonly sats: string;
  readonly status: string;
  readonly confirmations: number;
  readonly needed?: number;
  readonly replacedBy?: string;
}

export interface RunningRelayer {
  readonly url: string;
  readonly pid: number;
  /** What it has logged, also in earlier runs under the same name. */
  log(): Promise<string>;
  post(path: string, body: unknown): Promise<{ status: number; body: Record<string, unknown> }>;
  get(path: string): Promise<{ status: number; body: Record<string, unknown> }>;
  /** Of a lease, as reported. */
  state(leaseId: string): Promise<unknown>;
  payments(leaseId: string): Promise<readonly ReportedPayment[]>;
  /** SIGTERM; resolves to how it ended. */
  stop(): Promise<ProcessExit>;
  /** SIGKILL; resolves when it has ended. */
  kill9(): Promise<void>;
}

export interface StartRelayerParameters {
  readonly stack: Stack;
  /** Of the stack's folder; the same name is the same data. */
  readonly name: string;
  readonly by?: Role;
  /** Default: the stack's chain node. */
  readonly rpcUrl?: string;
  /** Further environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default 30,000. */
  readonly readyTimeoutMs?: number;
}

const ENTRY = new URL("../../../../offchain/relayer/main.ts", import.meta.url).pathname;

export async function startRelayer({
  stack,
  name,
  by = role("relayer"),
  rpcUrl,
  env = {},
  readyTimeoutMs = 30_000,
}: StartRelayerParameters): Promise<RunningRelayer> {
  const dir = join(stack.dir, name);
  await mkdir(dir, { recursive: true });
  const keyFile = join(dir, "key");
  await writeFile(keyFile, by.privateKey, { mode: 0o600 });
  const logFile = join(stack.dir, `${name}.log`);
  const running = await startProcess({
    command: process.execPath,
    args: ["--import", "tsx", ENTRY],
    env: {
      XOV_RPC_URLS: rpcUrl ?? stack.anvil.url,
      XOV_CHAIN_ID: `${stack.anvil.chainId}`,
      XOV_DEPLOYMENT_FILE: stack.deploymentFile,
      XOV_KEY_FILE: keyFile,
      XOV_BITCOIN_URL: stack.bitcoind.rpcUrl,
      XOV_BITCOIN_USER: stack.bitcoind.auth.user,
      XOV_BITCOIN_PASSWORD: stack.bitcoind.auth.password,
      XOV_DATA_DIR: join(dir, "data"),
      XOV_POLL_MS: "100",
      ...env,
    },
    ready: (line) => (line.startsWith('{"ready":true') ? (JSON.parse(line) as { url: string }).url : undefined),
    readyTimeoutMs,
    logFile,
  });
  const url = running.ready;
  const get = (path: string) => request(`${url}${path}`, {});
  return {
    url,
    pid: running.pid,
    log: () => readFile(logFile, "utf8"),
    post: (path, body) => request(`${url}${path}`, { method: "POST", body: JSON.stringify(body) }),
    get,
    state: async (leaseId) => (await get(`/leases/${leaseId}`)).body.state,
    payments: async (leaseId) => ((await get(`/leases/${leaseId}`)).body.payments ?? []) as ReportedPayment[],
    stop: async () => {
      await running.stop();
      return await running.exited;
    },
    kill9: async () => {
      running.kill9();
      await running.exited;
    },
  };
}

async function request(url: string, init: RequestInit) {
  const response = await fetch(url, { ...init, headers: { "content-type": "application/json" } });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Waits until `probe` gives something, asking ten times a second. */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
  ms = 20_000,
): Promise<T> {
  const deadline = systemClock.now() + ms;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (systemClock.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`);
    await systemClock.sleep(100);
  }
}
