// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { TransactionError } from "../../offchain/chain/transactionError.ts";
import { startOutlook } from "../../va/startOutlook.ts";
import { createRig, LEASE, type Rig } from "./rig.ts";

const XOV = 10n ** 18n;
const NOTHING = { purse: 0n, balance: 0n };
/** A XOV is worth so much of what is paid with. */
const RULE = { perXov: 2_000n, margin: 0 };

describe("startOutlook", () => {
  it("makes a start within the holder's limit, whatever there is", () => {
    expect(startOutlook({ price: 0n, ...NOTHING, fee: 0n }, RULE)).to.deep.equal({ kind: "go" });
  });
  it("makes one that the provider can pay to the last unit, and that the fee covers", () => {
    expect(startOutlook({ price: XOV, purse: XOV, balance: 0n, fee: 2_000n }, RULE)).to.deep.equal({ kind: "go" });
  });
  it("declines one that the provider cannot pay", () => {
    const { kind } = startOutlook({ price: XOV, purse: XOV - 1n, balance: XOV - 1n, fee: 2_000n }, RULE);
    expect(kind).to.equal("decline");
  });
  it("declines one that the fee does not cover, where the price is passed on", () => {
    expect(startOutlook({ price: XOV + 1n, ...NOTHING, balance: 2n * XOV, fee: 2_000n }, RULE).kind).to.equal(
      "decline",
    );
    expect(startOutlook({ price: XOV, ...NOTHING, balance: XOV, fee: 0n }, undefined).kind).to.equal("go");
  });
  it("waits while nobody starts without trust", () => {
    expect(startOutlook({ price: "exhausted", ...NOTHING, balance: XOV, fee: 0n }, RULE).kind).to.equal("wait");
  });
});

describe("a start that costs its provider", function () {
  this.timeout(20_000);
  let rig: Rig;
  beforeEach(async () => {
    rig = await createRig();
  });
  const kinds = () => rig.chain.sent.map(({ kind }) => kind);
  const told = () => rig.chain.sent.flatMap((sent) => (sent.kind === "decline" ? [sent.explanation] : []));
  const unaffordable = { price: XOV, ...NOTHING, fee: 0n };
  const reverted = (errorName: string) =>
    new TransactionError({ code: "REVERTED", message: errorName, revert: { errorName, args: [], data: "0x" } });

  it("is declined before a server is made, if it cannot be paid", async () => {
    rig.chain.room.startTerms = unaffordable;
    await rig.funded();
    await rig.run(6);
    expect(told()).to.have.length(1);
    expect(told()[0]).to.match(/^The provider cannot pay/);
    expect(rig.servers()).to.deep.equal([]);
  });
  it("is made once the price has decayed, if there were too many", async () => {
    rig.chain.room.startTerms = { ...unaffordable, price: "exhausted" };
    await rig.funded();
    await rig.run(6);
    expect(kinds()).to.deep.equal([]);
    rig.chain.room.startTerms = { price: XOV, ...NOTHING, balance: XOV, fee: 0n };
    await rig.run();
    expect(kinds()).to.deep.equal(["start"]);
  });
  it("is declined with that reason when the window ends first", async () => {
    rig.chain.room.startTerms = { ...unaffordable, price: "exhausted" };
    await rig.funded();
    await rig.run(12, 180);
    expect(told()).to.deep.equal([
      "The instance was not ready in time: too many instances are being started by holders without trust",
    ]);
    expect(rig.servers()).to.deep.equal([]);
  });
  it("is declined when what there was is gone by the time the server runs", async () => {
    await rig.funded();
    rig.chain.failSend({ error: reverted("Trust_StartUnpaid"), when: "before" });
    await rig.run(24);
    expect(kinds()[0]).to.equal("decline");
    expect(told()[0]).to.match(/^The provider cannot pay/);
    expect(rig.servers()).to.deep.equal([]);
  });
  it("is tried again when too many were started while the server booted", async () => {
    await rig.funded();
    const failure = { error: reverted("Trust_StartsExhausted"), when: "before" } as const;
    rig.chain.failSend(failure, failure);
    await rig.run();
    expect(kinds()).to.deep.equal(["start"]);
  });
  it("is not asked about when the lease has started before", async () => {
    await rig.funded();
    await rig.run();
    rig.chain.room.startTerms = unaffordable;
    rig.chain.launch(LEASE, await rig.sealed({ sshKeys: [] }));
    rig.chain.mine();
    await rig.run();
    expect(kinds()).to.deep.equal(["start", "start"]);
  });
});
