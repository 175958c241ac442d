// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import fc from "fast-check";
import { bitcoinOf, grouped, satsDown, satsUp } from "../../../offchain/web/format/amount.ts";
import { countdown, hoursInBrief, hoursInWords, inWords } from "../../../offchain/web/format/duration.ts";
import { diskOf, gpusOf, memoryOf } from "../../../offchain/web/format/size.ts";

const plain = (text: string) => text.replaceAll("\u00a0", " ");

describe("web: amounts", () => {
  it("rounds up what is to be paid and down what is left", () => {
    expect([satsUp(1n), satsUp(1_000n), satsUp(1_001n), satsUp(0n)]).to.deep.equal([1n, 1n, 2n, 0n]);
    expect([satsDown(999n), satsDown(1_999n)]).to.deep.equal([0n, 1n]);
  });

  it("groups digits and keeps a fraction as it is", () => {
    expect(["0", "999", "1000", "1234567", "1234.125", "0.0001"].map((text) => plain(grouped(text)))).to.deep.equal([
      "0",
      "999",
      "1 000",
      "1 234 567",
      "1 234.125",
      "0.0001",
    ]);
  });

  it("loses no digit", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 21n * 10n ** 14n }), (sats) => {
        expect(grouped(sats).replaceAll("\u00a0", "")).to.equal(`${sats}`);
        expect(BigInt(bitcoinOf(sats).replace(".", ""))).to.equal(sats);
      }),
    );
  });
});

describe("web: durations", () => {
  it("counts down in hours, minutes and seconds, with days in front", () => {
    expect([0, -5, 59.9, 61, 3_600, 86_399, 86_400, 187_389].map((s) => plain(countdown(s)))).to.deep.equal([
      "00:00",
      "00:00",
      "00:59",
      "01:01",
      "01:00:00",
      "23:59:59",
      "1 d 00:00:00",
      "2 d 04:03:09",
    ]);
  });

  it("says the two largest units", () => {
    expect([0, 1, 60, 61, 3_600, 11_220, 86_405, 190_000].map(inWords)).to.deep.equal([
      "0 seconds",
      "1 second",
      "1 minute",
      "1 minute 1 second",
      "1 hour",
      "3 hours 7 minutes",
      "1 day",
      "2 days 4 hours",
    ]);
  });

  it("says hours as people do", () => {
    expect([1, 24, 36, 72].map(hoursInWords)).to.deep.equal(["1 hour", "24 hours", "36 hours", "3 days"]);
    expect([1, 24, 36, 72].map((hours) => plain(hoursInBrief(hours)))).to.deep.equal(["1 h", "24 h", "36 h", "3 d"]);
  });
});

describe("web: sizes", () => {
  it("chooses the unit", () => {
    expect([512, 1024, 1536, 1600, 131_072].map((mib) => plain(memoryOf(mib)))).to.deep.equal([
      "512 MiB",
      "1 GiB",
      "1.5 GiB",
      "1600 MiB",
      "128 GiB",
    ]);
    expect([20, 1_000, 1_024].map((gib) => plain(diskOf(gib)))).to.deep.equal(["20 GiB", "1000 GiB", "1 TiB"]);
  });

  it("names GPUs", () => {
    expect(plain(gpusOf({ gpus: 2, gpuModel: "a100" }))).to.equal("2 × a100");
    expect(gpusOf({ gpus: 0, gpuModel: null })).to.equal("");
  });
});
