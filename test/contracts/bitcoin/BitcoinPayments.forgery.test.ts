// SPDX-License-Identifier: Apache-2.0
// A forger mines, in secret, headers over a block with a payment that was never made. On regtest's rules a block costs two
// hashes, so what is counted here is blocks; what a block costs on mainnet is in contracts/bitcoin/README.md.
import { expect } from "chai";
import { network } from "hardhat";
import type { BitcoinLightClient } from "../../../typechain-types/bitcoin/BitcoinLightClient.js";
import { BitcoinPayments__factory } from "../../../typechain-types/index.js";
import {
  BITCOIN_KEY,
  COLLATERAL,
  ethers,
  HOUR,
  LATE_PAYMENT_WINDOW,
  LOCK,
  live,
  loadFixture,
  PREPAYMENT,
  PRICE,
  SEALED_ACCESS,
  State,
  time,
  unfunded,
} from "../fixture.ts";
import {
  type Block,
  GENESIS,
  headersOf,
  hex,
  last,
  mine,
  mineChain,
  REGTEST_BITS,
  rival,
  sha256,
} from "./support/blocks.ts";
import { blockProof, leaseKeyOf, pay, scriptOf, transactionProof } from "./support/payments.ts";

const { networkHelpers } = await network.getOrCreate();
const INTERNAL_KEY = Buffer.from(BITCOIN_KEY.slice(2), "hex");
/** What the ask of the fixture wants. */
const CONFIRMATIONS = 2;

/** An unfunded lease that real payments credit, and a light client at the tip of five honest blocks. */
async function withLease() {
  const s = await unfunded();
  const client: BitcoinLightClient = await ethers.deployContract("BitcoinLightClient", [
    { powLimitBits: REGTEST_BITS, retargets: false },
    { height: 0, epochStart: GENESIS.time, chainwork: 2n, headers: hex(GENESIS.header) },
  ]);
  const honest = mineChain(GENESIS, 5);
  await client.submit(1, headersOf(honest));
  // In the place of the account that the fixture lets credit leases.
  const deployed = await ethers.deployContract("BitcoinPayments", [client, s.leases]);
  await networkHelpers.setCode(s.payments.address, (await deployed.getDeployedCode()) ?? "0x");
  const payments = BitcoinPayments__factory.connect(s.payments.address, s.stranger);
  return { ...s, client, honest, bitcoin: payments };
}

/** The forger's blocks from a parent on, the first with a payment of the whole prepayment to the lease. */
function forge(id: string, parent: Block, blocks: number) {
  const leaseId = Buffer.from(id.slice(2), "hex");
  const key = leaseKeyOf(INTERNAL_KEY, leaseId);
  const payment = pay([{ script: scriptOf(key), value: PREPAYMENT / 1000n }], "never made");
  const first = mine(parent, { txids: [sha256(Buffer.from("forger's")), payment.txid] });
  const chain = [first, ...mineChain(first, blocks - 1)];
  const outputs = [{ vout: 0, outputKeyY: hex(key.y), leaseId: id }];
  const proof = [blockProof(first), transactionProof(first, 1, payment.segwit), outputs] as const;
  return { chain, proof, outpoint: [hex(payment.txid), 0, id] as const };
}

/** `withLease`, and its prepayment forged by one block more than the honest chain has since the fork. */
async function forged() {
  const s = await withLease();
  const forgery = forge(s.id, s.honest[2] ?? GENESIS, 3);
  await s.client.submit(4, headersOf(forgery.chain));
  await s.bitcoin.prove(...forgery.proof);
  const overtake = () =>
    s.client.submit(4, headersOf([...s.honest.slice(3), ...mineChain(last(s.honest), 2, rival("honest"))]));
  return { ...s, forgery, overtake };
}

describe("What a forged fork costs", () => {
  it("at least the ask's depth in blocks, and more work than the honest chain since the fork", async () => {
    const s = await loadFixture(withLease);
    // On the tip, one block is one confirmation: too few, whatever it contains.
    const shallow = forge(s.id, last(s.honest), CONFIRMATIONS - 1);
    await s.client.submit(6, headersOf(shallow.chain));
    await expect(s.bitcoin.prove(...shallow.proof)).to.be.revertedWithCustomError(
      { interface: new ethers.Interface(["error BitcoinProof_TooFewConfirmations(uint256,uint256)"]) },
      "BitcoinProof_TooFewConfirmations",
    );
    // From three below the tip, three blocks are as much work as the honest ones and lose to them.
    const even = forge(s.id, s.honest[2] ?? GENESIS, 3);
    await expect(s.client.submit(4, headersOf(even.chain))).to.be.revertedWithCustomError(
      s.client,
      "BitcoinLightClient_NotMoreWork",
    );
    const enough = forge(s.id, s.honest[2] ?? GENESIS, 4);
    await s.client.submit(4, headersOf(enough.chain));
    await s.bitcoin.prove(...enough.proof);
    expect((await s.leases.lease(s.id)).state).to.equal(State.Pending);
  });

  it("as much again for every time it is to be believed: its blocks are worth nothing once the honest chain is ahead", async () => {
    const s = await loadFixture(forged);
    await s.overtake();
    await s.bitcoin.revoke(...s.forgery.outpoint);
    await expect(s.bitcoin.prove(...s.forgery.proof)).to.be.revertedWithCustomError(
      { interface: new ethers.Interface(["error BitcoinProof_BlockNotCanonical(uint32,bytes32)"]) },
      "BitcoinProof_BlockNotCanonical",
    );
    await expect(s.client.submit(4, headersOf(s.forgery.chain))).to.be.revertedWithCustomError(
      s.client,
      "BitcoinLightClient_NotMoreWork",
    );
  });
});

describe("What a forged fork gains", () => {
  it("an instance that a VA starts, until anyone revokes, and nothing afterwards", async () => {
    const s = await loadFixture(forged);
    await s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS);
    await live(s, HOUR);
    await s.overtake();
    await s.bitcoin.revoke(...s.forgery.outpoint);
    const status = await s.leases.statusOf(s.id);
    // What it used is gone; it has no second more, and nothing to be refunded.
    expect(status.earned).to.be.within(PRICE, PRICE + PRICE / 100n);
    expect([status.deposit - status.earned, status.refundable]).to.deep.equal([0n, 0n]);
    expect(status.exhaustedAt).to.be.lessThanOrEqual(status.clock + 1n);
  });

  it("no more than the prepayment of the leases it has reserved, however long nobody revokes", async () => {
    const s = await loadFixture(forged);
    await s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS);
    await live(s, 30 * HOUR);
    expect((await s.leases.statusOf(s.id)).earned).to.equal(PREPAYMENT);
  });

  it("no start at all when it is revoked before", async () => {
    const s = await loadFixture(forged);
    await s.overtake();
    await s.bitcoin.revoke(...s.forgery.outpoint);
    expect((await s.leases.lease(s.id)).state).to.equal(State.Unfunded);
    await expect(s.leases.connect(s.hotKey).start(s.id, SEALED_ACCESS)).to.be.revertedWithCustomError(
      s.leases,
      "Leases_NoStartAwaited",
    );
  });

  it("no collateral: what an early close seems to owe is gone with the credit, within the days before it could be taken", async () => {
    const s = await loadFixture(forged);
    await s.leases.connect(s.hotKey).decline(s.id, "");
    expect((await s.leases.statusOf(s.id)).refundable).to.equal(PREPAYMENT);
    expect((await s.leases.bitcoinSide(s.id)).collateral).to.equal(COLLATERAL);
    await s.overtake();
    await s.bitcoin.revoke(...s.forgery.outpoint);
    expect((await s.leases.statusOf(s.id)).refundable).to.equal(0n);
    await time.increase(LATE_PAYMENT_WINDOW + HOUR);
    await s.leases.releaseCollateral(s.id);
    expect((await s.leases.bitcoinSide(s.id)).collateral).to.equal(0n);
    expect(LOCK).to.be.greaterThan(COLLATERAL);
  });
});
