// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { STACK } from "../../scripts/gas/stack.ts";
import { at, DAY, loadFixture, time } from "./fixture.ts";
import { trusting } from "./trustFixture.ts";

const [PERIOD, NOTICE, BAR] = [30 * DAY, 45 * DAY, 7 * DAY];

async function attesting() {
  const s = await trusting();
  return { ...s, va: s.attestations.connect(s.hotKey), claims: s.attestations.connect(s.asClaims) };
}

/** The stack with other licences. */
const under = (...licences: string[]) => STACK.map((c, i) => ({ ...c, licence: licences[i] ?? c.licence }));

describe("Attestations.attest", () => {
  it("lists an appliance for thirty days, by its provider or hot key", async () => {
    const s = await loadFixture(attesting);
    const now = (await time.latest()) + 5;
    await at(now);
    await expect(s.va.attest(1, STACK)).to.emit(s.attestations, "Attested");
    expect(await s.attestations.expiryOf(1)).to.equal(now + PERIOD);
    expect((await s.trustLens.attestationOf(1)).listable).to.equal(true);
    await at(now + PERIOD);
    await s.attestations.connect(s.provider).attest(1, STACK);
    expect(await s.attestations.expiryOf(1)).to.equal(now + 2 * PERIOD);
    await expect(s.attestations.connect(s.stranger).attest(1, STACK)).to.be.revertedWithCustomError(
      s.providers,
      "Providers_NotAuthorized",
    );
  });

  it("lapses", async () => {
    const s = await loadFixture(attesting);
    await s.va.attest(1, STACK);
    await time.increase(PERIOD);
    const { listable, secondsLeft } = await s.trustLens.attestationOf(1);
    expect([listable, secondsLeft]).to.deep.equal([false, 0n]);
    expect((await s.trustLens.attestationOf(2)).listable).to.equal(false);
  });

  it("wants every level, named in full, under accepted licences", async () => {
    const s = await loadFixture(attesting);
    const { attestations } = s;
    const refused = (stack: typeof STACK, error: string, ...args: unknown[]) =>
      expect(s.va.attest(1, stack))
        .to.be.revertedWithCustomError(attestations, error)
        .withArgs(...args);
    await refused(STACK.slice(0, 2), "Attestations_ComponentsOutOfBounds", 2, 3, 32);
    await refused(
      Array.from({ length: 33 }, () => STACK[0]).flatMap((c) => (c ? [c] : [])),
      "Attestations_ComponentsOutOfBounds",
      33,
      3,
      32,
    );
    await refused(
      STACK.map((c) => ({ ...c, level: 0 })),
      "Attestations_LevelMissing",
      1,
    );
    await refused(under("MIT", "Proprietary"), "Attestations_LicenceNotAccepted", 1, "Proprietary");
    await refused(under("MIT AND SSPL-1.0"), "Attestations_LicenceNotAccepted", 0, "MIT AND SSPL-1.0");
    const field = (name: string) => `0x${Buffer.from(name).toString("hex").padEnd(64, "0")}`;
    for (const name of ["name", "version", "source", "commit"] as const) {
      const without = STACK.map((c, i) => ({ ...c, [name]: i === 2 ? "" : c[name] }));
      await refused(without, "Attestations_FieldOutOfBounds", 2, field(name), 0, 128);
      const long = STACK.map((c, i) => ({ ...c, [name]: i === 0 ? "x".repeat(129) : c[name] }));
      await refused(long, "Attestations_FieldOutOfBounds", 0, field(name), 129, 128);
    }
    await s.va.attest(1, under("MIT OR Proprietary", "GPL-2.0-only WITH Linux-syscall-note", "(isc)"));
  });

  it("stands for as long as what it rests on: a withdrawal gives longer notice than any attestation lasts", async () => {
    const s = await loadFixture(attesting);
    const owner = s.attestations.connect(s.treasury);
    await s.va.attest(1, under("Zlib"));
    const before = await s.attestations.expiryOf(1);
    const announced = (await time.latest()) + 10;
    await at(announced);
    await expect(owner.withdraw("ZLIB", false))
      .to.emit(s.attestations, "LicenceWithdrawn")
      .withArgs("ZLIB", false, announced + NOTICE);
    // what was attested before stands to its end
    expect(await s.attestations.expiryOf(1)).to.equal(before);
    expect(before < BigInt(announced + NOTICE)).to.equal(true);
    // what is attested late in the notice ends with it
    await at(announced + NOTICE - DAY);
    await s.va.attest(1, under("Zlib"));
    expect(await s.attestations.expiryOf(1)).to.equal(announced + NOTICE);
    // unless it may be used under another licence
    await s.va.attest(1, under("Zlib OR MIT"));
    expect((await s.attestations.expiryOf(1)) > BigInt(announced + NOTICE)).to.equal(true);
    await at(announced + NOTICE);
    await expect(s.va.attest(1, under("Zlib"))).to.be.revertedWithCustomError(
      s.attestations,
      "Attestations_LicenceNotAccepted",
    );
    await expect(owner.withdraw("Zlib", false)).to.be.revertedWithCustomError(
      s.attestations,
      "Attestations_NotAccepted",
    );
  });

  it("rests on the soonest of all that its expressions need, and a later withdrawal gives no more time", async () => {
    const s = await loadFixture(attesting);
    const owner = s.attestations.connect(s.treasury);
    const announced = (await time.latest()) + 10;
    await at(announced);
    await owner.withdraw("Zlib", false);
    await owner.withdraw("Classpath-exception-2.0", true);
    const exceptionUntil = BigInt(await time.latest()) + BigInt(NOTICE);
    const until = (text: string) => s.attestations.acceptedUntil(text);
    const zlib = BigInt(announced + NOTICE);
    for (const text of [
      "Zlib AND MIT",
      "MIT AND Zlib",
      "Zlib OR Proprietary",
      "Zlib+",
      "(MIT OR ISC) AND (Zlib OR Closed)",
    ]) {
      expect(await until(text)).to.equal(zlib);
    }
    expect(await until("GPL-2.0-only WITH Classpath-exception-2.0")).to.equal(exceptionUntil);
    expect(await until("Zlib WITH Classpath-exception-2.0")).to.equal(zlib);
    await at(announced + 10 * DAY);
    await owner.withdraw("Zlib", false);
    expect(await until("Zlib")).to.equal(zlib);
    await at(announced + NOTICE);
    await s.providers.connect(s.hotKey).beat(1);
    expect([await until("Zlib AND MIT"), (await until("Zlib OR MIT")) > 0n]).to.deep.equal([0n, true]);
    await owner.accept(["Zlib"], false);
    expect(await until("Zlib AND MIT")).to.equal(2n ** 40n - 1n);
  });

  it("is refused for a week after a claim", async () => {
    const s = await loadFixture(attesting);
    await s.va.attest(1, STACK);
    await expect(s.va.revoke(1)).to.be.revertedWithCustomError(s.attestations, "Attestations_NotClaims");
    const now = (await time.latest()) + 10;
    await at(now);
    await s.claims.revoke(1);
    expect(await s.attestations.expiryOf(1)).to.equal(now);
    await at(now + BAR - 1);
    await expect(s.va.attest(1, STACK))
      .to.be.revertedWithCustomError(s.attestations, "Attestations_Barred")
      .withArgs(1, now + BAR);
    await at(now + BAR);
    await s.va.attest(1, STACK);
  });
});

describe("Attestations.accept", () => {
  it("is the owner's, and at once", async () => {
    const s = await loadFixture(attesting);
    expect(await s.attestations.acceptedUntil("BSL-1.0")).to.equal(0n);
    await expect(s.attestations.connect(s.stranger).accept(["BSL-1.0"], false)).to.be.revertedWithCustomError(
      s.attestations,
      "OwnableUnauthorizedAccount",
    );
    await s.attestations.accept(["BSL-1.0"], false);
    expect(await s.attestations.acceptedUntil("bsl-1.0")).to.equal(2n ** 40n - 1n);
    for (const id of [
      "MIT OR ISC",
      "",
      "+",
      "AND",
      "with",
      "MIT/ISC",
      "(MIT)",
      "MIT++",
      " MIT",
      "é",
      "x".repeat(257),
    ]) {
      await expect(s.attestations.accept([id], false))
        .to.be.revertedWithCustomError(s.attestations, "Attestations_InvalidIdentifier")
        .withArgs(id);
    }
  });

  it("accepts a version and its later ones apart, and a reference of its own kind", async () => {
    const s = await loadFixture(attesting);
    const until = (text: string) => s.attestations.acceptedUntil(text);
    await s.attestations.accept(["OLDAP-2.8+", "LicenseRef-ours", "DocumentRef-spdx:LicenseRef-theirs"], false);
    await s.attestations.accept(["AdditionRef-ours"], true);
    expect((await until("oldap-2.8+")) > 0n).to.equal(true);
    expect(await until("OLDAP-2.8")).to.equal(0n);
    expect((await until("LICENSEREF-Ours AND documentref-SPDX:licenseref-theirs")) > 0n).to.equal(true);
    expect(await until("LicenseRef-theirs")).to.equal(0n);
    expect((await until("MIT WITH additionref-ours")) > 0n).to.equal(true);
    expect(await until("AdditionRef-ours")).to.equal(0n);
  });
});

describe("SPDX expressions", () => {
  const accepted = [
    "MIT",
    "mit",
    "  MIT  ",
    "(MIT)",
    "((MIT))",
    "MIT OR Proprietary",
    "Proprietary OR MIT",
    "Proprietary or (MIT and Apache-2.0)",
    "Proprietary AND Closed OR MIT",
    "MIT OR Proprietary AND Closed",
    "GPL-2.0-only+",
    "GPL-2.0-only WITH Classpath-exception-2.0",
    "GPL-2.0-only with linux-SYSCALL-note AND MIT",
    "(MIT)AND(ISC)",
    "MIT AND(ISC)",
    "(MIT)AND ISC",
    "MIT+ OR Proprietary",
    "(MIT+)",
    "( MIT OR Proprietary ) AND ( ISC OR Closed )",
    "(((((((MIT)))))))",
    "(((((((( MIT OR Proprietary))))))))",
    Array.from({ length: 20 }, () => "(MIT)").join(" AND "),
    // WITH binds before AND, AND before OR
    "MIT AND GPL-2.0-only WITH Classpath-exception-2.0 OR Proprietary",
    "Proprietary WITH Classpath-exception-2.0 OR ISC",
    "GPL-2.0-or-later+ WITH Linux-syscall-note",
    // what is on a hypervisor's own packages
    "GPL-2.0-only AND LGPL-2.1-or-later AND MIT AND BSD-2-Clause AND (GPL-2.0-or-later OR Proprietary)",
    // identifiers that only begin as operators do
    "MIT OR ORACLE",
    "MIT OR And-1.0",
  ];
  const refused = [
    "Proprietary",
    "MIT AND Proprietary",
    "Proprietary AND MIT",
    "(MIT OR Proprietary) AND Closed",
    "MIT WITH Unknown-exception",
    "Proprietary WITH Classpath-exception-2.0",
    "LicenseRef-MIT",
    "DocumentRef-x:LicenseRef-y",
    "MIT-0",
    // an exception is no licence, and a licence no exception
    "Classpath-exception-2.0",
    "GPL-2.0-only WITH MIT",
    "ISC AND Proprietary OR Closed AND MIT AND Proprietary",
    "(MIT OR ISC) AND (Proprietary OR Closed)",
    "Proprietary OR MIT AND Closed",
    "MIT AND GPL-2.0-only WITH Unknown-exception",
    "NONE",
    "NOASSERTION",
    "Apache-2",
    "Apache-2.00",
    "GPL-2.0",
    "GPL-2.0+",
    "ORACLE AND MIT",
  ];
  const invalid: readonly (readonly [string, number])[] = [
    ["", 0],
    ["AND", 0],
    ["MIT AND", 7],
    ["MIT OR OR ISC", 7],
    ["MIT ISC", 4],
    ["MIT Or ISC", 4],
    ["(MIT", 4],
    ["MIT)", 3],
    ["MIT/ISC", 3],
    ["MIT WITH (X)", 9],
    ["(MIT) WITH X", 6],
    ["MIT +", 4],
    ["()", 1],
    ["   ", 3],
    ["+", 0],
    ["OR", 0],
    ["WITH Classpath-exception-2.0", 0],
    ["MIT WITH", 8],
    ["MIT WITH AND", 9],
    ["MIT OR", 6],
    ["OR MIT", 0],
    ["MIT AND AND ISC", 8],
    ["MIT oR ISC", 4],
    ["MIT wiTH Classpath-exception-2.0", 4],
    ["MIT++", 4],
    ["MIT+ISC", 4],
    ["MIT+AND ISC", 4],
    ["MIT(ISC)", 3],
    ["MIT (ISC)", 4],
    ["(MIT)ISC", 5],
    ["(MIT)+", 5],
    ["((MIT)", 6],
    ["(MIT OR) ISC", 7],
    ["(MIT AND ISC))", 13],
    ["MIT WITH Classpath-exception-2.0+", 32],
    ["MIT WITH Classpath-exception-2.0 WITH Linux-syscall-note", 33],
    ["MIT\tOR ISC", 3],
    ["MIT\nOR ISC", 3],
    ["MIT, ISC", 3],
    ["MIT | ISC", 4],
    ["MIT && ISC", 4],
    ["MIT_2", 3],
    ["MÏT", 1],
    ["\u0000", 0],
    [`${"(".repeat(9)}MIT${")".repeat(9)}`, 8],
  ];
  for (const text of accepted) {
    it(`accepts "${text}"`, async () => {
      const { attestations } = await loadFixture(attesting);
      expect((await attestations.acceptedUntil(text)) > 0n).to.equal(true);
    });
  }
  for (const text of refused) {
    it(`does not accept "${text}"`, async () => {
      const { attestations } = await loadFixture(attesting);
      expect(await attestations.acceptedUntil(text)).to.equal(0n);
    });
  }
  for (const [text, position] of invalid) {
    it(`cannot read "${text}"`, async () => {
      const { attestations } = await loadFixture(attesting);
      await expect(attestations.acceptedUntil(text))
        .to.be.revertedWithCustomError(attestations, "Spdx_Invalid")
        .withArgs(text, position);
    });
  }

  it("reads 256 bytes and no more", async () => {
    const { attestations } = await loadFixture(attesting);
    const long = `MIT OR ${"x".repeat(249)}`;
    expect((await attestations.acceptedUntil(long)) > 0n).to.equal(true);
    await expect(attestations.acceptedUntil(`${long}x`))
      .to.be.revertedWithCustomError(attestations, "Spdx_TooLong")
      .withArgs(257, 256);
  });
});
