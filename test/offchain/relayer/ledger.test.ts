// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { parseBlock } from "../../../offchain/bitcoin/block.ts";
import { leaseAddress } from "../../../offchain/bitcoin/leaseAddress.ts";
import { createLedger } from "../../../offchain/relayer/ledger.ts";
import { blockOf, numbered } from "../bitcoin/arbitraries.ts";
import { BITCOIN_KEY } from "./support/market.ts";
import { leaseId } from "./support/model.ts";

describe("ledger", () => {
  const lease = leaseAddress(BITCOIN_KEY, leaseId(1), "regtest");
  const watched = new Map([[lease.script, lease]]);
  const hash = (height: number) => `${height}`.padStart(64, "0");

  /** Blocks 11 to 20 on top of 10; each pays the lease. */
  function filled() {
    const ledger = createLedger({ height: 10, hash: hash(10) });
    for (let height = 11; height <= 20; height++) {
      const payment = numbered(height);
      payment.addOutput(Buffer.from(lease.script.slice(2), "hex"), BigInt(height) * 1000n);
      const block = parseBlock(blockOf([payment]).toBuffer());
      ledger.apply({ type: "block", height, hash: hash(height), block: { ...block, hash: hash(height) } }, watched);
    }
    return ledger;
  }

  it("forgets old blocks, but no payment to a lease that is watched", () => {
    const ledger = filled();
    expect(ledger.payments()).to.have.length(10);
    ledger.trim(15, () => true);
    expect(ledger.base).to.deep.equal({ height: 15, hash: hash(15) });
    expect(ledger.payments().map(({ block }) => block.height)).to.deep.equal([11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
    expect([ledger.hashAt(14), ledger.hashAt(15), ledger.hashAt(16)]).to.deep.equal([undefined, hash(15), hash(16)]);
    expect(ledger.candidates(watched).map(({ height }) => height)).to.deep.equal([16, 17, 18, 19, 20]);
    ledger.trim(18, () => false);
    expect(ledger.payments().map(({ block }) => block.height)).to.deep.equal([19, 20]);
    // What was not followed is not forgotten either.
    ledger.trim(5, () => false);
    expect(ledger.base.height).to.equal(18);
    expect(ledger.tip()).to.include({ height: 20 });
  });

  it("follows a reorg that goes below what it has forgotten", () => {
    const ledger = filled();
    ledger.trim(15, () => true);
    const ancestor = { height: 13, hash: hash(13) };
    const removed = ledger.apply({ type: "reorg", from: 14, removed: [], ancestor }, watched);
    expect(removed.map(({ block }) => block.height)).to.deep.equal([14, 15, 16, 17, 18, 19, 20]);
    expect(ledger.payments().map(({ block }) => block.height)).to.deep.equal([11, 12, 13]);
    expect(ledger.base).to.deep.equal(ancestor);
  });
});
