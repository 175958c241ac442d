// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { connection } from "./support/lightClient.ts";
import { BOUND, deployed, LOT, LOTS, offered, PRICE, type Terms } from "./support/swap.ts";

const { networkHelpers } = connection;
const { loadFixture } = networkHelpers;

describe("Swap.make", () => {
  it("escrows all lots, and says what is offered", async () => {
    const s = await loadFixture(deployed);
    const before = await s.balanceOf(s.maker);
    await expect(s.swap.connect(s.maker).make(s.terms))
      .to.emit(s.swap, "OfferMade")
      .withArgs(1n, s.maker.address, ({ lots, price }: Terms) => lots === LOTS && price === PRICE);
    expect(before - (await s.balanceOf(s.maker))).to.equal(LOTS * LOT);
    expect(await s.balanceOf(s.swap)).to.equal(LOTS * LOT);
    const offer = await s.swap.offerOf(1n);
    for (const [name, value] of Object.entries(s.terms)) expect(offer[name as keyof Terms]).to.equal(value, name);
    expect([offer.maker, offer.closed, offer.level]).to.deep.equal([s.maker.address, false, 0n]);
    expect(await s.swap.immediateOf(1n)).to.equal(BOUND);
  });

  it("numbers offers from one on", async () => {
    const s = await loadFixture(offered);
    await s.swap.connect(s.maker).make({ ...s.terms, lots: 20n });
    expect((await s.swap.offerOf(2n)).lots).to.equal(20n);
    for (const unknown of [0n, 3n]) {
      await expect(s.swap.offerOf(unknown))
        .to.be.revertedWithCustomError(s.swap, "Swap_UnknownOffer")
        .withArgs(unknown);
    }
  });

  it("refuses more than the maker has in the vault", async () => {
    const s = await loadFixture(deployed);
    await expect(s.swap.connect(s.stranger).make(s.terms))
      .to.be.revertedWithCustomError(s.vault, "Vault_BalanceTooSmall")
      .withArgs(s.terms.token, s.stranger.address, 0n, LOTS * LOT);
  });

  describe("given terms that no payment could meet", () => {
    const MAX_SATS = 2_100_000_000_000_000n;
    const cases: [string, Partial<Terms>, string, unknown[]][] = [
      [
        "a key that is not on the curve",
        { bitcoinKey: `0x${"00".repeat(31)}05` },
        "Swap_InvalidKey",
        [`0x${"00".repeat(31)}05`],
      ],
      ["lots of nothing", { lot: 0n }, "Swap_EmptyLot", []],
      ["no confirmation", { confirmations: 0n }, "Swap_ConfirmationsOutOfRange", [0n, 1n, 100n]],
      ["too many confirmations", { confirmations: 101n }, "Swap_ConfirmationsOutOfRange", [101n, 1n, 100n]],
      ["a window too short", { window: 1799n }, "Swap_WindowOutOfRange", [1799n, 1800n, 604800n]],
      ["a window too long", { window: 604801n }, "Swap_WindowOutOfRange", [604801n, 1800n, 604800n]],
      ["less than the minimum", { lots: 9n }, "Swap_TooFewLots", [9n, 10n]],
      [
        "dust (330 satoshi to a taproot output)",
        { minimum: 329n, price: 1n },
        "Swap_ValueOutOfRange",
        [329n, 330n, MAX_SATS],
      ],
      ["nothing for a lot", { price: 0n }, "Swap_ValueOutOfRange", [0n, 330n, MAX_SATS]],
      ["no lots at least", { minimum: 0n }, "Swap_ValueOutOfRange", [0n, 330n, MAX_SATS]],
      [
        "more than 21 million bitcoin",
        { price: MAX_SATS / LOTS + 1n },
        "Swap_ValueOutOfRange",
        [MAX_SATS + LOTS, 330n, MAX_SATS],
      ],
    ];
    for (const [what, change, error, args] of cases) {
      it(`refuses ${what}`, async () => {
        const s = await loadFixture(deployed);
        await expect(s.swap.connect(s.maker).make({ ...s.terms, ...change }))
          .to.be.revertedWithCustomError(s.swap, error)
          .withArgs(...args);
      });
    }

    it("takes what is just within", async () => {
      const s = await loadFixture(deployed);
      const swap = s.swap.connect(s.maker);
      for (const change of [
        { confirmations: 1n },
        { confirmations: 100n },
        { window: 1800n },
        { window: 604800n },
        { lots: 10n },
        { minimum: 330n, price: 1n },
        { price: MAX_SATS / LOTS },
      ])
        await swap.make({ ...s.terms, ...change });
    });
  });
});
