// SPDX-License-Identifier: Apache-2.0
import { appendFile, mkdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { createRpc, type Rpc } from "../../offchain/bitcoin/rpc.ts";
import { systemClock } from "../../offchain/core/clock.ts";
import { freePort, startProcess } from "./process.ts";

export interface StartBitcoindParameters {
  /** The argv prefix that runs bitcoind, as `bitcoindCommand()` of `scripts/setup/bitcoind.mjs` gives it. */
  command: readonly string[];
  /** Made if it is not there. A node started again on the same folder has the same chain, wallets and mempool. */
  datadir: string;
  /** Of the RPC, on the loopback interface. Default: one that is free. */
  rpcPort?: number;
  /** Further arguments of bitcoind, such as `-txindex`. */
  args?: readonly string[];
  /** Receives what it prints, appended. */
  logFile?: string;
  /** Kills it when aborted. */
  signal?: AbortSignal;
}

export interface Bitcoind {
  rpcUrl: string;
  auth: { user: string; password: string };
  pid: number;
  /** What it says it is, such as "/Satoshi:29.1.0/Knots:20250903/"; also in its log file. */
  subversion: string;
  /** Ends it; chain, wallets and mempool have been written when this resolves. */
  stop(): Promise<void>;
  kill9(): void;
}

const READY_TIMEOUT_MS = 60_000;
// bitcoind writes its chain state when it ends, so it gets longer than other processes.
const STOP_GRACE_MS = 30_000;
const USER = "xov";
// Regtest on the loopback interface: it guards nothing.
const PASSWORD = "regtest";

/**
 * Starts bitcoind with a regtest chain of its own that talks to nobody: no peers, no DNS. Ready when its RPC answers.
 * @throws Error with the last lines of its output when it does not get ready
 */
export async function startBitcoind(parameters: StartBitcoindParameters): Promise<Bitcoind> {
  const { command, datadir, args = [], logFile, signal } = parameters;
  const [program, ...prefix] = command;
  if (program === undefined) throw new RangeError("an empty command");
  await mkdir(datadir, { recursive: true });
  const port = parameters.rpcPort ?? (await freePort());
  const rpcUrl = `http://127.0.0.1:${port}`;
  const auth = { user: USER, password: PASSWORD };
  const rpc = createRpc({ url: rpcUrl, auth, clock: systemClock, retries: 0 });
  const running = await startProcess({
    command: program,
    args: [...prefix, ...bitcoindArgs(datadir, port), ...args],
    ready: { probe: (probeSignal) => isUp(rpc, datadir, probeSignal) },
    readyTimeoutMs: READY_TIMEOUT_MS,
    ...(logFile === undefined ? {} : { logFile }),
    ...(signal === undefined ? {} : { signal }),
  });
  const subversion = await subversionOf(rpc);
  if (logFile !== undefined) await appendFile(logFile, `bitcoind is ${subversion}, of ${command.at(-1)}\n`);
  return {
    rpcUrl,
    auth,
    pid: running.pid,
    subversion,
    stop: () => running.stop(STOP_GRACE_MS),
    kill9: running.kill9,
  };
}

async function subversionOf(rpc: Rpc): Promise<string> {
  return (await rpc.call({ method: "getnetworkinfo", schema: z.object({ subversion: z.string() }) })).subversion;
}

function bitcoindArgs(datadir: string, port: number): string[] {
  return [
    "-regtest",
    `-datadir=${datadir}`,
    "-conf=/dev/null", // nothing of the user's own node
    "-server",
    `-rpcport=${port}`,
    "-rpcbind=127.0.0.1",
    "-rpcallowip=127.0.0.1",
    `-rpcuser=${USER}`,
    `-rpcpassword=${PASSWORD}`,
    "-listen=0",
    "-connect=0",
    "-dnsseed=0",
    "-fixedseeds=0",
    "-dbcache=16",
    "-fallbackfee=0.0001", // a new chain has no fees to estimate from
    "-persistmempool=1",
    "-printtoconsole",
  ];
}

/** Whether what answers on the port is the node of this datadir, for another process may have taken the port. */
async function isUp(rpc: Rpc, datadir: string, signal: AbortSignal): Promise<true | undefined> {
  const schema = z.object({ logpath: z.string() });
  const { logpath } = await rpc.call({ method: "getrpcinfo", schema }, signal);
  return (await realpath(logpath)) === (await realpath(join(datadir, "regtest", "debug.log"))) ? true : undefined;
}
