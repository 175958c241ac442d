// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import type { Progress } from "../../../offchain/indexer/store.ts";
import { createPerBlock } from "../../../offchain/pool/perBlock.ts";

describe("answers that hold for a block", () => {
  let progress: Progress | undefined;
  let computed: number;
  beforeEach(() => {
    progress = undefined;
    computed = 0;
  });
  const answers = () => createPerBlock<number>({ progress: () => progress });
  const compute = async () => ++computed;
  const at = (seq: number, epoch = "a"): Progress => {
    return { seq, epoch, checkpoint: undefined, block: 1, blockTime: 1, safe: 1, finalized: 1 };
  };

  it("are computed once for each question, and again after a commit or in another index", async () => {
    const perBlock = answers();
    progress = at(1);
    expect(await Promise.all([perBlock.get("x", compute), perBlock.get("x", compute)])).to.deep.equal([1, 1]);
    expect(await perBlock.get("y", compute)).to.equal(2);
    progress = at(2);
    expect(await perBlock.get("x", compute)).to.equal(3);
    progress = at(2, "b");
    expect(await perBlock.get("x", compute)).to.equal(4);
  });

  it("are not kept before the first commit, nor when they failed", async () => {
    const perBlock = answers();
    await perBlock.get("x", compute);
    expect(await perBlock.get("x", compute)).to.equal(2);
    progress = at(1);
    const failure: unknown = await perBlock.get("x", () => Promise.reject(new Error("no"))).catch((error) => error);
    expect(failure).to.be.an("error");
    expect(await perBlock.get("x", compute)).to.equal(3);
  });
});
