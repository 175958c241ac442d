// SPDX-License-Identifier: Apache-2.0
import { concat, keccak256, toBeHex } from "ethers";
import { type Block, headersOf, hex, mine, mineChain, rival } from "../../../test/contracts/bitcoin/support/blocks.ts";
import {
  blockProof,
  fill,
  leaseKeyOf,
  type Payment,
  pay,
  scriptOf,
  transactionProof,
} from "../../../test/contracts/bitcoin/support/payments.ts";
import { type State, take } from "../leases.ts";
import { gasOf, type Operation, operationsOf } from "../operation.ts";
import { BITCOIN_KEY, CONFIRMATIONS, HOURS_PAID, PRICES } from "../values.ts";

const PAYMENT = 95_000;
const HEADER = 12_000;

const TRANSACTIONS = 4_096; // of a block: a path of twelve
const INDEX = 2_749;
const SATS = (HOURS_PAID * PRICES.bitcoin.perHour) / 1_000n;
const CHANGE = { script: Buffer.concat([Buffer.from("0014", "hex"), Buffer.alloc(20, 7)]), value: 5_000n };
/** Slots of the table of credits (CreditRecords). */
const TABLE = 16_384n;
const BATCH = 101;

interface Paid {
  readonly id: string;
  readonly block: Block;
  readonly payment: Payment;
  readonly output: { readonly vout: number; readonly outputKeyY: string; readonly leaseId: string };
}

/** Pays a lease in a block that is as deep as the ask wants. */
async function paid(s: State, id: string, reused: boolean): Promise<Paid> {
  const key = leaseKeyOf(Buffer.from(BITCOIN_KEY.slice(2), "hex"), Buffer.from(id.slice(2), "hex"));
  const payment = pay([CHANGE, { script: scriptOf(key), value: SATS }]);
  const block = mine(s.bitcoinTip, { txids: fill(TRANSACTIONS, new Map([[INDEX, payment]])) });
  await s.lightClient.submit(block.height, headersOf([block, ...mineChain(block, CONFIRMATIONS - 1)]));
  const output = { vout: 1, outputKeyY: hex(key.y), leaseId: id };
  if (reused) await leaveFinalRecord(s, hex(payment.txid), output);
  return { id, block, payment, output };
}

/** Puts a record of a payment of block 1, which is final, where that of the output will be. */
async function leaveFinalRecord(s: State, txid: string, { vout, leaseId }: Paid["output"]): Promise<void> {
  const key = keccak256(concat([txid, toBeHex(vout, 32), leaseId]));
  const record = (7n << 160n) | (1n << 96n) | (1n << 64n) | 1n;
  await s.chain.setStorageAt(await s.payments.getAddress(), BigInt(key) % TABLE, record);
}

/** Proves a payment; with or without the witness, which is cheaper to leave out. */
function prove(s: State, { block, payment, output }: Paid, raw = payment.legacy) {
  return s.payments.prove(blockProof(block), transactionProof(block, INDEX, raw), [output]);
}

const unfunded = async (s: State) => (await take(s, "bitcoin", 2n)).id;

const payments = operationsOf("BitcoinPayments", {
  prove: {
    "adds to a lease, path of 12, record's slot reused": [
      PAYMENT,
      async (s) => prove(s, await paid(s, s.bitcoinLease, true)),
    ],
    "adds to a lease, path of 12, fresh slot": async (s) => prove(s, await paid(s, s.bitcoinLease, false)),
    "funds a lease, path of 12, record's slot reused": [
      PAYMENT,
      async (s) => prove(s, await paid(s, await unfunded(s), true)),
    ],
    "adds to a lease, with the witness, record's slot reused": async (s) => {
      const payment = await paid(s, s.bitcoinLease, true);
      return prove(s, payment, payment.payment.segwit);
    },
    "moves to the block that a payment is in now": async (s) => {
      const before = await paid(s, s.bitcoinLease, true);
      await prove(s, before);
      const options = { txids: fill(TRANSACTIONS - 1, new Map([[INDEX, before.payment]])) };
      const block = mine(s.bitcoinTip, options);
      await s.lightClient.submit(block.height, headersOf([block, ...mineChain(block, CONFIRMATIONS)]));
      return prove(s, { ...before, block });
    },
  },
  proveMany: {
    "one payment": async (s) => {
      const { block, payment, output } = await paid(s, s.bitcoinLease, true);
      const proof = transactionProof(block, INDEX, payment.legacy);
      return s.payments.proveMany(blockProof(block), [proof], [[output]]);
    },
    "one that is credited already": async (s) => {
      const before = await paid(s, s.bitcoinLease, true);
      await prove(s, before);
      const proof = transactionProof(before.block, INDEX, before.payment.legacy);
      return s.payments.proveMany(blockProof(before.block), [proof], [[before.output]]);
    },
  },
  revoke: {
    "after a reorg, nothing spent": async (s) => {
      const { id, payment, output, ...at } = await paid(s, s.bitcoinLease, true);
      await prove(s, { id, payment, output, ...at });
      const fork = mineChain(s.bitcoinTip, CONFIRMATIONS + 1, rival("other"));
      await s.lightClient.submit(at.block.height, headersOf(fork));
      return s.payments.connect(s.stranger).revoke(payment.txid, output.vout, id);
    },
  },
});

/** Submits so many headers on the tip. */
const submit = (s: State, count: number) =>
  s.lightClient.submit(s.bitcoinTip.height + 1, headersOf(mineChain(s.bitcoinTip, count)));

const headers = operationsOf("BitcoinLightClient", {
  submit: {
    "one header, steady state": (s) => submit(s, 1),
    "each further header of a batch, steady state": [
      HEADER,
      async (s) => {
        const restore = await s.chain.save();
        const one = await gasOf(await submit(s, 1));
        await restore();
        const batch = await gasOf(await submit(s, BATCH));
        return Math.ceil((batch - one) / (BATCH - 1));
      },
    ],
    "a reorg of two blocks": async (s) => {
      await submit(s, 2);
      const fork = mineChain(s.bitcoinTip, 3, rival("other"));
      return s.lightClient.submit(s.bitcoinTip.height + 1, headersOf(fork));
    },
  },
});

/** Of the light client and of payments. */
export const bitcoinOperations: readonly Operation[] = [...payments, ...headers];
