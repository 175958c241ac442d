// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { type ClaimStep, claimStep, type DebtState } from "../../../offchain/relayer/claim.ts";

const CLOSED_AT = 1_780_000_000;
const WEEK = 604_800;
const FOREVER: ClaimStep = { kind: "wait", until: Number.POSITIVE_INFINITY };
const DEBT: DebtState = {
  closedAt: CLOSED_AT,
  hasRefundScript: true,
  owed: 20_000_000n,
  covered: 24_000_000n,
  claimed: 0n,
  payableAt: 0,
  pending: [],
};
const REFUND = { txid: `0x${"dd".repeat(32)}`, vout: 1, stands: true } as const;

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
});
