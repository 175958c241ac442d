// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import fc from "fast-check";
import { createChainTime, MAX_AHEAD_S } from "../../../offchain/web/live/chainTime.ts";

function setUp() {
  let ms = 5_000;
  const time = createChainTime(() => ms);
  return { time, pass: (seconds: number) => (ms += seconds * 1_000) };
}

describe("web: the chain's time between blocks", () => {
  it("is not known before the first block", () => {
    expect(setUp().time.now()).to.equal(undefined);
  });

  it("counts on from a block, but not past a chain that stands still", () => {
    const { time, pass } = setUp();
    time.observe({ time: 1_000 });
    pass(7.5);
    expect(time.now()).to.equal(1_007.5);
    pass(3_600);
    expect(time.now()).to.equal(1_000 + MAX_AHEAD_S);
    expect(time.silence()).to.equal(3_607.5);
  });

  it("jumps with the chain", () => {
    const { time } = setUp();
    time.observe({ time: 1_000 });
    time.observe({ time: 9_000 });
    expect(time.now()).to.equal(9_000);
  });

  it("does not run backwards when a block is a little behind the estimate", () => {
    const { time, pass } = setUp();
    time.observe({ time: 1_000 });
    pass(3);
    time.observe({ time: 1_002 });
    expect(time.now()).to.equal(1_003);
    pass(2);
    expect(time.now()).to.equal(1_004);
  });

  it("is not thrown back by an older answer that comes late", () => {
    const { time } = setUp();
    time.observe({ time: 1_000 });
    time.observe({ time: 998 });
    expect(time.now()).to.equal(1_000);
  });

  it("goes back with a chain that begins anew", () => {
    const { time } = setUp();
    time.observe({ time: 9_000 });
    time.observe({ time: 1_000 });
    expect(time.now()).to.equal(1_000);
  });

  it("never decreases while blocks come in order", () => {
    const steps = fc.array(fc.record({ pass: fc.nat(40), block: fc.nat(20) }), { maxLength: 40 });
    fc.assert(
      fc.property(steps, (all) => {
        const { time, pass } = setUp();
        let block = 1_000;
        let before = 0;
        time.observe({ time: block });
        for (const step of all) {
          pass(step.pass);
          block += step.block;
          time.observe({ time: block });
          const now = time.now() ?? 0;
          expect(now).to.be.at.least(before);
          before = now;
        }
      }),
    );
  });
});
