// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { crypto, Transaction } from "bitcoinjs-lib";
import { z } from "zod";
import type { Hash } from "../../offchain/bitcoin/bytes.ts";
import { createRpc } from "../../offchain/bitcoin/rpc.ts";
import { systemClock as clock } from "../../offchain/core/clock.ts";
import type { Stack } from "../devnet/stack.ts";

/** A coin that anybody can spend, without a signature: P2WSH of OP_TRUE. */
interface Coin {
  readonly txid: Hash;
  readonly vout: number;
}

const OP_TRUE = Uint8Array.of(0x51);
const ANYBODY = Uint8Array.of(0x00, 0x20, ...crypto.sha256(OP_TRUE));
const COIN_SATS = 20_000n;
/** More than a satoshi for each of its virtual bytes. */
const FEE_SATS = 200n;
/** What each payment pays. */
export const PAYMENT_SATS = COIN_SATS - FEE_SATS;
/** Outputs of one transaction that is still relayed: 400,000 weight units. */
const FAN_OUT = 2_000;
const FAN_FEE_SATS = 200_000n;
/** Calls in one request. */
const BATCH = 500;

/** Makes coins out of the wallet's block rewards, in few transactions, and mines them. */
export async function makeCoins({ wallet }: Pick<Stack, "wallet">, count: number): Promise<Coin[]> {
  const coins: Coin[] = [];
  while (coins.length < count) {
    const outputs = Math.min(FAN_OUT, count - coins.length);
    const unspent = z.array(z.object({ txid: z.string(), vout: z.number(), amount: z.number() }));
    const found = await wallet.call("listunspent", [1], unspent);
    const input = found.find(({ amount }) => amount > 1);
    if (input === undefined) throw new Error("the wallet has no coin that is large enough");
    const fan = new Transaction();
    fan.version = 2;
    fan.addInput(Buffer.from(input.txid, "hex").reverse(), input.vout);
    for (let i = 0; i < outputs; i++) fan.addOutput(ANYBODY, COIN_SATS);
    const change = await wallet.call(
      "getaddressinfo",
      [await wallet.newAddress()],
      z.object({ scriptPubKey: z.string() }),
    );
    const rest = BigInt(Math.round(input.amount * 1e8)) - COIN_SATS * BigInt(outputs) - FAN_FEE_SATS;
    fan.addOutput(Buffer.from(change.scriptPubKey, "hex"), rest);
    const signed = await wallet.call("signrawtransactionwithwallet", [fan.toHex()], z.object({ hex: z.string() }));
    const txid = await wallet.call("sendrawtransaction", [signed.hex], z.string());
    for (let vout = 0; vout < outputs; vout++) coins.push({ txid, vout });
    await wallet.call("generateblock", [await wallet.newAddress(), [txid]], z.unknown());
  }
  return coins;
}

/** A transaction of each coin: the first ones pay these scripts, the rest pay taproot outputs of nobody. */
export function spendCoins(coins: readonly Coin[], scripts: readonly Uint8Array[]): string[] {
  return coins.map(({ txid, vout }, i) => {
    const spend = new Transaction();
    spend.version = 2;
    spend.addInput(Buffer.from(txid, "hex").reverse(), vout);
    spend.addOutput(scripts[i] ?? Uint8Array.of(0x51, 0x20, ...randomBytes(32)), PAYMENT_SATS);
    spend.setWitness(0, [OP_TRUE]);
    return spend.toHex();
  });
}

/** Sends transactions to the node's mempool, in few requests. @returns their ids */
export async function sendAll({ bitcoind }: Pick<Stack, "bitcoind">, transactions: readonly string[]): Promise<Hash[]> {
  const rpc = createRpc({ url: bitcoind.rpcUrl, auth: bitcoind.auth, clock, retries: 0, timeoutMs: 120_000 });
  const txids: Hash[] = [];
  for (let i = 0; i < transactions.length; i += BATCH) {
    const calls = transactions.slice(i, i + BATCH).map((hex) => {
      return { method: "sendrawtransaction", params: [hex], schema: z.string() };
    });
    for (const sent of await rpc.batch(calls)) {
      if (!sent.ok) throw sent.error;
      txids.push(sent.value);
    }
  }
  return txids;
}

/**
 * Mines one block with exactly these transactions, whatever a miner's policy has for a limit.
 * @param transactions ids of those in the mempool, or whole ones in hexadecimal
 */
export async function mineBlockOf(
  { bitcoind, wallet }: Pick<Stack, "bitcoind" | "wallet">,
  transactions: readonly string[],
): Promise<void> {
  const rpc = createRpc({ url: bitcoind.rpcUrl, auth: bitcoind.auth, clock, retries: 0, timeoutMs: 120_000 });
  const params = [await wallet.newAddress(), transactions];
  await rpc.call({ method: "generateblock", params, schema: z.unknown() });
}
