// SPDX-License-Identifier: Apache-2.0
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { expect } from "chai";
import fc from "fast-check";
import { openAccessDetails } from "../../offchain/lease/accessDetails.ts";
import { MAX_SEALED_BYTES } from "../../offchain/lease/sealing.ts";
import { type AccessParts, sealConsole } from "../../va/access.ts";
import { createRig, LEASE, type Rig } from "./rig.ts";

describe("sealConsole", function () {
  this.timeout(60_000);
  let identity: string;
  let recipient: string;
  before(async () => {
    identity = await generateX25519Identity();
    recipient = await identityToRecipient(identity);
  });
  const KEYS = `-----BEGIN SSH HOST KEY KEYS-----\n${Array.from({ length: 30 }, (_, i) => `ssh-ed25519 AAAA${"b".repeat(60 + i)}`).join("\n")}\n-----END SSH HOST KEY KEYS-----\n`;
  const parts = (consoleLog: string): AccessParts => ({
    server: {
      addresses: Array.from({ length: 8 }, (_, i) => ({
        network: "n",
        address: `fd00:1111:2222:3333:4444:5555:6666:777${i}`,
        version: 6,
        type: "fixed",
      })),
    },
    user: "debian",
    consoleLog,
    consoleUrl: `https://console.cloud.test/${"x".repeat(400)}`,
    versions: undefined,
  });
  const shown = async (log: string) => {
    const sealed = await sealConsole(parts(log), recipient);
    expect(sealed.length).to.be.at.most(MAX_SEALED_BYTES);
    return (await openAccessDetails(sealed, identity)).consoleLog ?? "";
  };

  it("shows a short log whole, and of a long one whole lines of its end", async () => {
    expect(await shown("one\ntwo\n")).to.equal("one\ntwo\n");
    const lines = Array.from({ length: 2_000 }, (_, i) => `[   ${i}.000000] line ${i}\n`);
    const end = await shown(lines.join(""));
    expect(lines.join("").endsWith(end)).to.equal(true);
    expect(end).to.match(/^\[ {3}\d+\.000000\] line/);
    expect(end.length).to.be.greaterThan(1_500);
  });
  it("leaves out colours and what moves the cursor", async () => {
    expect(await shown("\u001b[1;32mok\u001b[0m\r\na\u0000b\tc\u001bM\n")).to.equal("ok\nab\tc\n");
  });
  it("fits with the most of everything else, whatever a guest writes", async () => {
    await shown(KEYS + '\u2028\u{1F600}\\"'.repeat(5_000));
    const any = fc.string({ unit: "binary", maxLength: 6_000, size: "max" });
    await fc.assert(
      fc.asyncProperty(any, async (log) => {
        await shown(KEYS + log);
      }),
      { numRuns: 40 },
    );
  });
});

describe("a request for the console", function () {
  this.timeout(20_000);
  let rig: Rig;
  beforeEach(async () => {
    rig = await createRig();
    rig.compute.console = "boot\nlogin:\n";
    await rig.funded();
    await rig.run();
  });
  const posts = () => rig.chain.sent.filter(({ kind }) => kind === "postAccess");
  const last = async () => {
    const post = posts().at(-1);
    if (post?.kind !== "postAccess") throw new Error("nothing was posted");
    return openAccessDetails(post.sealedAccess, rig.holderIdentity);
  };
  const ask = () => {
    rig.chain.requestConsole(LEASE);
    rig.chain.mine();
  };

  it("is answered once, with access details and log, sealed to the holder", async () => {
    ask();
    await rig.run(5);
    expect(posts()).to.have.length(1);
    const details = await last();
    expect(details.consoleLog).to.equal("boot\nlogin:\n");
    expect(details.addresses).to.deep.equal([{ address: "10.0.0.1", version: 4 }]);
    expect(rig.servers()).to.have.length(1);
  });
  it("is answered again when it is made again, no more than once a minute", async () => {
    for (let i = 0; i < 6; i++) {
      ask();
      await rig.run(2);
    }
    // Two looks are twenty seconds: after the first answer every third request.
    expect(posts()).to.have.length(2);
    await rig.run(8);
    expect(posts()).to.have.length(3);
  });
  it("is not forgotten by a restart, and not answered twice by it", async () => {
    ask();
    rig.restart();
    await rig.run(3);
    expect(posts()).to.have.length(1);
    rig.restart();
    await rig.run(3);
    expect(posts()).to.have.length(1);
  });
  it("is not answered while nothing runs, nor for a server that its holder was not told of", async () => {
    rig.chain.end(LEASE, "stopped");
    ask();
    await rig.run(5);
    expect(posts()).to.have.length(0);
  });
  it("of a launch that is awaited does not stand for the start", async () => {
    rig.chain.launch(LEASE, await rig.sealed({ userData: "#!/bin/sh\n" }));
    ask();
    await rig.run(12);
    expect(rig.chain.sent.map(({ kind }) => kind)).to.deep.equal(["start", "start"]);
  });
});
