// SPDX-License-Identifier: Apache-2.0
// A lease that owes, on a chain in memory, and its coins on a real bitcoind.

import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { readHeader } from "../../../offchain/bitcoin/block.ts";
import { bytesToHex, type Hex, hexToBytes } from "../../../offchain/bitcoin/bytes.ts";
import { type LeaseAddress, leaseAddress } from "../../../offchain/bitcoin/leaseAddress.ts";
import { rootOf } from "../../../offchain/bitcoin/merkleProof.ts";
import { type Outpoint, parseTransaction, transactionId } from "../../../offchain/bitcoin/transaction.ts";
import { systemClock as clock } from "../../../offchain/core/clock.ts";
import { createLog } from "../../../offchain/core/log.ts";
import { BITCOIN, type Terms } from "../../../offchain/lease/terms.ts";
import { type BitcoinKey, bitcoinKey } from "../../../va/bitcoin/key.ts";
import { bitcoindCoins } from "../../../va/refunds/bitcoindCoins.ts";
import type { CoinNode } from "../../../va/refunds/coinNode.ts";
import { type DebtChain, type DebtView, type ProvenRefund, REFUND_FEE } from "../../../va/refunds/debt.ts";
import { createRefundKeeper } from "../../../va/refunds/keeper.ts";
import { refundIn } from "../../../va/refunds/marks.ts";
import { type Regtest, startRegtest, text } from "../../offchain/bitcoin/regtest.ts";

export const CONFIRMATIONS = 2;
const CONFIRM_DELAY = 259_200n;
const { signal } = new AbortController();

export interface World {
  readonly regtest: Regtest;
  readonly node: CoinNode;
  readonly key: BitcoinKey;
  readonly folder: string;
  /** A new lease that was paid so much, in as many payments, and owes all of it. */
  indebted(...sats: bigint[]): Promise<FakeDebt>;
  /** An appliance's keeper of refunds, which knows nothing of earlier ones. */
  keeper(debt: FakeDebt, options?: KeeperOptions): { keep(): Promise<void> };
  stop(): Promise<void>;
}

export interface KeeperOptions {
  readonly node?: CoinNode;
  /** Without the key it writes PSBTs. */
  readonly key?: BitcoinKey | undefined;
}

/** A debt on a chain that believes what the node has. */
export interface FakeDebt extends DebtChain {
  readonly address: LeaseAddress;
  readonly payments: Outpoint[];
  readonly refundScript: Hex;
  refunds: ProvenRefund[];
  /** Unix seconds: the latest block's. */
  now: bigint;
  owed: bigint;
  /** Satoshi that the best chain pays to the refund script. */
  paid(): Promise<bigint>;
}

/** Starts a node of its own. */
export async function createRefundWorld(): Promise<World> {
  const regtest = await startRegtest();
  const folder = await mkdtemp(join(tmpdir(), "xov-refunds-"));
  const secret = bytesToHex(randomBytes(32));
  const key = bitcoinKey(secret);
  const auth = { user: "xov", password: "regtest" };
  const node = bitcoindCoins({ url: regtest.rpcUrl, auth, clock }, "test");
  const withoutWallet: CoinNode = { ...node, wallet: undefined };
  const log = createLog({ name: "test", level: process.env.XOV_TEST_LOG === undefined ? "silent" : "debug" });
  return {
    regtest,
    node,
    key,
    folder,
    indebted: (...sats) => indebted(regtest, node, key, sats),
    keeper(debt, options = {}) {
      const hands = {
        node: options.node ?? withoutWallet,
        chain: debt,
        key: "key" in options ? options.key : key,
        origin: undefined,
        folder,
        maxFeeRate: 100,
      };
      const keeper = createRefundKeeper({ hands, clock, log });
      const at = () => ({ number: 1n, hash: debt.address.leaseId, timestamp: debt.now });
      const heads = () => ({ latest: at(), safe: at(), finalized: at() });
      return { keep: () => keeper.keep([{ leaseId: debt.address.leaseId, openedAt: 0n }], heads(), signal) };
    },
    async stop() {
      await regtest.stop();
      await rm(folder, { recursive: true });
    },
  };
}

async function indebted(regtest: Regtest, node: CoinNode, key: BitcoinKey, sats: readonly bigint[]): Promise<FakeDebt> {
  const address = leaseAddress(key.publicKey, bytesToHex(randomBytes(32)), "regtest");
  const payments: Outpoint[] = [];
  for (const value of sats) {
    const txid = await regtest.pay({ [address.address]: value });
    const raw = await regtest.rpc("getrawtransaction", [txid], text);
    const outputs = z.object({ vout: z.array(z.object({ n: z.number(), scriptPubKey: z.object({ hex: text }) })) });
    const { vout } = await regtest.rpc("decoderawtransaction", [raw], outputs);
    const paid = vout.find(({ scriptPubKey }) => `0x${scriptPubKey.hex}` === address.script);
    if (paid !== undefined) payments.push({ txid, vout: paid.n });
  }
  await regtest.mine(1);
  const refundAddress = await regtest.rpc("getnewaddress", [], text);
  const info = await regtest.rpc("getaddressinfo", [refundAddress], z.object({ scriptPubKey: text }));
  return fakeDebt(regtest, node, address, payments, `0x${info.scriptPubKey}`, sats.reduce((a, b) => a + b, 0n) * 1000n);
}

function fakeDebt(
  regtest: Regtest,
  node: CoinNode,
  address: LeaseAddress,
  payments: Outpoint[],
  refundScript: Hex,
  owed: bigint,
): FakeDebt {
  const { leaseId, bitcoinKey: publicKey } = address;
  const closedAt = BigInt(Math.floor(Date.now() / 1000));
  const terms: Terms = {
    holder: BITCOIN,
    appliance: 1,
    class: leaseId,
    quote: BITCOIN,
    price: 1n,
    prepayment: owed,
    refundScript,
    launchSpecHash: leaseId,
    salt: 1n,
    deadline: 1n,
  };
  const settled = new Map<string, bigint>();
  const stands = async (refund: ProvenRefund) => {
    const header = await node.blockHash(refund.height);
    return header === hashes.get(refund.txid);
  };
  const hashes = new Map<string, string>();
  const self: FakeDebt = {
    address,
    payments,
    refundScript,
    refunds: [],
    now: closedAt + 60n,
    owed,
    async debt(): Promise<DebtView> {
      const refunds = [];
      for (const refund of self.refunds) refunds.push({ ...refund, blockStands: await stands(refund) });
      self.refunds = refunds;
      const common = { leaseId, terms, refundScript, confirmations: CONFIRMATIONS, closedAt, bitcoinKey: publicKey };
      return { ...common, owed: self.owed, finallyOwed: self.owed, payments, refunds };
    },
    async depthOf(height, hash) {
      const { blocks } = await node.blockchainInfo();
      return (await node.blockHash(height)) === hash ? blocks - height + 1 : 0;
    },
    async prove({ height, header, index, raw, path, paid, mark }) {
      const transaction = parseTransaction(hexToBytes(raw));
      const refund = refundIn(transaction, leaseId, refundScript);
      const txid = transactionId(transaction);
      if (refund?.paid !== paid || refund.mark !== mark) throw new Error("no refund");
      const { hash, merkleRoot } = readHeader(hexToBytes(header));
      if (rootOf(txid, { path: [...path], index }) !== merkleRoot) throw new Error("not in the block");
      if ((await self.depthOf(height, hash)) < CONFIRMATIONS) throw new Error("not deep enough");
      const former = self.refunds.find((each) => each.txid === txid);
      if (former !== undefined) await self.revoke(former);
      const value = refund.value * 1000n;
      const counts = value + REFUND_FEE >= self.owed ? self.owed : value;
      if (counts === 0n) throw new Error("nothing owed");
      settled.set(txid, counts);
      hashes.set(txid, hash);
      self.owed -= counts;
      self.refunds.push({ txid, vout: paid, height, blockStands: true, confirmableAt: self.now + CONFIRM_DELAY });
    },
    async confirm({ txid }) {
      self.refunds = self.refunds.map((each) => (each.txid === txid ? { ...each, confirmableAt: undefined } : each));
    },
    async revoke({ txid }) {
      const [refund] = self.refunds.filter((each) => each.txid === txid);
      if (refund === undefined || (await stands(refund))) throw new Error("it stands");
      self.refunds = self.refunds.filter((each) => each.txid !== txid);
      self.owed += settled.get(txid) ?? 0n;
    },
    async paid() {
      const schema = z.object({ total_amount: z.number() });
      const scan = await regtest.rpc("scantxoutset", ["start", [`raw(${refundScript.slice(2)})`]], schema);
      return BigInt(Math.round(scan.total_amount * 1e8));
    },
  };
  return self;
}
