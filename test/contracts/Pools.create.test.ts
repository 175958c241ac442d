// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { encodeBytes32String, hexlify, toUtf8Bytes, zeroPadBytes } from "ethers";
import { Admission, deployed, loadFixture, MINIMUM_STAKE, RATIO, valuesOf } from "./fixture.ts";

const RULES = { minimumStake: MINIMUM_STAKE, collateralPerMsat: RATIO, fee: 5n, admission: Admission.Open };
const nameOf = (text: string) => zeroPadBytes(hexlify(toUtf8Bytes(text)), 32);

describe("Pools.create", () => {
  it("makes the caller the operator of a pool with a number of its own", async () => {
    const s = await loadFixture(deployed);
    const name = encodeBytes32String("stackmonkey");
    await expect(s.pools.connect(s.operator).create(name, RULES))
      .to.emit(s.pools, "PoolCreated")
      .withArgs(1, name, s.operator, Object.values(RULES));
    expect(await s.pools.operatorOf(1)).to.equal(s.operator.address);
    expect(await s.pools.poolNamed(name)).to.equal(1n);
    expect(valuesOf(await s.pools.rulesOf(1))).to.deep.equal([MINIMUM_STAKE, RATIO, 5n, 0n]);
    expect(await s.pools.create.staticCall(nameOf("another"), RULES)).to.equal(2n);
  });

  it("reverts for a name that is taken", async () => {
    const s = await loadFixture(deployed);
    await s.pools.create(nameOf("abc"), RULES);
    await expect(s.pools.connect(s.stranger).create(nameOf("abc"), RULES))
      .to.be.revertedWithCustomError(s.pools, "Pools_NameTaken")
      .withArgs(nameOf("abc"), 1);
  });

  for (const name of ["abc", "a-z", "---", "0123456789", "z".repeat(32)]) {
    it(`takes the name ${name}`, async () => {
      const s = await loadFixture(deployed);
      await expect(s.pools.create(nameOf(name), RULES)).to.emit(s.pools, "PoolCreated");
    });
  }

  for (const [why, name] of [
    ["nothing", nameOf("")],
    ["two letters", nameOf("ab")],
    ["a capital", nameOf("aBc")],
    ["an underscore", nameOf("a_b")],
    ["a dot", nameOf("a.b")],
    ["a letter beyond ASCII", nameOf("müll")],
    ["what follows z", nameOf("abc{")],
    ["what precedes a", nameOf("abc`")],
    ["what precedes 0", nameOf("abc/")],
    ["what follows 9", nameOf("abc:")],
    ["a zero inside", nameOf("abc\0d")],
    ["a last byte that is not zero", `${nameOf("abc").slice(0, -2)}01`],
    ["right alignment", `0x${"00".repeat(29)}616263`],
  ] as const) {
    it(`reverts for ${why}`, async () => {
      const s = await loadFixture(deployed);
      await expect(s.pools.create(name, RULES))
        .to.be.revertedWithCustomError(s.pools, "Pools_InvalidName")
        .withArgs(name);
    });
  }
});
