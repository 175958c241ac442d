// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { Hash } from "../../../offchain/bitcoin/bytes.ts";
import { type BitcoinNode, createBitcoinNode } from "../../../offchain/bitcoin/node.ts";
import { createRpc } from "../../../offchain/bitcoin/rpc.ts";
import { systemClock } from "../../../offchain/core/clock.ts";
import { type Bitcoind, startBitcoind } from "../../../scripts/devnet/bitcoind.ts";
import { freePort } from "../../../scripts/devnet/process.ts";
import { bitcoindCommand } from "../../../scripts/setup/bitcoind.mjs";

/** A bitcoind with a chain and a wallet of its own. */
export interface Regtest {
  node: BitcoinNode;
  datadir: string;
  rpcUrl: string;
  auth: { user: string; password: string };
  /** Any RPC, for what the library does not do: mining and the wallet. */
  rpc<T>(method: string, params: readonly unknown[], schema: z.ZodType<T>): Promise<T>;
  /** Mines blocks that hold the mempool; gives their hashes. */
  mine(count: number): Promise<Hash[]>;
  /** Sends from the wallet, replaceably; gives the transaction's id. */
  pay(outputs: Readonly<Record<string, bigint>>): Promise<Hash>;
  /** Makes the node leave a block and all that follow it. */
  invalidate(hash: Hash): Promise<void>;
  /** Ends the node and starts it again on the same port and folder. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export const text = z.string();

/** Starts a node whose wallet can spend `spendable` coinbases of 50 BTC each. */
export async function startRegtest(spendable = 10): Promise<Regtest> {
  const datadir = await mkdtemp(join(tmpdir(), "xov-bitcoind-"));
  const rpcPort = await freePort();
  const start = () => startBitcoind({ command: bitcoindCommand(), datadir, rpcPort, args: ["-keypool=5"] });
  let running: Bitcoind = await start();
  const connection = { url: running.rpcUrl, auth: running.auth, clock: systemClock };
  const client = createRpc({ ...connection, retries: 0 });
  const rpc: Regtest["rpc"] = (method, params, schema) => client.call({ method, params, schema });
  await rpc("createwallet", ["test", false, false, "", false, true, true], z.unknown());
  const mine: Regtest["mine"] = async (count) => {
    // Always a new address: in the same second, a block to the same one would be the very block that was invalidated.
    const miner = await rpc("getnewaddress", [], text);
    return rpc("generatetoaddress", [count, miner], z.array(text));
  };
  await mine(100 + spendable);
  return {
    node: createBitcoinNode(connection),
    datadir,
    rpcUrl: running.rpcUrl,
    auth: running.auth,
    rpc,
    mine,
    pay: (outputs) => {
      const amounts = Object.entries(outputs).map(([address, sats]) => ({ [address]: Number(sats) / 1e8 }));
      const schema = z.object({ txid: text });
      return rpc("send", [amounts, null, "unset", 2, { replaceable: true }], schema).then(({ txid }) => txid);
    },
    invalidate: async (hash) => {
      await rpc("invalidateblock", [hash], z.null());
    },
    restart: async () => {
      await running.stop();
      running = await start();
    },
    stop: async () => {
      await running.stop();
      await rm(datadir, { recursive: true, force: true });
    },
  };
}

/** The next `count` values of a stream, which stays open. */
export async function take<T>(stream: AsyncGenerator<T, void, void>, count: number): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < count) {
    const { value, done } = await stream.next();
    if (done) throw new Error(`the stream ended after ${taken.length} of ${count} values`);
    taken.push(value);
  }
  return taken;
}
