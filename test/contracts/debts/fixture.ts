// SPDX-License-Identifier: Apache-2.0
// Closed bitcoin leases with a light client of regtest, and the bitcoin transactions that refund them.

import { getBytes } from "ethers";
import { network } from "hardhat";
import { BitcoinDebts__factory, BitcoinLightClient__factory } from "../../../typechain-types/index.js";
import {
  type Block,
  type BlockOptions,
  GENESIS,
  headersOf,
  hex,
  last,
  mine,
  mineChain,
  REGTEST_BITS,
  REGTEST_WORK,
  rival,
  SPACING,
} from "../bitcoin/support/blocks.ts";
import { blockProof, fill, type Payment, pay, transactionProof } from "../bitcoin/support/payments.ts";
import { at, DAY, HOUR, listed, PREPAYMENT, type Terms, take, termsOf, time } from "../fixture.ts";

const { networkHelpers } = await network.getOrCreate();

export const CONFIRMATIONS = 2;
export const REFUND_WINDOW: number = 7 * DAY;
export const CONFIRM_DELAY: number = 3 * DAY;
export const CLAIM_DELAY: number = 14 * DAY;
export const CLOCK_TOLERANCE: number = 2 * HOUR;
/** msat */
export const FEE = 2_000_000n;
export const SMALLEST = 3_000_000n;
/** What `closed` owes, msat: all of the prepayment. */
export const OWED: bigint = PREPAYMENT;
const INDEX = 3;

/** `listed`, with the contract under test in the place that Leases knows, beside a light client that knows no block. */
export async function withDebts() {
  const s = await listed();
  const lightClient = await new BitcoinLightClient__factory(s.relayer).deploy(
    { powLimitBits: REGTEST_BITS, retargets: false },
    { height: 0, epochStart: GENESIS.time, chainwork: REGTEST_WORK, headers: hex(GENESIS.header) },
  );
  const model = await new BitcoinDebts__factory(s.relayer).deploy(lightClient, s.leases);
  // Leases was told of an account; all that the contract knows of its own is in its code
  await networkHelpers.setCode(s.debts.address, (await model.getDeployedCode()) ?? "");
  const bitcoinDebts = BitcoinDebts__factory.connect(s.debts.address, s.stranger);
  return { ...s, lightClient, bitcoinDebts };
}

async function closedWith(overrides: Partial<Terms>) {
  const s = await withDebts();
  const terms = await termsOf(s, overrides);
  const { id, tx } = await take(s, { terms });
  await tx;
  await s.leases.connect(s.payments).credit(id, PREPAYMENT);
  await s.leases.connect(s.hotKey).decline(id, "");
  return { ...s, id, terms, closedAt: await time.latest() };
}

/** A lease that was paid in whole and that its provider declined: all of it is owed. */
export const closed = () => closedWith({});

/** `closed` without a refund script. */
export const withoutScript = () => closedWith({ refundScript: "0x" });

export type Closed = Awaited<ReturnType<typeof closed>>;

/** A refund in a block of its own, as deep as the lease's ask wants. */
export interface Refunded {
  readonly payment: Payment;
  readonly block: Block;
  readonly blocks: readonly Block[];
  readonly txid: string;
}

export interface RefundOptions {
  readonly sats?: bigint;
  readonly script?: string;
  /** Scripts of further outputs; by default the mark of the lease. */
  readonly marks?: readonly Buffer[];
  readonly seed?: string;
  readonly parent?: Block;
  readonly block?: BlockOptions;
  /** Blocks on it, itself included. */
  readonly depth?: number;
}

/** The script of OP_RETURN and a push of an id. */
export const markOf = (id: string): Buffer => Buffer.concat([Buffer.from("6a20", "hex"), getBytes(id)]);

/** Makes and mines a refund of all but the fee, an hour after the close, and tells the light client. */
export async function refunded(s: Closed, options: RefundOptions = {}): Promise<Refunded> {
  const script = Buffer.from(getBytes(options.script ?? s.terms.refundScript));
  const sats = options.sats ?? (OWED - FEE) / 1000n;
  const marks = (options.marks ?? [markOf(s.id)]).map((mark) => ({ script: mark, value: 0n }));
  const payment = pay([{ script, value: sats }, ...marks], options.seed ?? "refund");
  const parent = options.parent ?? GENESIS;
  const block = mine(parent, {
    time: Math.max(s.closedAt + HOUR, parent.time + SPACING),
    txids: fill(INDEX + 2, new Map([[INDEX, payment]])),
    ...options.block,
  });
  const blocks = [block, ...mineChain(block, (options.depth ?? CONFIRMATIONS) - 1)];
  await reach(blocks);
  await s.lightClient.submit(block.height, headersOf(blocks));
  return { payment, block, blocks, txid: hex(payment.txid) };
}

/** Lets time pass until the light client may accept blocks of these times. */
async function reach(blocks: readonly Block[]): Promise<void> {
  const missing = last(blocks).time - 2 * HOUR - (await time.latest());
  if (missing > 0) await time.increase(missing);
}

/** Arguments of `prove`. */
export function proofOf(s: Closed, { payment, block }: Refunded, { raw = payment.legacy, mark = 1 } = {}) {
  const outputs = { paid: 0, mark };
  return [s.terms, blockProof(block), transactionProof(block, INDEX, raw), outputs] as const;
}

/** `closed` and refunded in whole, which is proven. `confirmableAt` is when it counts for good. */
export async function proven() {
  const s = await closed();
  const refund = await refunded(s);
  await s.bitcoinDebts.prove(...proofOf(s, refund));
  return { ...s, refund, confirmableAt: (await time.latest()) + CONFIRM_DELAY };
}

/** Replaces all blocks by more of another miner's. */
export async function removeBlocks(s: Closed): Promise<readonly Block[]> {
  const { height } = await s.lightClient.tip();
  const other = mineChain(GENESIS, Number(height) + 1, rival("other"));
  await s.lightClient.submit(1, headersOf(other));
  return other;
}

/** `closed`, and claimed as soon as it was due. */
export async function claimed() {
  const s = await closed();
  await at(s.closedAt + REFUND_WINDOW);
  await s.bitcoinDebts.claim(s.terms);
  return { ...s, payableAt: s.closedAt + REFUND_WINDOW + CLAIM_DELAY };
}
