// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { hasSummary, testCounts } from "../../scripts/setup/testCounts.ts";

const MOCHA = "  3 passing (12ms)\n  1 pending\n  2 failing\n\n  1) breaks:\n     Error: 7 passing through\n";

describe("testCounts", () => {
  it("reads Mocha's summary", () => {
    expect(testCounts(MOCHA, false)).to.deep.equal({ passed: 3, failed: 2 });
  });

  it("reads a coloured summary", () => {
    const text = "\u001b[92m \u001b[0m\u001b[32m 12 passing\u001b[0m\u001b[90m (1s)\u001b[0m\n";
    expect(testCounts(text, true)).to.deep.equal({ passed: 12, failed: 0 });
    expect(hasSummary(text)).to.equal(true);
  });

  it("counts a runner that fails without a failing test as one failure", () => {
    expect(testCounts("  4 passing\n", false)).to.deep.equal({ passed: 4, failed: 1 });
  });

  it("counts a runner that never reports as one failure", () => {
    expect(testCounts("Error: cannot load\n", true)).to.deep.equal({ passed: 0, failed: 1 });
    expect(hasSummary("nothing passing\n")).to.equal(false);
  });
});
