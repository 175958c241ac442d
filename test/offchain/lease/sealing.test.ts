// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { type AccessDetails, openAccessDetails, sealAccessDetails } from "../../../offchain/lease/accessDetails.ts";
import { holderKeys, newHolderSecret } from "../../../offchain/lease/holderKeys.ts";
import { openLaunchSpec, sealLaunchSpec } from "../../../offchain/lease/launchSpec.ts";
import {
  MAX_SEALED_BYTES,
  recipientOfSealKey,
  seal,
  sealKeyOfRecipient,
  unseal,
} from "../../../offchain/lease/sealing.ts";

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.fail("did not reject"),
    (error: unknown) => error,
  );

describe("holder keys", () => {
  it("derives the same keys from the same secret", async () => {
    const secret = new Uint8Array(32).fill(7);
    const [a, b] = [await holderKeys(secret), await holderKeys(secret)];
    expect(a.account.address).to.equal(b.account.address);
    expect(a.ageIdentity).to.match(/^AGE-SECRET-KEY-1[0-9A-Z]{58}$/);
    expect(a.ageRecipient).to.equal(b.ageRecipient);
  });

  it("derives different keys from different secrets", async () => {
    const [a, b] = [await holderKeys(newHolderSecret()), await holderKeys(newHolderSecret())];
    expect(a.account.address).not.to.equal(b.account.address);
    expect(a.ageRecipient).not.to.equal(b.ageRecipient);
  });

  it("refuses a secret of another length", async () => {
    expect(await rejection(holderKeys(new Uint8Array(31)))).to.be.instanceOf(RangeError);
  });
});

describe("sealing", () => {
  const details: AccessDetails = { addresses: [{ address: "10.0.0.5", version: 4 }], user: "debian", hostKeys: [] };

  it("opens what was sealed to the identity's recipient", async () => {
    const keys = await holderKeys(newHolderSecret());
    const sealed = await sealAccessDetails(details, keys.ageRecipient);
    expect(await openAccessDetails(sealed, keys.ageIdentity)).to.deep.equal(details);
  });

  it("opens nothing for another identity", async () => {
    const [holder, other] = [await holderKeys(newHolderSecret()), await holderKeys(newHolderSecret())];
    const sealed = await sealAccessDetails(details, holder.ageRecipient);
    expect(await rejection(openAccessDetails(sealed, other.ageIdentity))).to.be.instanceOf(Error);
  });

  it("opens nothing that was altered", async () => {
    const keys = await holderKeys(newHolderSecret());
    const sealed = await seal("text", keys.ageRecipient);
    sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1;
    expect(await rejection(unseal(sealed, keys.ageIdentity))).to.be.instanceOf(Error);
  });

  it("carries a recipient as the 32 bytes that the chain keeps", async () => {
    const { ageRecipient } = await holderKeys(newHolderSecret());
    expect(recipientOfSealKey(sealKeyOfRecipient(ageRecipient))).to.equal(ageRecipient);
  });

  it("refuses what the contracts would not take", async () => {
    const { ageRecipient } = await holderKeys(newHolderSecret());
    expect(await rejection(seal("x".repeat(MAX_SEALED_BYTES), ageRecipient))).to.be.instanceOf(RangeError);
  });

  it("refuses a launch spec with a line break in a key", async () => {
    const { ageRecipient, ageIdentity } = await holderKeys(newHolderSecret());
    const spec = { image: "debian-12", sshKeys: ["ssh-ed25519 AAAA me"], recipient: ageRecipient };
    expect(await openLaunchSpec(await sealLaunchSpec(spec, ageRecipient), ageIdentity)).to.deep.equal(spec);
    expect(() => sealLaunchSpec({ ...spec, sshKeys: ["ssh-rsa A\nssh-rsa B"] }, ageRecipient)).to.throw();
  });
});
