// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { GENESIS, headersOf, hex, last, mine, mineChain, rival } from "./support/blocks.ts";
import { CHAIN, LEASE, MSATS, OUTPUT, PAID, PAYMENT, PROOF, type Proof, withPaidBlock } from "./support/fixture.ts";
import { connection, submitAll } from "./support/lightClient.ts";
import { blockProof, transactionProof } from "./support/payments.ts";

const { networkHelpers } = connection;
const outpoint = [hex(PAYMENT.txid), 1, hex(LEASE)] as const;

describe("BitcoinPayments after a reorganization", () => {
  // Without the payment, and one with it in its second block.
  const without = mineChain(GENESIS, CHAIN.length + 1, rival("without"));
  const first = mine(GENESIS, rival("with")(GENESIS));
  const again = mine(first, { txids: [first.hash, PAYMENT.txid] });
  const moved = [first, again, ...mineChain(again, CHAIN.length)];
  const movedProof: Proof = [blockProof(again), transactionProof(again, 1, PAYMENT.segwit), [OUTPUT]];

  async function credited() {
    const fixture = await withPaidBlock();
    await fixture.payments.prove(...PROOF);
    return fixture;
  }

  it("refuses to revoke what is canonical or was never credited", async () => {
    const { payments } = await networkHelpers.loadFixture(credited);
    await expect(payments.revoke(...outpoint))
      .to.be.revertedWithCustomError(payments, "BitcoinPayments_BlockStands")
      .withArgs(1);
    await expect(payments.revoke(hex(PAYMENT.txid), 0, hex(LEASE)))
      .to.be.revertedWithCustomError(payments, "BitcoinPayments_NotCredited")
      .withArgs(hex(PAYMENT.txid), 0, hex(LEASE));
  });

  it("takes a credit back whose block was removed, once", async () => {
    const { client, payments, balance } = await networkHelpers.loadFixture(credited);
    await client.submit(1, headersOf(without));
    await expect(payments.revoke(...outpoint))
      .to.emit(payments, "PaymentRevoked")
      .withArgs(hex(LEASE), hex(PAYMENT.txid), 1, MSATS, 0);
    expect(await balance()).to.equal(0n);
    await expect(payments.revoke(...outpoint)).to.be.revertedWithCustomError(payments, "BitcoinPayments_NotCredited");
  });

  it("credits it again when it is mined again", async () => {
    const { client, payments, leases } = await networkHelpers.loadFixture(credited);
    await client.submit(1, headersOf(without));
    await payments.revoke(...outpoint);
    const before = (await leases.leases(hex(LEASE))).balance;
    await client.submit(1, headersOf([...moved, ...mineChain(last(moved), 2)]));
    await expect(payments.prove(...movedProof))
      .to.emit(payments, "PaymentCredited")
      .withArgs(hex(LEASE), hex(PAYMENT.txid), 1, MSATS, 2, hex(again.hash));
    expect((await leases.leases(hex(LEASE))).balance - before).to.equal(MSATS);
    await expect(payments.prove(...movedProof)).to.be.revertedWithCustomError(
      payments,
      "BitcoinPayments_AlreadyCredited",
    );
  });

  it("only moves the record when the payment is in another block by then", async () => {
    const { client, payments, balance } = await networkHelpers.loadFixture(credited);
    await client.submit(1, headersOf(moved));
    await expect(payments.prove(...movedProof))
      .to.emit(payments, "PaymentMoved")
      .withArgs(hex(LEASE), hex(PAYMENT.txid), 1, 2, hex(again.hash));
    expect(await balance()).to.equal(MSATS);
    await expect(payments.revoke(...outpoint)).to.be.revertedWithCustomError(payments, "BitcoinPayments_BlockStands");
  });

  it("never credits more than the value, though a part was spent before it was revoked", async () => {
    const { client, payments, leases } = await networkHelpers.loadFixture(credited);
    const spent = 100_000n;
    await leases.spend(hex(LEASE), spent + 1n);
    await client.submit(1, headersOf(without));
    await expect(payments.revoke(...outpoint))
      .to.emit(payments, "PaymentRevoked")
      .withArgs(hex(LEASE), hex(PAYMENT.txid), 1, MSATS - spent, spent);
    expect((await leases.leases(hex(LEASE))).balance).to.equal(0n);
    await client.submit(1, headersOf([...moved, ...mineChain(last(moved), 2)]));
    await expect(payments.prove(...movedProof))
      .to.emit(payments, "PaymentCredited")
      .withArgs(hex(LEASE), hex(PAYMENT.txid), 1, MSATS - spent, 2, hex(again.hash));
    expect((await leases.leases(hex(LEASE))).balance).to.equal(MSATS - spent);
  });

  it("counts a block that returns as if it had never gone", async () => {
    const { client, payments, balance } = await networkHelpers.loadFixture(credited);
    await client.submit(1, headersOf(without));
    await client.submit(1, headersOf([...CHAIN, ...mineChain(last(CHAIN), 2)]));
    await expect(payments.revoke(...outpoint)).to.be.revertedWithCustomError(payments, "BitcoinPayments_BlockStands");
    await expect(payments.prove(...PROOF)).to.be.revertedWithCustomError(payments, "BitcoinPayments_AlreadyCredited");
    expect(await balance()).to.equal(MSATS);
  });

  it("counts a block that has left the ring as final", async () => {
    const { client, payments } = await networkHelpers.loadFixture(credited);
    await submitAll(client, mineChain(last(CHAIN), 4096));
    expect(await client.blockHashAt(PAID.height)).to.equal(`0x${"00".repeat(32)}`);
    await expect(payments.revoke(...outpoint)).to.be.revertedWithCustomError(payments, "BitcoinPayments_BlockStands");
  });
});
