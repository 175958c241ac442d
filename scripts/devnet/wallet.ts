// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { createRpc } from "../../offchain/bitcoin/rpc.ts";
import { systemClock } from "../../offchain/core/clock.ts";
import type { Bitcoind } from "./bitcoind.ts";

/** A wallet inside a regtest bitcoind, which also mines. Ids and hashes are in printed order. */
export interface RegtestWallet {
  newAddress(): Promise<string>;
  /** Pays; the transaction signals that it can be replaced (BIP-125). Returns its id. */
  pay(address: string, sats: bigint): Promise<string>;
  /** Mines `count` blocks on the best chain, with what the mempool has. Returns their hashes. */
  mine(count: number): Promise<string[]>;
  /** Any other call of the node or of this wallet. */
  call<T>(method: string, params: readonly unknown[], schema: z.ZodType<T>): Promise<T>;
}

const SATS_PER_BITCOIN = 100_000_000n;
/** Coinbase outputs can be spent after 100 further blocks. */
const BLOCKS_TO_MATURITY = 101;

/** Opens the wallet of this name, or makes it and mines it a first spendable reward. */
export async function regtestWallet(bitcoind: Bitcoind, name: string): Promise<RegtestWallet> {
  const node = createRpc({ url: bitcoind.rpcUrl, auth: bitcoind.auth, clock: systemClock });
  // a payment made twice is two payments
  const once = { auth: bitcoind.auth, clock: systemClock, retries: 0 };
  const rpc = createRpc({ url: `${bitcoind.rpcUrl}/wallet/${name}`, ...once });
  const call: RegtestWallet["call"] = (method, params, schema) => rpc.call({ method, params, schema });
  const newAddress = () => call("getnewaddress", [], z.string());
  const mine = async (count: number) => call("generatetoaddress", [count, await newAddress()], z.array(z.string()));

  const known = await node.call({
    method: "listwalletdir",
    schema: z.object({ wallets: z.array(z.object({ name: z.string() })) }),
  });
  if (known.wallets.some((wallet) => wallet.name === name)) {
    const loaded = await node.call({ method: "listwallets", schema: z.array(z.string()) });
    if (!loaded.includes(name)) await node.call({ method: "loadwallet", params: [name], schema: z.unknown() });
  } else {
    await node.call({ method: "createwallet", params: [name], schema: z.unknown() });
    await mine(BLOCKS_TO_MATURITY);
  }
  return {
    newAddress,
    mine,
    call,
    pay: (address, sats) => {
      const amount = `${sats / SATS_PER_BITCOIN}.${(sats % SATS_PER_BITCOIN).toString().padStart(8, "0")}`;
      return call("sendtoaddress", [address, amount, "", "", false, true], z.string());
    },
  };
}
