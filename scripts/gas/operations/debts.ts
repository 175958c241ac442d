// SPDX-License-Identifier: Apache-2.0
import { concat, getBytes, keccak256 } from "ethers";
import { type Block, headersOf, mine, mineChain, rival } from "../../../test/contracts/bitcoin/support/blocks.ts";
import {
  blockProof,
  fill,
  type Payment,
  pay,
  transactionProof,
} from "../../../test/contracts/bitcoin/support/payments.ts";
import { pending, type State, termsOf } from "../leases.ts";
import { type Operation, operationsOf } from "../operation.ts";
import { CONFIRMATIONS, DAY, HOUR, HOURS_PAID, PRICES, REFUND_SCRIPT, SEALED } from "../values.ts";

const TRANSACTIONS = 4_096; // of a block: a path of twelve
const INDEX = 2_749;
const OWED = HOURS_PAID * PRICES.bitcoin.perHour;
/** Satoshi: all but the flat fee. */
const REFUND = OWED / 1_000n - 2_000n;
const CHANGE = { script: Buffer.concat([Buffer.from("5120", "hex"), Buffer.alloc(32, 7)]), value: 500n };

/** A paid lease that its provider declines: all of it is owed. */
async function declined(s: State) {
  const id = await pending(s, "bitcoin", 2n);
  const terms = { ...(await termsOf(s, "bitcoin", 2n, keccak256(SEALED))), deadline: await deadlineOf(s, id) };
  await s.leases.connect(s.hotKey).decline(id, "");
  return { id, terms };
}

/** Of a lease's terms, which depends on when they were made. */
async function deadlineOf(s: State, id: string): Promise<number> {
  const [opened] = await s.leases.queryFilter(s.leases.filters.BitcoinLeaseOpened(id));
  if (opened === undefined) throw new Error("no such lease");
  return Number(opened.args.deadline);
}

type Debt = Awaited<ReturnType<typeof declined>>;

interface Refund {
  readonly block: Block;
  readonly payment: Payment;
}

/** Mines what refunds a lease in whole, as deep as it has to be. */
async function refund(s: State, { id }: Debt, options = {}): Promise<Refund> {
  const mark = { script: Buffer.from(getBytes(concat(["0x6a20", id]))), value: 0n };
  const payment = pay([{ script: Buffer.from(getBytes(REFUND_SCRIPT)), value: REFUND }, mark, CHANGE]);
  const txids = fill(TRANSACTIONS, new Map([[INDEX, payment]]));
  const block = mine(s.bitcoinTip, { time: s.chain.now(), txids, ...options });
  await s.lightClient.submit(block.height, headersOf([block, ...mineChain(block, CONFIRMATIONS - 1)]));
  return { block, payment };
}

const prove = (s: State, { terms }: Debt, { block, payment }: Refund) =>
  s.debts.prove(terms, blockProof(block), transactionProof(block, INDEX, payment.legacy), { paid: 0, mark: 1 });

/** A declined lease with a refund that is proven. */
async function proven(s: State) {
  const debt = await declined(s);
  const refunded = await refund(s, debt);
  await prove(s, debt, refunded);
  return { ...refunded, id: debt.id };
}

async function claimed(s: State): Promise<string> {
  const { id, terms } = await declined(s);
  s.chain.pass(7 * DAY);
  await s.debts.claim(terms);
  return id;
}

const contract = operationsOf("BitcoinDebts", {
  prove: {
    "a refund in whole, path of 12": async (s) => {
      const debt = await declined(s);
      return prove(s, debt, await refund(s, debt));
    },
  },
  confirm: {
    "three days later, which frees the collateral": async (s) => {
      const { payment } = await proven(s);
      s.chain.pass(3 * DAY);
      return s.debts.confirm(payment.txid, 0);
    },
  },
  revoke: {
    "after a reorg": async (s) => {
      const { payment, block } = await proven(s);
      const fork = mineChain(s.bitcoinTip, CONFIRMATIONS + 1, (parent) => ({
        ...rival("other")(parent),
        time: Math.max(s.chain.now() - HOUR, parent.time + 600),
      }));
      await s.lightClient.submit(block.height, headersOf(fork));
      return s.debts.revoke(payment.txid, 0);
    },
  },
  claim: {
    "a week after the close": async (s) => {
      const { terms } = await declined(s);
      s.chain.pass(7 * DAY);
      return s.debts.claim(terms);
    },
  },
  collect: {
    "pays the collateral": async (s) => {
      const id = await claimed(s);
      s.chain.pass(14 * DAY);
      return s.debts.collect(id);
    },
  },
});

const leases = operationsOf("Leases", {
  repay: {
    "by BitcoinDebts, all, which frees the collateral": async (s) => {
      const { id } = await declined(s);
      s.chain.pass(3 * DAY);
      return s.leases.connect(s.asDebts).repay(id, OWED);
    },
  },
  forfeit: {
    "by BitcoinDebts, all": async (s) => s.leases.connect(s.asDebts).forfeit((await declined(s)).id, OWED),
  },
});

const providers = operationsOf("Providers", {
  forfeit: {
    "by Leases": (s) => s.providers.connect(s.asLeases).forfeit(s.provider.address, s.holder.address, 1n),
  },
});

/** Of what closed bitcoin leases owe. */
export const debtOperations: readonly Operation[] = [...contract, ...leases, ...providers];
