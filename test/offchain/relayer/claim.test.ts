// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { type ClaimStep, claimStep, type DebtState, type UnprovenRefund } from "../../../offchain/relayer/claim.ts";

const CLOSED_AT = 1_780_000_000;
const WEEK = 604_800;
const FOREVER: ClaimStep = { kind: "wait", until: Number.POSITIVE_INFINITY };
const DEBT: DebtState = {
  closedAt: CLOSED_AT,
  hasRefundScript: true,
  owed: 20_000_000n,
  covered: 24_000_000n,
  claimed: 0n,
  confirmations: 2,
  payableAt: 0,
  pending: [],
  unproven: [],
};
const REFUND = { txid: `0x${"dd".repeat(32)}`, vout: 1, stands: true, confirmableAt: CLOSED_AT + WEEK } as const;
const TRANSACTION = {
  bytes: new Uint8Array(),
  start: 0,
  end: 0,
  inputs: 0,
  outputs: 0,
  outputsEnd: 0,
  hasWitness: false,
};
/** Pays all that is owed but the fee, in a block that is so deep. */
const mined = (depth: number, change: Partial<UnprovenRefund> = {}): UnprovenRefund => ({
  txid: "ee".repeat(32),
  paid: 0,
  value: 18_000n,
  mark: 1,
  transaction: TRANSACTION,
  height: 100,
  blockHash: "bb".repeat(32),
  depth,
  moved: false,
  ...change,
});

const step = (debt: Partial<DebtState>, after: number) => claimStep({ ...DEBT, ...debt }, CLOSED_AT + after);

describe("claimStep", () => {
  it("waits for the provider's week, to the second, and claims then", () => {
    expect(step({}, WEEK - 1)).to.deep.equal({ kind: "wait", until: CLOSED_AT + WEEK });
    expect(step({}, WEEK)).to.deep.equal({ kind: "claim" });
  });

  it("claims at once where there is nowhere to refund to", () => {
    expect(step({ hasRefundScript: false }, 0)).to.deep.equal({ kind: "claim" });
  });

  it("claims nothing that is too small, or that nothing covers", () => {
    expect(step({ owed: 2_999_999n }, WEEK)).to.deep.equal(FOREVER);
    expect(step({ owed: 3_000_000n }, WEEK)).to.deep.equal({ kind: "claim" });
    expect(step({ covered: 0n }, WEEK)).to.deep.equal(FOREVER);
  });

  it("collects when the claim is payable, also what a refund has left nothing of", () => {
    const claimed = { claimed: 20_000_000n, payableAt: CLOSED_AT + 3 * WEEK };
    expect(step(claimed, 3 * WEEK - 1)).to.deep.equal({ kind: "wait", until: CLOSED_AT + 3 * WEEK });
    expect(step(claimed, 3 * WEEK)).to.deep.equal({ kind: "collect" });
    expect(step({ ...claimed, owed: 0n }, 3 * WEEK)).to.deep.equal({ kind: "collect" });
  });

  it("takes back a refund that Bitcoin has removed before anything else, and leaves one that stands", () => {
    const { txid, vout } = REFUND;
    const removed = { ...REFUND, stands: false };
    expect(step({ owed: 0n, pending: [REFUND] }, WEEK)).to.deep.equal(FOREVER);
    expect(step({ pending: [REFUND, removed] }, WEEK)).to.deep.equal({ kind: "revoke", txid, vout });
    expect(step({ claimed: 1n, pending: [removed] }, 9 * WEEK)).to.deep.equal({ kind: "revoke", txid, vout });
  });

  it("leaves it to the appliance to prove its refund, and proves it when that is late or something is to be claimed", () => {
    const wait: ClaimStep = { kind: "wait", until: CLOSED_AT + WEEK };
    expect(step({ unproven: [mined(7)] }, 0)).to.deep.equal(wait);
    expect(step({ unproven: [mined(8)] }, 0)).to.deep.equal({ kind: "prove", refund: mined(8) });
    expect(step({ unproven: [mined(1)] }, WEEK)).to.deep.equal({ kind: "claim" });
    expect(step({ unproven: [mined(2)] }, WEEK)).to.deep.equal({ kind: "prove", refund: mined(2) });
    const claimed = { claimed: 20_000_000n, payableAt: CLOSED_AT + 3 * WEEK, unproven: [mined(2)] };
    expect(step(claimed, 3 * WEEK)).to.deep.equal({ kind: "prove", refund: mined(2) });
    expect(step({ ...claimed, owed: 0n }, 3 * WEEK)).to.deep.equal({ kind: "collect" });
  });

  it("is not held up by crumbs", () => {
    expect(step({ unproven: [mined(9, { value: 9_999n })] }, WEEK)).to.deep.equal({ kind: "claim" });
    const half = mined(9, { value: 10_000n });
    expect(step({ unproven: [half] }, WEEK)).to.deep.equal({ kind: "prove", refund: half });
  });

  it("proves a refund anew where a reorg has put it, as soon as it is deep enough, and does not take it back", () => {
    const removed = { ...REFUND, stands: false };
    const moved = (depth: number) => mined(depth, { moved: true });
    expect(step({ owed: 0n, pending: [removed], unproven: [moved(1)] }, 0)).to.deep.equal(FOREVER);
    expect(step({ owed: 0n, pending: [removed], unproven: [moved(2)] }, 0)).to.deep.equal({
      kind: "prove",
      refund: moved(2),
    });
  });

  it("has a refund count for good when its appliance has not, an hour after it could", () => {
    const { txid, vout } = REFUND;
    const proven = { owed: 0n, pending: [REFUND] };
    expect(step(proven, WEEK + 3_599)).to.deep.equal(FOREVER);
    expect(step(proven, WEEK + 3_600)).to.deep.equal({ kind: "confirm", txid, vout });
  });
});
