// SPDX-License-Identifier: Apache-2.0
import ecc from "@bitcoinerlab/secp256k1";
import { address, initEccLib, networks } from "bitcoinjs-lib";
import { expect } from "chai";
import fc from "fast-check";
import { hexToBytes } from "viem";
import { holderKeys, newHolderSecret } from "../../../offchain/lease/holderKeys.ts";
import { openLaunchSpec } from "../../../offchain/lease/launchSpec.ts";
import { takeBodySchema } from "../../../offchain/pool/api.ts";
import { payable } from "../../../offchain/pool/money.ts";
import { checkDraft, newDraft } from "../../../offchain/web/launch/draft.ts";
import { hourChoices, hoursOf, hoursRange } from "../../../offchain/web/launch/hours.ts";
import { type RefundAddressError, refundScriptOf } from "../../../offchain/web/launch/refundScript.ts";
import { signTake } from "../../../offchain/web/launch/signTake.ts";
import { readSshKeys } from "../../../offchain/web/launch/sshKeys.ts";
import { checkLease } from "../../../offchain/web/lease/checkLease.ts";
import { readNote, settleNote, writeNote } from "../../../offchain/web/lease/notes.ts";
import { parseRoute } from "../../../offchain/web/router/route.ts";
import { type FakeAppliance, fakeAppliance, fakeOffers } from "./fakeOffers.ts";
import { createFakePool } from "./fakePool.ts";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me@home";
initEccLib(ecc);

describe("web: SSH keys", () => {
  it("takes public keys, one a line, with comments and blanks", () => {
    expect(readSshKeys(`# mine\n\n  ${KEY}\r\n${KEY}`)).to.deep.equal({ keys: [KEY, KEY] });
  });

  it("says what is wrong", () => {
    const problem = (text: string) => (readSshKeys(text) as { problem: string }).problem;
    expect(problem("")).to.match(/Paste a public SSH key/);
    expect(problem("-----BEGIN OPENSSH PRIVATE KEY-----\nabc")).to.match(/private key/);
    expect(problem("ssh-ed25519 !!!")).to.match(/^This is no/);
    expect(problem(`${KEY}\nhello`)).to.match(/^Line 2 is no/);
    expect(problem(KEY.replace("ssh-ed25519", "ssh-rsa")), "another type inside").to.match(/^This is no/);
    expect(problem(`${KEY}\n`.repeat(17))).to.match(/At most 16/);
  });
});

describe("web: refund addresses", () => {
  const hash = (bytes: number) => fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((b) => Uint8Array.from(b));
  const nets = [
    ["mainnet", networks.bitcoin],
    ["testnet", networks.testnet],
    ["regtest", networks.regtest],
  ] as const;

  it("become the scripts that bitcoinjs-lib makes of them", () => {
    fc.assert(
      fc.property(fc.constantFrom(...nets), hash(20), hash(32), ([name, network], short, long) => {
        const addresses = [
          address.toBase58Check(short, network.pubKeyHash),
          address.toBase58Check(short, network.scriptHash),
          address.toBech32(short, 0, network.bech32),
          address.toBech32(long, 0, network.bech32),
        ];
        for (const text of addresses) {
          const script = Buffer.from(address.toOutputScript(text, network)).toString("hex");
          expect(refundScriptOf(` ${text} `, name), text).to.equal(`0x${script}`);
        }
        const taproot = address.toBech32(long, 1, network.bech32);
        expect(refundScriptOf(taproot.toUpperCase(), name)).to.equal(`0x5120${Buffer.from(long).toString("hex")}`);
      }),
      { numRuns: 50 },
    );
  });

  it("are refused with the reason", () => {
    const code = (text: string) => {
      try {
        return refundScriptOf(text, "regtest");
      } catch (error) {
        return (error as RefundAddressError).code;
      }
    };
    const long = new Uint8Array(32).fill(1);
    expect(code("bcrt1qqqq")).to.equal("UNREADABLE");
    expect(code("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2")).to.equal("OTHER_NETWORK");
    expect(code(address.toBech32(long, 1, "bc"))).to.equal("OTHER_NETWORK");
    expect(code(address.toBech32(long, 2, "bcrt"))).to.equal("NOT_STANDARD");
    expect(code(address.toBech32(long.slice(0, 30), 1, "bcrt"))).to.equal("NOT_STANDARD");
  });
});

describe("web: the launch form", () => {
  const setUp = async () => {
    const appliances: FakeAppliance[] = await Promise.all([1, 2, 3].map(fakeAppliance));
    const [offer] = fakeOffers(appliances, 1_000);
    if (offer === undefined) throw new Error("no offer");
    return { offer, appliance: appliances[0] as FakeAppliance };
  };

  it("offers hours up to what the stake covers", () => {
    const week = hoursRange(1_000_000n);
    expect(hourChoices(week)).to.deep.equal([1, 6, 24, 72, 168]);
    expect(hourChoices(hoursRange(1_000_000n, 1))).to.deep.equal([1]);
    const typed = ["0", "1", "1.5", "-1", "169", "", "1e1"];
    expect(typed.map((text) => hoursOf(text, week))).to.deep.equal([
      undefined,
      1,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("asks for no payment that Bitcoin would not carry", () => {
    expect(hoursRange(8_000n)).to.deep.equal({ least: 42, most: 168 });
    expect(hoursRange(330_000n).least).to.equal(1);
    expect(hoursRange(329_999n).least).to.equal(2);
    expect(hoursRange(1_000n, 72), "what the seller takes is below it").to.deep.equal({ least: 72, most: 72 });
    expect(hoursOf("41", hoursRange(8_000n))).to.equal(undefined);
    expect(hourChoices(hoursRange(8_000n))).to.deep.equal([42, 72, 168]);
    expect([1n, 329n, 330n, 331n].map(payable)).to.deep.equal([330n, 330n, 330n, 331n]);
  });

  it("names every field that is wrong", async () => {
    const { offer } = await setUp();
    const draft = { image: " ", sshKeys: "", hours: "0", refundAddress: "x", userData: "y".repeat(3_001) };
    const checked = checkDraft(draft, offer, () => {
      throw new Error("no address");
    });
    expect("errors" in checked && Object.keys(checked.errors).sort()).to.deep.equal([
      "hours",
      "image",
      "refundAddress",
      "sshKeys",
      "userData",
    ]);
  });

  it("starts with the image that was filtered for, where the offer has it", async () => {
    const { offer } = await setUp();
    expect(newDraft(offer, "ubuntu-24.04", "").image).to.equal("ubuntu-24.04");
    expect(newDraft(offer, "windows", "").image).to.equal("debian-12");
    expect(newDraft({ ...offer, images: [] }, "windows", "").image).to.equal("windows");
  });

  it("signs what the pool takes, seals what the appliance opens, and knows the address", async () => {
    const { offer, appliance } = await setUp();
    const pool = await createFakePool();
    const keys = await holderKeys(newHolderSecret());
    const launch = { image: "debian-12", sshKeys: [KEY], userData: "#!/bin/sh", hours: 3, refundScript: "0x" as const };
    const { network } = pool;
    const signed = await signTake({ launch, offer, network, keys, now: 1_000.5 });
    const body = takeBodySchema.parse(JSON.parse(JSON.stringify(signed.body)));
    expect(body.terms.prepayment).to.equal(`${3n * BigInt(offer.price.msatPerHour)}`);
    expect(body.terms.deadline).to.equal("4600");
    const spec = await openLaunchSpec(hexToBytes(body.launch.sealedSpec as `0x${string}`), appliance.identity);
    expect(spec).to.deep.equal({
      image: "debian-12",
      sshKeys: [KEY],
      userData: "#!/bin/sh",
      recipient: keys.ageRecipient,
    });
    const asked = {
      leaseId: signed.leaseId,
      address: signed.address,
      terms: body.terms,
      holder: keys.account.address,
      bitcoinKey: offer.bitcoinKey as `0x${string}`,
      network,
    };
    expect(checkLease(asked).ok).to.equal(true);
    expect(checkLease({ ...asked, bitcoinKey: undefined }).ok).to.equal("unknown");
    expect(checkLease({ ...asked, address: "bcrt1qother" }).ok).to.equal(false);
    expect(checkLease({ ...asked, terms: { ...body.terms, prepayment: "1" } }).ok).to.equal(false);
    expect(checkLease({ ...asked, holder: offer.provider }).ok).to.equal(false);
  });

  it("refuses an offer whose seal key is not the one that it names", async () => {
    const { offer } = await setUp();
    const { network } = await createFakePool();
    const keys = await holderKeys(newHolderSecret());
    const launch = { image: "x", sshKeys: [KEY], userData: "", hours: 1, refundScript: "0x" as const };
    const forged = { ...offer, sealKey: { ...offer.sealKey, hash: `0x${"00".repeat(32)}` } };
    const error = await signTake({ launch, offer: forged, network, keys, now: 1 }).catch((reason) => reason);
    expect(error.message).to.match(/seal key/);
  });
});

describe("web: notes of leases", () => {
  const values = new Map<string, string>();
  const storage = {
    get: (key: string) => values.get(key),
    set: (key: string, value: string) => void values.set(key, value),
    remove: (key: string) => void values.delete(key),
  };

  it("are kept until they are not needed, and survive damage", () => {
    const bitcoinKey = `0x${"ab".repeat(32)}` as const;
    writeNote(storage, "0x01", { bitcoinKey, image: "debian-12" });
    settleNote(storage, "0x01");
    expect(readNote(storage, "0x01")).to.deep.equal({ bitcoinKey, image: "debian-12" });
    for (const text of ["", "null", "{", '{"bitcoinKey":"0x"}', '{"take":1}']) {
      values.set("xov.lease.0x02", text);
      expect(readNote(storage, "0x02"), text).to.equal(undefined);
    }
  });
});

describe("web: routes", () => {
  it("name pages", () => {
    const id = `0x${"Ab".repeat(32)}`;
    expect(parseRoute("/")).to.deep.equal({ page: "offers" });
    expect(parseRoute("/leases/")).to.deep.equal({ page: "leases" });
    expect(parseRoute("/launch/17")).to.deep.equal({ page: "launch", order: "17" });
    expect(parseRoute(`/lease/${id}`)).to.deep.equal({ page: "lease", leaseId: id.toLowerCase() });
    for (const path of ["/launch/0", "/launch/x", "/lease/0x12", "/nothing"]) {
      expect(parseRoute(path), path).to.deep.equal({ page: "unknown" });
    }
  });
});
