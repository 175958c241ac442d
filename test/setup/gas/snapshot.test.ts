// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { differences, type Measured, updated } from "../../../scripts/gas/snapshot.ts";
import { tableOf } from "../../../scripts/gas/table.ts";

const call = (gas: number, goal: number | null = null): Measured => ({
  operation: "Vault.move",
  variant: "to a balance",
  gas,
  goal,
});

describe("The snapshot of gas", () => {
  it("has no differences when all is as known", () => {
    expect(differences([call(5, 9)], [call(5, 9)])).to.deep.equal([]);
  });

  it("tells of more and of less", () => {
    expect(differences([call(5)], [call(6)])).to.deep.equal(["Vault.move (to a balance): 6, was 5 (+1)"]);
    expect(differences([call(5)], [call(3)])).to.deep.equal(["Vault.move (to a balance): 3, was 5 (-2)"]);
  });

  it("tells of what is new, gone, or has another goal", () => {
    expect(differences([], [call(5)])).to.deep.equal(["Vault.move (to a balance): new, 5"]);
    expect(differences([call(5)], [])).to.deep.equal(["Vault.move (to a balance): no longer measured"]);
    expect(differences([call(5, 9)], [call(5, 8)])).to.deep.equal(["Vault.move (to a balance): goal 8, was 9"]);
  });

  it("tells of a goal that is missed, unless the reason is known", () => {
    const over = call(10, 9);
    expect(differences([over], [over])).to.deep.equal(["Vault.move (to a balance): 1 more than the goal of 9"]);
    expect(differences([{ ...over, missed: "two slots" }], [over])).to.deep.equal([]);
  });

  it("tells of a mark on a goal that is met", () => {
    const met = call(9, 9);
    expect(differences([{ ...met, missed: "two slots" }], [met])).to.have.lengthOf(1);
  });

  it("keeps the reasons of goals still missed, and no others", () => {
    const reason = { missed: "two slots" };
    expect(updated([{ ...call(12, 9), ...reason }], [call(10, 9)])).to.deep.equal([{ ...call(10, 9), ...reason }]);
    expect(updated([{ ...call(12, 9), ...reason }], [call(9, 9)])).to.deep.equal([call(9, 9)]);
  });

  it("becomes a table with the reasons below it", () => {
    const table = tableOf([{ ...call(10_000, 9_000), missed: "two slots" }, call(1)]);
    expect(table).to.include("| Vault.move | to a balance | 10,000 | 9,000 (1) |\n");
    expect(table).to.include("| Vault.move | to a balance | 1 |  |\n");
    expect(table).to.include("\n1. two slots\n");
  });
});
