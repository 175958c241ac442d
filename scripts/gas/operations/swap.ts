// SPDX-License-Identifier: Apache-2.0
import { parseEther } from "ethers";
import { headersOf, hex, mine, mineChain } from "../../../test/contracts/bitcoin/support/blocks.ts";
import {
  blockProof,
  fill,
  leaseKeyOf,
  pay,
  scriptOf,
  transactionProof,
} from "../../../test/contracts/bitcoin/support/payments.ts";
import type { State } from "../leases.ts";
import { type Operation, operationsOf } from "../operation.ts";
import { BITCOIN_KEY, CONFIRMATIONS, DAY, HOUR } from "../values.ts";

const TRANSACTIONS = 4_096; // of a block: a path of twelve
const INDEX = 2_749;
/** Satoshi. */
const PRICE = 2_000n;
const MSAT = 1_000n;
/** What a reservation has: fewer than leave at once, and more. */
const FEW = 40n;
const MANY = 100n;

const offer = async (s: State) => ({
  token: await s.xov.getAddress(),
  lot: parseEther("0.5"),
  lots: 1_000n,
  price: PRICE,
  minimum: 10n,
  bondPerLot: parseEther("0.01"),
  bound: 50n * PRICE,
  window: HOUR,
  confirmations: CONFIRMATIONS,
  bitcoinKey: BITCOIN_KEY,
});

/** An offer, and a reservation of it for the holder, whose bond the relayer posts. */
async function reserved(s: State, lots: bigint): Promise<string> {
  await s.swap.make(await offer(s));
  await s.swap.connect(s.relayer).reserve(1n, s.holder, lots, 7n);
  return s.swap.idOf(1n, s.holder, lots, 7n);
}

/** Mines a payment of all lots of a reservation, as deep as it has to be. */
async function paid(s: State, id: string, lots: bigint) {
  const key = leaseKeyOf(Buffer.from(BITCOIN_KEY.slice(2), "hex"), Buffer.from(id.slice(2), "hex"));
  const payment = pay([{ script: scriptOf(key), value: lots * PRICE }]);
  const block = mine(s.bitcoinTip, { txids: fill(TRANSACTIONS, new Map([[INDEX, payment]])) });
  await s.lightClient.submit(block.height, headersOf([block, ...mineChain(block, CONFIRMATIONS - 1)]));
  return { id, block, payment, output: { vout: 0, outputKeyY: hex(key.y), leaseId: id } };
}

const prove = (s: State, { block, payment, output }: Awaited<ReturnType<typeof paid>>) =>
  s.swapPayments.prove(blockProof(block), transactionProof(block, INDEX, payment.legacy), [output]);

/** A reservation that was paid for; too many lots to leave at once are held. */
async function proven(s: State, lots: bigint) {
  const payment = await paid(s, await reserved(s, lots), lots);
  await prove(s, payment);
  return payment;
}

const credit = (s: State, id: string, lots: bigint) => s.swap.connect(s.asSwapPayments).credit(id, lots * PRICE * MSAT);

const swap = operationsOf("Swap", {
  make: { "escrows the lots": async (s) => s.swap.make(await offer(s)) },
  close: {
    "nothing is sold": async (s) => {
      await s.swap.make(await offer(s));
      return s.swap.close(1n);
    },
  },
  reserve: {
    "the bond is posted by another": async (s) => {
      await s.swap.make(await offer(s));
      return s.swap.connect(s.relayer).reserve(1n, s.holder, FEW, 7n);
    },
  },
  credit: {
    "by SwapPayments, that leaves at once": async (s) => credit(s, await reserved(s, FEW), FEW),
    "by SwapPayments, that is held": async (s) => credit(s, await reserved(s, MANY), MANY),
  },
  uncredit: {
    "by SwapPayments, of lots that are held": async (s) => {
      const id = await reserved(s, MANY);
      await credit(s, id, MANY);
      return s.swap.connect(s.asSwapPayments).uncredit(id, MANY * PRICE * MSAT);
    },
  },
  assign: {
    "lots that have become free": async (s) => {
      const all = (await offer(s)).lots;
      const id = await reserved(s, FEW);
      await s.swap.connect(s.relayer).reserve(1n, s.relayer, all - FEW, 8n);
      await credit(s, id, FEW + 1n);
      s.chain.pass(DAY);
      await s.swap.expire(await s.swap.idOf(1n, s.relayer, all - FEW, 8n));
      return s.swap.assign(id);
    },
  },
  claim: {
    "one payment, three days later": async (s) => {
      const { id, payment } = await proven(s, MANY);
      s.chain.pass(3 * DAY);
      return s.swap.claim(id, [{ txid: payment.txid, vout: 0 }]);
    },
  },
  expire: {
    "nothing was paid: the bond goes to the maker": async (s) => {
      const id = await reserved(s, FEW);
      s.chain.pass(DAY);
      return s.swap.expire(id);
    },
  },
});

const payments = operationsOf("SwapPayments", {
  prove: {
    "a reservation in whole, path of 12, which leaves at once": async (s) =>
      prove(s, await paid(s, await reserved(s, FEW), FEW)),
  },
});

/** Of tokens that are sold for bitcoin. */
export const swapOperations: readonly Operation[] = [...swap, ...payments];
