// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { decodeStartFee } from "../../offchain/indexer/priceCode.ts";
import { encodeStartFeeUp, startFeeOf } from "../../va/startFee.ts";

describe("encodeStartFeeUp", () => {
  it("gives the lowest fee that is enough, for every code", () => {
    for (let code = 1; code <= 990; code++) {
      expect(encodeStartFeeUp(decodeStartFee(code, 2), 2)).to.equal(code);
      if (code > 1) expect(encodeStartFeeUp(decodeStartFee(code - 1, 2) + 1n, 2)).to.equal(code);
    }
    expect(encodeStartFeeUp(0n, 2)).to.equal(0);
    expect(() => encodeStartFeeUp(decodeStartFee(990, 2) + 1n, 2)).to.throw(RangeError);
  });
});

describe("startFeeOf", () => {
  const rule = { perXov: 2_000n, margin: 0.25 };

  it("passes the start price on, with the margin, and stands while it covers the price and is not twice too much", () => {
    const { least, placed, most } = startFeeOf({ startFee: rule }, 10n ** 18n, 0);
    expect([least, placed, most].map((code) => decodeStartFee(code, 0))).to.deep.equal([2_000n, 2_500n, 5_000n]);
  });

  it("is none without a rule", () => {
    expect(startFeeOf({ startFee: undefined }, 10n ** 18n, 0)).to.deep.equal({ least: 0, placed: 0, most: 0 });
  });
});
