// SPDX-License-Identifier: Apache-2.0
// A swap of its own: the contracts it needs, an offer, and payments that are mined on regtest's rules and proven.
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { getCreateAddress, parseEther, ZeroAddress } from "ethers";
import { type Block, GENESIS, headersOf, hex, last, mine, mineChain, sha256 } from "./blocks.ts";
import { connection, deployRegtest } from "./lightClient.ts";
import { blockProof, keyOf, leaseKeyOf, type Payment, pay, scriptOf, transactionProof } from "./payments.ts";

const { ethers, networkHelpers } = connection;

export const HOUR = 3600;
export const DAY = 24 * HOUR;
export const MAKER_KEY = keyOf("maker");
export const LOT = parseEther("0.5");
export const LOTS = 1000n;
/** Satoshi for a lot. */
export const PRICE = 2_000n;
export const BOND_PER_LOT = parseEther("0.01");
export const CONFIRMATIONS = 2;
export const WINDOW: number = 1 * HOUR;
/** From a reservation to its deadline. */
export const RESERVED_FOR: number = WINDOW + CONFIRMATIONS * 20 * 60;
/** Satoshi: what 50 lots cost. */
export const BOUND = 100_000n;
const PURSE = parseEther("10000");

export type Terms = Record<
  "lot" | "lots" | "price" | "minimum" | "bondPerLot" | "bound" | "window" | "confirmations",
  bigint
> & { token: string; bitcoinKey: string };

async function actors() {
  const [treasury, maker, taker, sponsor, stranger] = await ethers.getSigners();
  const all = { treasury, maker, taker, sponsor, stranger };
  if (Object.values(all).includes(undefined)) throw new Error("too few accounts");
  return all as { [name in keyof typeof all]: HardhatEthersSigner };
}

/** The contracts, a maker and a sponsor with XOV in the vault. */
export async function deployed() {
  const who = await actors();
  const client = await deployRegtest();
  const nonce = await who.treasury.getNonce();
  const swapAt = getCreateAddress({ from: who.treasury.address, nonce: nonce + 3 });
  const xov = await ethers.deployContract("XovToken", [who.treasury.address, 3n * PURSE]);
  const vault = await ethers.deployContract("Vault", [
    xov,
    { providers: ZeroAddress, exchange: ZeroAddress, leases: ZeroAddress, swap: swapAt },
  ]);
  const payments = await ethers.deployContract("BitcoinPayments", [client, swapAt]);
  const swap = await ethers.deployContract("Swap", [{ xov, vault, payments, lightClient: client }]);
  await xov.approve(vault, 3n * PURSE);
  for (const account of [who.maker, who.sponsor]) await vault.deposit(xov, PURSE, account);
  const balanceOf = (account: string | { getAddress(): Promise<string> }) => vault.balanceOf(xov, account);
  const terms: Terms = {
    token: await xov.getAddress(),
    lot: LOT,
    lots: LOTS,
    price: PRICE,
    minimum: 10n,
    bondPerLot: BOND_PER_LOT,
    bound: BOUND,
    window: BigInt(WINDOW),
    confirmations: BigInt(CONFIRMATIONS),
    bitcoinKey: hex(MAKER_KEY),
  };
  const chain: readonly Block[] = [GENESIS];
  return { ...who, client, xov, vault, payments, swap, terms, balanceOf, chain };
}

export type Deployed = Awaited<ReturnType<typeof deployed>>;

/** `deployed`, and offer 1. */
export async function offered() {
  const s = await deployed();
  await s.swap.connect(s.maker).make(s.terms);
  return { ...s, offer: 1n };
}

/** `offered`, and 40 lots reserved for the taker, which is less than leaves at once. */
export async function reserved() {
  const s = await offered();
  const id = await reserve(s, 40n);
  return { ...s, id, deadline: (await networkHelpers.time.latest()) + RESERVED_FOR };
}

/** `offered`, and 100 lots reserved and paid for, which is more than leaves at once: they are held. */
export async function held() {
  const s = await offered();
  const id = await reserve(s, 100n);
  const paid = await payFor(s, s.chain, [{ id, sats: 100n * PRICE }]);
  return { ...s, id, paid, chain: paid.chain, heldUntil: (await networkHelpers.time.latest()) + 3 * DAY };
}

/** Reserves lots of offer 1 for the taker, whose bond the sponsor posts. */
export async function reserve(s: Deployed, lots: bigint, nonce = 1n, offer = 1n): Promise<string> {
  await s.swap.connect(s.sponsor).reserve(offer, s.taker, lots, nonce);
  return s.swap.idOf(offer, s.taker, lots, nonce);
}

/** A payment to a reservation's address, satoshi. */
export type Part = { readonly id: string; readonly sats: bigint };

/** A transaction that pays these parts in its outputs, in order. */
export function paymentOf(parts: readonly Part[], seed = "coin"): Payment {
  return pay(
    parts.map(({ id, sats }) => ({ script: scriptOf(addressOf(id)), value: sats })),
    seed,
  );
}

/** Output key of a reservation's address: a lease's, under the maker's key. */
export const addressOf = (id: string) => leaseKeyOf(MAKER_KEY, Buffer.from(id.slice(2), "hex"));

/** A child of the chain's tip with a payment in second place. */
export const mineWith = (chain: readonly Block[], payment: Payment, name = "cb"): Block =>
  mine(last(chain), { txids: [sha256(Buffer.from(`${name} ${chain.length}`)), payment.txid] });

/** Arguments of `prove` for a payment in second place of a block. */
export function proofOf(block: Block, payment: Payment, parts: readonly Part[]) {
  const outputs = parts.map(({ id }, vout) => ({ vout, outputKeyY: hex(addressOf(id).y), leaseId: id }));
  return [blockProof(block), transactionProof(block, 1, payment.segwit), outputs] as const;
}

/** Mines a payment, buries it as deep as the offer asks, submits the headers and proves it. */
export async function payFor(s: Deployed, chain: readonly Block[], parts: readonly Part[], seed = "coin") {
  const payment = paymentOf(parts, `${seed} ${chain.length}`);
  const block = mineWith(chain, payment);
  const next = [...chain, block, ...mineChain(block, CONFIRMATIONS - 1)];
  await s.client.submit(block.height, headersOf(next.slice(chain.length)));
  const proof = proofOf(block, payment, parts);
  const proving = s.payments.prove(...proof);
  await proving;
  const outpoints = parts.map((_, vout) => ({ txid: hex(payment.txid), vout }));
  return { chain: next, block, payment, proof, proving, outpoints };
}

/** Replaces all blocks above a height by one more, without what they had; `payment` is in the first of them if given. */
export async function reorganize(s: Deployed, chain: readonly Block[], height: number, payment?: Payment) {
  const trunk = chain.slice(0, height + 1);
  const filler: Payment = { legacy: Buffer.alloc(0), segwit: Buffer.alloc(0), txid: sha256(Buffer.from("other")) };
  const first = mineWith(trunk, payment ?? filler, "rival");
  const next = [...trunk, first, ...mineChain(first, chain.length - trunk.length)];
  await s.client.submit(first.height, headersOf(next.slice(trunk.length)));
  return { chain: next, block: first };
}

/** What the swap owes in XOV: free, reserved and held lots, and bonds. It must be what it has in the vault. */
export async function owed(s: Deployed, offers: readonly bigint[], ids: readonly string[]): Promise<bigint> {
  let sum = 0n;
  for (const offer of offers) {
    const { lots, lot } = await s.swap.offerOf(offer);
    sum += lots * lot;
  }
  for (const id of ids) {
    const r = await s.swap.reservationOf(id);
    const { lot, bondPerLot } = await s.swap.offerOf(r.offer);
    sum += (r.reserved + r.held) * lot + r.bonded * bondPerLot;
  }
  return sum;
}
