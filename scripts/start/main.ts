// SPDX-License-Identifier: Apache-2.0
// A whole local market in one process tree: chain node, bitcoind (regtest), three providers with their clouds and VAs, the
// relayer, the pool and its site. Ctrl-C ends all of it and nothing else.
//
//   --keep        keeps chain, bitcoin, clouds and leases in .xov/network and goes on from there the next time
//   --state DIR   the same, in this folder
//   --port N      of the site; default 4180, so that a browser finds its secret again; 0: the system chooses
//   --block S     seconds between bitcoin blocks; default 15, 0: none is mined
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { systemClock } from "../../offchain/core/clock.ts";
import { buildSite } from "../../offchain/web/buildSite.ts";
import { createSteps } from "../demo/steps.ts";
import { type Daemon, startPool, startRelayer } from "../devnet/daemons.ts";
import { role } from "../devnet/roles.ts";
import { type Stack, startStack } from "../devnet/stack.ts";
import { showLogs } from "./logView.ts";
import { openShops, POOL, type Shop } from "./network.ts";

const KEPT = fileURLToPath(new URL("../../.xov/network", import.meta.url));

const { values } = parseArgs({
  options: {
    keep: { type: "boolean", default: false },
    state: { type: "string" },
    port: { type: "string", default: "4180" },
    block: { type: "string", default: "15" },
  },
});
const port = numberOf("port", values.port, 65_535);
const blockSeconds = numberOf("block", values.block, 86_400);

const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort(new Error(name)));
const kept = values.state ?? (values.keep ? KEPT : undefined);
const dir = kept ?? (await mkdtemp(join(tmpdir(), "xov-start-")));
const steps = createSteps(systemClock, process.stdout);
let failure: unknown;
try {
  await run();
} catch (error) {
  if (!stop.signal.aborted) failure = error;
}
stop.abort();
if (failure !== undefined) {
  process.stderr.write(`\n${failure instanceof Error ? failure.message : failure}\nLogs: ${dir}\n`);
  process.exitCode = 1;
} else if (kept === undefined) {
  await rm(dir, { recursive: true, force: true });
}

async function run(): Promise<void> {
  const { signal } = stop;
  const [stack] = await steps.run("chain node, bitcoind, contracts; the site is built", () =>
    Promise.all([startStack({ dir, signal }), buildSite()]),
  );
  const stops: (() => Promise<void>)[] = [];
  try {
    const shops = await steps.run(`pool ${POOL} and three providers`, (progress) => openShops(stack, progress));
    stops.push(...shops.map(({ cloud }) => cloud.close));
    const relayer = await steps.run("relayer", () => startRelayer(stack, role("relayer"), signal));
    const daemons = await steps.run("VAs and the pool's service", () =>
      Promise.all([...shops.map(({ provider }) => provider.startVa(signal)), pool(stack, shops, relayer)]),
    );
    stops.unshift(...[relayer, ...daemons].map((daemon) => () => daemon.stop()));
    tell(stack, daemons.at(-1)?.ready.url ?? "");
    const logs = ["relayer", "pool", ...shops.map((_, n) => `va-${n}`)].map((name) => join(dir, `${name}.log`));
    await Promise.all([showLogs(logs, systemClock, signal), mine(stack, signal)]);
  } finally {
    process.stdout.write("\nending\n");
    await Promise.allSettled(stops.map((each) => each()));
    await stack.stop();
  }
}

function pool(stack: Stack, shops: readonly Shop[], relayer: Daemon): Promise<Daemon> {
  const catalogue = shops.map(({ provider, seller }) => {
    return [provider.appliance, { images: seller.images.map(({ name }) => name) }];
  });
  return startPool({
    stack,
    poolName: POOL,
    relayerUrl: relayer.ready.url ?? "",
    catalogue: Object.fromEntries(catalogue),
    port,
    signal: stop.signal,
  });
}

/** Blocks come by themselves, as they do outside, only sooner. */
async function mine({ wallet }: Stack, signal: AbortSignal): Promise<void> {
  while (blockSeconds > 0 && !signal.aborted) {
    await systemClock.sleep(blockSeconds * 1_000, signal).catch(() => undefined);
    if (!signal.aborted) await wallet.mine(1);
  }
}

function tell({ bitcoind }: Stack, url: string): void {
  const { user, password } = bitcoind.auth;
  const call = `curl -s -u ${user}:${password} ${bitcoind.rpcUrl}/wallet/user -d`;
  process.stdout.write(`
  Site      ${url}
  Wallet    a funded regtest wallet is in bitcoind; pay from it with
            ${call} '{"method":"sendtoaddress","params":["ADDRESS","0.00001000"]}'
  Blocks    ${blockSeconds > 0 ? `one every ${blockSeconds} s; at once with` : "with"}
            ${call} '{"method":"generatetoaddress","params":[1,"ADDRESS"]}'
  State     ${dir}${kept !== undefined ? "" : " (gone at the end; --keep keeps it)"}
  Ctrl-C    ends everything

`);
}

function numberOf(name: string, text: string, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  process.stderr.write(`--${name} is ${text}; it has to be a whole number from 0 to ${most}\n`);
  process.exit(78);
}
