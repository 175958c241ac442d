// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { keccak256, toBeHex, ZeroAddress, ZeroHash } from "ethers";
import {
  Admission,
  applianceParams,
  BITCOIN_KEY,
  DAY,
  fieldsOf,
  GRACE,
  HOUR,
  loadFixture,
  MINIMUM_STAKE,
  marketed,
  SEAL_KEY,
  STAKE,
  time,
  valuesOf,
} from "./fixture.ts";

const FIELD = 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2fn;
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

describe("Providers.registerAppliance", () => {
  it("registers an appliance whose clock begins at zero", async () => {
    const s = await loadFixture(marketed);
    const params = applianceParams(s.stranger.address);
    const tx = s.providers.connect(s.provider).registerAppliance(params);
    await expect(tx)
      .to.emit(s.providers, "ApplianceRegistered")
      .withArgs(2, s.provider, 1, BITCOIN_KEY, GRACE, "eu-north-1");
    await expect(tx).to.emit(s.providers, "HotKeySet").withArgs(2, s.stranger);
    await expect(tx).to.emit(s.providers, "SealKeySet").withArgs(2, SEAL_KEY);
    expect(fieldsOf(await s.providers.appliance(2))).to.deep.equal({
      provider: s.provider.address,
      pool: 1n,
      grace: BigInt(GRACE),
      bitcoinKey: BITCOIN_KEY,
      hotKey: s.stranger.address,
      attestedUntil: 0n,
      hasFloors: false,
      elapsed: 0n,
      lastBeat: BigInt(await time.latest()),
      sealKey: SEAL_KEY,
    });
    expect(await s.providers.clockOf(2)).to.equal(0n);
    expect(valuesOf(await s.providers.providerOf(2))).to.deep.equal([s.provider.address, 1n, BigInt(GRACE)]);
    expect([await s.providers.bitcoinKeyOf(2), await s.providers.sealKeyOf(2)]).to.deep.equal([BITCOIN_KEY, SEAL_KEY]);
  });

  for (const [name, key] of [
    ["zero", ZeroHash],
    ["not the x of a point", toBeHex(5n, 32)],
    ["the field's order", toBeHex(FIELD, 32)],
    ["the group's order", toBeHex(ORDER, 32)],
    ["all ones", `0x${"ff".repeat(32)}`],
  ] as const) {
    it(`reverts for a bitcoin key that is ${name}`, async () => {
      const s = await loadFixture(marketed);
      const params = { ...applianceParams(s.hotKey.address), bitcoinKey: key };
      await expect(s.providers.connect(s.provider).registerAppliance(params))
        .to.be.revertedWithCustomError(s.providers, "Providers_InvalidBitcoinKey")
        .withArgs(key);
    });
  }

  it("reverts without a seal key", async () => {
    const s = await loadFixture(marketed);
    const params = { ...applianceParams(s.hotKey.address), sealKey: ZeroHash };
    await expect(s.providers.connect(s.provider).registerAppliance(params)).to.be.revertedWithCustomError(
      s.providers,
      "Providers_ZeroSealKey",
    );
  });

  for (const grace of [HOUR, 30 * DAY]) {
    it(`takes a grace of ${grace} seconds and none beyond`, async () => {
      const s = await loadFixture(marketed);
      const register = s.providers.connect(s.provider).registerAppliance;
      await register({ ...applianceParams(s.hotKey.address), grace });
      const beyond = grace === HOUR ? grace - 1 : grace + 1;
      await expect(register({ ...applianceParams(s.hotKey.address), grace: beyond }))
        .to.be.revertedWithCustomError(s.providers, "Providers_GraceOutOfBounds")
        .withArgs(beyond, HOUR, 30 * DAY);
    });
  }

  it("takes a region of 64 bytes and none of 65", async () => {
    const s = await loadFixture(marketed);
    const register = s.providers.connect(s.provider).registerAppliance;
    await register({ ...applianceParams(s.hotKey.address), region: "r".repeat(64) });
    await expect(register({ ...applianceParams(s.hotKey.address), region: "r".repeat(65) }))
      .to.be.revertedWithCustomError(s.providers, "Providers_RegionTooLong")
      .withArgs(65, 64);
  });

  it("reverts for an unknown pool", async () => {
    const s = await loadFixture(marketed);
    await expect(s.providers.connect(s.provider).registerAppliance({ ...applianceParams(ZeroAddress), pool: 2 }))
      .to.be.revertedWithCustomError(s.pools, "Pools_UnknownPool")
      .withArgs(2);
  });

  it("reverts for who is not admitted", async () => {
    const s = await loadFixture(marketed);
    await s.pools.connect(s.operator).setRules(1, { ...s.rules, admission: Admission.Listed });
    await expect(s.providers.connect(s.provider).registerAppliance(applianceParams(ZeroAddress)))
      .to.be.revertedWithCustomError(s.providers, "Providers_NotAdmitted")
      .withArgs(1, s.provider);
  });

  it("needs the pool's minimum stake, what is leaving left aside", async () => {
    const s = await loadFixture(marketed);
    await s.providers.connect(s.provider).requestUnstake(STAKE - MINIMUM_STAKE);
    await s.providers.connect(s.provider).registerAppliance(applianceParams(ZeroAddress));
    await s.providers.connect(s.provider).requestUnstake(1n);
    await expect(s.providers.connect(s.provider).registerAppliance(applianceParams(ZeroAddress)))
      .to.be.revertedWithCustomError(s.providers, "Providers_StakeTooSmall")
      .withArgs(s.provider, MINIMUM_STAKE - 1n, MINIMUM_STAKE);
  });
});

describe("Providers.setHotKey and setSealKey", () => {
  it("are for the provider's cold account only", async () => {
    const s = await loadFixture(marketed);
    const providers = s.providers.connect(s.hotKey);
    for (const call of [() => providers.setHotKey(1, s.stranger), () => providers.setSealKey(1, keccak256("0x"))]) {
      await expect(call())
        .to.be.revertedWithCustomError(s.providers, "Providers_NotProvider")
        .withArgs(1, s.hotKey, s.provider);
    }
  });

  it("revert for an unknown appliance", async () => {
    const s = await loadFixture(marketed);
    for (const call of [() => s.providers.setHotKey(2, s.stranger), () => s.providers.setSealKey(2, keccak256("0x"))]) {
      await expect(call()).to.be.revertedWithCustomError(s.providers, "Providers_UnknownAppliance").withArgs(2);
    }
  });

  it("set the keys", async () => {
    const s = await loadFixture(marketed);
    const providers = s.providers.connect(s.provider);
    await expect(providers.setHotKey(1, ZeroAddress)).to.emit(s.providers, "HotKeySet").withArgs(1, ZeroAddress);
    await expect(s.providers.connect(s.hotKey).beat(1))
      .to.be.revertedWithCustomError(s.providers, "Providers_NotAuthorized")
      .withArgs(1, s.hotKey);
    await expect(providers.setSealKey(1, keccak256("0x")))
      .to.emit(s.providers, "SealKeySet")
      .withArgs(1, keccak256("0x"));
    expect(await s.providers.sealKeyOf(1)).to.equal(keccak256("0x"));
  });

  it("refuses a zero seal key", async () => {
    const s = await loadFixture(marketed);
    await expect(s.providers.connect(s.provider).setSealKey(1, ZeroHash)).to.be.revertedWithCustomError(
      s.providers,
      "Providers_ZeroSealKey",
    );
  });
});
