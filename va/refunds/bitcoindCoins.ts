// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import type { Hex } from "../../offchain/bitcoin/bytes.ts";
import { isRefusal, RpcCode } from "../../offchain/bitcoin/errors.ts";
import { createBitcoinNode } from "../../offchain/bitcoin/node.ts";
import { createRpc, type Rpc, type RpcParameters } from "../../offchain/bitcoin/rpc.ts";
import { inputTypeOf } from "../bitcoin/weight.ts";
import type { CoinNode, NodeWallet, Unspent } from "./coinNode.ts";

const hex = z
  .string()
  .regex(/^([0-9a-f]{2})*$/)
  .transform((digits): Hex => `0x${digits}`);
const bytes = z.string().transform((digits): Uint8Array => Buffer.from(digits, "hex"));
const txid = z.string().regex(/^[0-9a-f]{64}$/);
/** bitcoind writes eight decimals: a number so written is exact after rounding. */
const sats = z.number().transform((bitcoin) => BigInt(Math.round(bitcoin * 1e8)));
const SATS_PER_VBYTE = 1e5; // of 1 BTC per kilo-vbyte

const txOut = z
  .object({ value: sats, scriptPubKey: z.object({ hex }) })
  .transform(({ value, scriptPubKey }) => ({ value, script: scriptPubKey.hex }))
  .nullable();
const entry = z.object({ height: z.number() });
const estimate = z.object({ feerate: z.number().optional() });
const mempoolInfo = z.object({ mempoolminfee: z.number(), minrelaytxfee: z.number() });
const unspent = z.array(z.object({ txid, vout: z.number(), scriptPubKey: hex, amount: sats, safe: z.boolean() }));
const processed = z.object({ psbt: z.string(), complete: z.boolean() });
const sinceBlock = z.object({
  transactions: z.array(
    z.object({ txid, category: z.string(), confirmations: z.number(), abandoned: z.boolean().optional() }),
  ),
});

/** {@link CoinNode} over the RPC of a bitcoind (28 or newer), with the wallet of this name if one is given. */
export function bitcoindCoins(parameters: RpcParameters, walletName: string | undefined): CoinNode {
  const rpc = createRpc(parameters);
  const wallet = walletName === undefined ? undefined : nodeWallet(walletRpc(parameters, walletName));
  const leastFeeRate = async (signal?: AbortSignal) => {
    const { mempoolminfee, minrelaytxfee } = await rpc.call({ method: "getmempoolinfo", schema: mempoolInfo }, signal);
    return Math.max(mempoolminfee, minrelaytxfee) * SATS_PER_VBYTE;
  };
  return {
    ...createBitcoinNode(parameters),
    wallet,
    leastFeeRate,
    async unspent(outpoints, signal) {
      const calls = outpoints.map((at) => ({ method: "gettxout", params: [at.txid, at.vout, false], schema: txOut }));
      const results = await rpc.batch(calls, signal);
      return results.map((result, i): Unspent | undefined => {
        if (!result.ok) throw result.error;
        const at = outpoints[i];
        return result.value === null || at === undefined
          ? undefined
          : { ...result.value, txid: at.txid, vout: at.vout };
      });
    },
    async inMempoolSince(of, signal) {
      try {
        return (await rpc.call({ method: "getmempoolentry", params: [of], schema: entry }, signal)).height;
      } catch (error) {
        if (isRefusal(error, RpcCode.NOT_FOUND)) return undefined;
        throw error;
      }
    },
    async feeRate(blocks, signal) {
      const { feerate } = await rpc.call({ method: "estimatesmartfee", params: [blocks], schema: estimate }, signal);
      return feerate === undefined ? undefined : Math.max(feerate * SATS_PER_VBYTE, await leastFeeRate(signal));
    },
  };
}

function walletRpc({ url, ...rest }: RpcParameters, name: string): Rpc {
  return createRpc({ ...rest, url: new URL(`/wallet/${encodeURIComponent(name)}`, url).href });
}

function nodeWallet(rpc: Rpc): NodeWallet {
  return {
    async coins(signal) {
      const all = await rpc.call({ method: "listunspent", params: [1], schema: unspent }, signal);
      return all.flatMap(({ txid: id, vout, scriptPubKey: script, amount: value, safe }) => {
        const known = inputTypeOf(Buffer.from(script.slice(2), "hex")) !== undefined;
        return safe && known ? [{ txid: id, vout, script, value }] : [];
      });
    },
    async changeScript(signal) {
      const address = await rpc.call({ method: "getrawchangeaddress", params: ["bech32"], schema: z.string() }, signal);
      const schema = z.object({ scriptPubKey: hex });
      return (await rpc.call({ method: "getaddressinfo", params: [address], schema }, signal)).scriptPubKey;
    },
    process: (psbt, signal) => rpc.call({ method: "walletprocesspsbt", params: [psbt], schema: processed }, signal),
    async pending(signal) {
      const { transactions } = await rpc.call({ method: "listsinceblock", params: [], schema: sinceBlock }, signal);
      const ids = transactions.flatMap(({ txid: id, category, confirmations, abandoned = false }) =>
        category === "send" && confirmations === 0 && !abandoned ? [id] : [],
      );
      const schema = z.object({ hex: bytes });
      const calls = [...new Set(ids)].map((id) => ({ method: "gettransaction", params: [id], schema }));
      return (await rpc.batch(calls, signal)).map((result) => {
        if (!result.ok) throw result.error;
        return result.value.hex;
      });
    },
  };
}
