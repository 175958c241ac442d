// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { AbiCoder, keccak256 } from "ethers";
import { COMPUTE_UNITS, deployed, loadFixture, SPEC } from "./fixture.ts";

const H100 = `0x48313030${"00".repeat(12)}`;

describe("ComputeClasses.register", () => {
  it("registers a class under the hash of its spec, for anyone", async () => {
    const s = await loadFixture(deployed);
    const encoded = AbiCoder.defaultAbiCoder().encode(
      ["uint16", "uint32", "uint32", "uint8", "bytes16", "bytes8"],
      Object.values(SPEC),
    );
    await expect(s.classes.connect(s.stranger).register(SPEC))
      .to.emit(s.classes, "ClassRegistered")
      .withArgs(keccak256(encoded), Object.values(SPEC), COMPUTE_UNITS);
    expect(await s.classes.computeUnits(keccak256(encoded))).to.equal(COMPUTE_UNITS);
    expect(await s.classes.idOf(SPEC)).to.equal(keccak256(encoded));
  });

  it("does no harm a second time", async () => {
    const s = await loadFixture(deployed);
    await s.classes.register(SPEC);
    expect(await s.classes.register.staticCall(SPEC)).to.equal(await s.classes.idOf(SPEC));
    await expect(s.classes.register(SPEC)).not.to.emit(s.classes, "ClassRegistered");
  });

  it("reverts when asked for a class that nobody registered", async () => {
    const s = await loadFixture(deployed);
    const id = await s.classes.idOf(SPEC);
    await expect(s.classes.computeUnits(id))
      .to.be.revertedWithCustomError(s.classes, "ComputeClasses_UnknownClass")
      .withArgs(id);
  });

  for (const [name, spec, units] of [
    ["one vCPU, 4 GiB and 100 GiB", { vcpus: 1, memoryMiB: 4096, diskGiB: 100 }, 1000n],
    ["the least, its memory rounded up", { vcpus: 1, memoryMiB: 1, diskGiB: 0 }, 401n],
    ["a GPU as eight", { vcpus: 1, memoryMiB: 1024, diskGiB: 0, gpus: 1, gpuModel: H100 }, 8_500n],
  ] as const) {
    it(`counts ${name}`, async () => {
      const s = await loadFixture(deployed);
      await s.classes.register({ ...SPEC, ...spec });
      expect(await s.classes.computeUnits(await s.classes.idOf({ ...SPEC, ...spec }))).to.equal(units);
    });
  }

  for (const [name, wrong] of [
    ["no vCPU", { vcpus: 0 }],
    ["no memory", { memoryMiB: 0 }],
    ["no architecture", { architecture: `0x${"00".repeat(8)}` }],
    ["a GPU model without a GPU", { gpuModel: H100 }],
    ["a GPU without a model", { gpus: 1 }],
  ] as const) {
    it(`reverts for ${name}`, async () => {
      const s = await loadFixture(deployed);
      const spec = { ...SPEC, ...wrong };
      await expect(s.classes.register(spec))
        .to.be.revertedWithCustomError(s.classes, "ComputeClasses_InvalidSpec")
        .withArgs(Object.values(spec));
    });
  }

  it("reverts for units beyond 32 bits", async () => {
    const s = await loadFixture(deployed);
    await expect(s.classes.register({ ...SPEC, diskGiB: 2n ** 32n - 1n })).to.be.revertedWithCustomError(
      s.classes,
      "SafeCastOverflowedUintDowncast",
    );
  });
});
