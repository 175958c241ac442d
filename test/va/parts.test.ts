// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { type Hex, keccak256, toHex, zeroHash } from "viem";
import { closing, closingAt, isCollected } from "../../va/closes.ts";
import { desired, type LeaseReading } from "../../va/desired.ts";
import { explanation } from "../../va/explanation.ts";
import { feedCache } from "../../va/feedCache.ts";
import { createFinality, type Finality, isOver } from "../../va/finality.ts";
import { hostKeys } from "../../va/hostKeys.ts";
import { identify, labels } from "../../va/identity.ts";
import { createLeaseFeed } from "../../va/leaseFeed.ts";
import type { LeaseEvent } from "../../va/leaseIndex.ts";
import { classSpecOf, offersSchema } from "../../va/offers.ts";
import { decodePrice } from "../../va/price.ts";
import { readSpec } from "../../va/readSpec.ts";
import type { Block, LeaseView, SpecReading } from "../../va/types.ts";
import { createWorkQueue } from "../../va/workQueue.ts";
import { manualClock } from "../fakes/clock.ts";

const ID: Hex = keccak256(toHex("lease"));
const block = (number: number): Block => ({ number: BigInt(number), hash: zeroHash, timestamp: BigInt(1000 + number) });

function view(fields: Partial<LeaseView> = {}): LeaseView {
  return {
    leaseId: ID,
    block: block(10),
    state: "active",
    recorded: false,
    reason: "none",
    appliance: 1,
    market: 1,
    time: 0n,
    clock: 100n,
    exhaustedAt: 200n,
    startBy: 0n,
    overAt: 300n,
    price: 36n,
    confirmations: 1,
    releasable: 0n,
    unsettled: 0n,
    owed: 0n,
    refunding: 0n,
    ...fields,
  };
}

describe("desired", function () {
  this.timeout(20_000);
  const spec: SpecReading = { kind: "open", spec: { image: "i", sshKeys: [], recipient: "age1" } };
  const reading: LeaseReading = {
    safe: view(),
    latest: view(),
    over: false,
    spec,
    launch: "1-00000000",
    relaunched: false,
    launchFinal: false,
    declineMargin: 10n,
    lastTrouble: undefined,
  };
  const kind = (fields: Partial<LeaseReading>) => desired({ ...reading, ...fields }).kind;
  const pending = view({ state: "pending", startBy: 2000n });

  it("is nothing for a lease that is not known or not paid", () => {
    for (const state of ["none", "unfunded"] as const) expect(kind({ safe: view({ state }) })).to.equal("none");
  });
  it("is running while pending on the safe and the latest block", () => {
    expect(kind({ safe: pending, latest: pending })).to.equal("running");
    expect(kind({ safe: view({ state: "unfunded" }), latest: pending })).to.equal("none");
    expect(kind({ safe: pending, latest: view({ state: "unfunded" }) })).to.equal("none");
    expect(kind({ safe: pending, latest: view() })).to.equal("running");
  });
  it("is declined when the start window is about to end, by the latest block's time", () => {
    const at = (time: bigint) => ({ safe: pending, latest: { ...pending, block: { ...block(10), timestamp: time } } });
    expect(kind(at(1990n))).to.equal("running");
    expect(kind(at(1991n))).to.equal("declined");
    expect(kind(at(2000n))).to.equal("declined");
    expect(kind(at(2001n))).to.equal("none");
  });
  it("is declined for a bad spec, and waits for one that is missing", () => {
    const both = { safe: pending, latest: pending };
    expect(kind({ ...both, spec: { kind: "bad", reason: "x" } })).to.equal("declined");
    expect(kind({ ...both, spec: { kind: "missing" } })).to.equal("none");
  });
  it("is running until the provider clock reaches the end of what is paid", () => {
    expect(kind({ safe: view({ clock: 199n }) })).to.equal("running");
    expect(kind({ safe: view({ clock: 200n }) })).to.equal("stopped");
  });
  it("is stopped by an end that is not final, and gone by one that is", () => {
    const closed = view({ state: "closed", recorded: true });
    expect(kind({ safe: view(), latest: closed })).to.equal("stopped");
    expect(kind({ safe: closed, latest: closed })).to.equal("stopped");
    expect(kind({ safe: closed, latest: closed, over: true })).to.equal("gone");
  });
});

describe("finality", function () {
  this.timeout(20_000);
  const closed = (number: number) => view({ state: "closed", block: block(number) });

  const observe = (finality: Finality, views: readonly LeaseView[], bornAt: bigint | undefined) =>
    finality.observe(ID, views, (each) => isOver(each, bornAt));

  it("needs two different final blocks from every endpoint", () => {
    const finality = createFinality();
    expect(observe(finality, [closed(1), closed(1)], undefined)).to.equal(false);
    expect(observe(finality, [closed(1), closed(1)], undefined)).to.equal(false);
    expect(observe(finality, [closed(2), closed(1)], undefined)).to.equal(false);
    expect(observe(finality, [closed(2), closed(2)], undefined)).to.equal(true);
  });
  it("begins anew when one says otherwise", () => {
    const finality = createFinality();
    observe(finality, [closed(1), closed(1)], undefined);
    expect(observe(finality, [closed(2), view()], undefined)).to.equal(false);
    expect(observe(finality, [closed(3), closed(3)], undefined)).to.equal(false);
    expect(observe(finality, [closed(4), closed(4)], undefined)).to.equal(true);
  });
  it("says nothing of a lease that may be newer than what is final", () => {
    const unknown = (number: number) => view({ state: "none", block: block(number) });
    const finality = createFinality();
    for (const number of [4, 5]) expect(observe(finality, [unknown(number)], 5n)).to.equal(false);
    expect(observe(finality, [unknown(6)], 5n)).to.equal(false);
    expect(observe(finality, [unknown(7)], 5n)).to.equal(true);
  });
  it("says nothing without an endpoint", () => {
    expect(observe(createFinality(), [], undefined)).to.equal(false);
  });
});

describe("hostKeys", function () {
  this.timeout(20_000);
  const key = (type: string, length = 68) => `${type} AAAA${"b".repeat(length)}`;
  const log = (...lines: string[]) =>
    `x\n-----BEGIN SSH HOST KEY KEYS-----\n${lines.join("\n")}\n-----END SSH HOST KEY KEYS-----\n`;

  it("finds none before they are written", () => {
    expect(hostKeys("Booting…\nssh-ed25519 AAAA")).to.deep.equal([]);
  });
  it("takes the last block, without comments and what is printed around, the shortest kinds first", () => {
    const console =
      log(key("ssh-ed25519", 60)) + log(`[ 1.2] ${key("ssh-rsa", 370)} root@x`, `${key("ssh-ed25519")} root@x`);
    expect(hostKeys(console)).to.deep.equal([key("ssh-ed25519"), key("ssh-rsa", 370)]);
  });
  it("takes no more than fits", () => {
    const many = Array.from({ length: 50 }, (_, i) => key("ssh-ed25519", 60 + i));
    expect(hostKeys(log(...many)).join("").length).to.be.at.most(2400);
  });
  it("survives whatever a guest writes", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const line of hostKeys(log(text))) expect(line).to.match(/^[a-z0-9@.-]+ [A-Za-z0-9+/=]+$/);
      }),
    );
  });
});

describe("explanation", function () {
  this.timeout(20_000);
  it("is one line of at most 256 bytes, whatever the reason", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (reason) => {
        const text = explanation(reason);
        expect(new TextEncoder().encode(text).length).to.be.at.most(256);
        expect(text).to.equal(text.toWellFormed());
        expect(text).to.not.match(/[\p{Cc}\p{Cf}\n]/u);
      }),
    );
  });
  it("keeps a short reason, and cuts a long one between characters", () => {
    expect(explanation("No valid host\n was found.\u202e")).to.equal("No valid host was found.");
    expect(explanation("ü".repeat(200))).to.equal(`${"ü".repeat(126)}…`);
  });
});

describe("identity", function () {
  this.timeout(20_000);
  const owner = { chainId: 31_337, leases: "0x00000000000000000000000000000000000000C1", appliance: 7 } as const;
  const identity = { leaseId: ID, launch: "2-0123abcd", attempt: 2, announcements: 1, block: 99n };
  const made = {
    ...labels(owner, identity),
    id: "s",
    status: "ACTIVE",
    task: null,
    addresses: [],
    createdAt: 1,
  } as const;

  it("reads back what it wrote, within the cloud's limits", () => {
    expect(identify(owner, made)).to.deep.equal(identity);
    for (const tag of made.tags) expect(tag).to.match(/^[^/,]{1,60}$/);
    expect(made.name).to.match(/^[A-Za-z0-9-]{1,63}$/);
  });
  it("knows nothing of a server of another appliance, contract or chain, or with other labels", () => {
    for (const other of [{ appliance: 8 }, { chainId: 1 }, { leases: `0x${"11".repeat(20)}` as const }]) {
      expect(identify({ ...owner, ...other }, made)).to.equal(undefined);
    }
    expect(identify(owner, { ...made, tags: [] })).to.equal(undefined);
    for (const key of Object.keys(made.metadata)) {
      expect(identify(owner, { ...made, metadata: { ...made.metadata, [key]: "x" } }), key).to.equal(undefined);
    }
  });
});

describe("leaseFeed", function () {
  this.timeout(20_000);
  const events: LeaseEvent[] = [
    { kind: "opened", leaseId: ID, block: 1n, market: 3 },
    { kind: "launch", leaseId: ID, block: 1n, sealedSpec: "0xab" },
    { kind: "placed", order: 5n },
  ];

  it("takes back what a reorganisation removes, and keeps what is final", async () => {
    const feed = createLeaseFeed(undefined);
    expect([...feed.apply({ type: "block", block: block(1), events })]).to.deep.equal([ID]);
    expect(feed.heads()).to.equal(undefined);
    feed.apply({ type: "safe", block: block(1) });
    feed.apply({ type: "finalize", block: block(1) });
    feed.apply({
      type: "block",
      block: block(2),
      events: [
        { kind: "announced", leaseId: ID },
        { kind: "removed", order: 5n },
      ],
    });
    expect(feed.index().leases.get(ID)?.announcements).to.equal(1);
    expect(feed.heads()?.latest.number).to.equal(2n);
    expect([...feed.apply({ type: "reorg", commonAncestor: block(1) })]).to.deep.equal([ID]);
    expect(feed.index().leases.get(ID)).to.deep.include({ announcements: 0, market: 3 });
    expect([...feed.index().orders]).to.deep.equal([5n]);
    expect(feed.heads()?.latest.number).to.equal(1n);
  });
  it("passes over events of leases that are not the appliance's", () => {
    const feed = createLeaseFeed(undefined);
    feed.apply({ type: "block", block: block(1), events: [{ kind: "announced", leaseId: ID }] });
    expect(feed.index().leases.size).to.equal(0);
  });
  it("goes on from what was kept", async () => {
    const dir = await mkdtemp(join(tmpdir(), "xov-feed-"));
    try {
      const cache = feedCache(join(dir, "feed.json"));
      expect(await cache.load()).to.equal(undefined);
      const feed = createLeaseFeed(undefined);
      feed.apply({ type: "block", block: block(1), events });
      feed.apply({ type: "finalize", block: block(1) });
      const checkpoint = feed.checkpoint();
      if (checkpoint === undefined) throw new Error("nothing is final");
      await cache.save(checkpoint);
      expect(createLeaseFeed(await cache.load()).index()).to.deep.equal(feed.index());
      await writeFile(join(dir, "feed.json"), "{");
      expect(await cache.load().catch((error: Error) => error.name)).to.equal("FileError");
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});

describe("closing", function () {
  this.timeout(20_000);
  const kindOf = (fields: Partial<LeaseView>) => closing(view(fields))?.kind;
  const at = (timestamp: bigint) => ({ block: { ...block(1), timestamp } });

  it("closes what is over and not recorded, and nothing else", () => {
    expect(kindOf({ state: "unfunded", time: 1010n })).to.equal(undefined);
    expect(kindOf({ state: "unfunded", time: 1009n })).to.equal("close");
    expect(kindOf({ state: "closed" })).to.equal("close");
    expect(kindOf({ state: "closed", recorded: true })).to.equal(undefined);
    expect(kindOf({ state: "active" })).to.equal(undefined);
    for (const state of ["pending", "reserved", "active"] as const) {
      expect(kindOf({ state, startBy: 1010n })).to.equal(undefined);
      expect(kindOf({ state, startBy: 1009n })).to.equal("close");
    }
  });
  it("takes back what nobody is owed a day after the end, and 20 minutes more for each further confirmation", () => {
    for (const reason of ["unpaid", "stopped", "declined", "notStarted", "ended"] as const) {
      const held = { state: "closed", recorded: true, reason, time: 1000n, releasable: 5n } as const;
      expect(kindOf({ ...held, ...at(87_399n) })).to.equal(undefined);
      expect(kindOf({ ...held, ...at(87_400n) })).to.equal("releaseCollateral");
      expect(kindOf({ ...held, ...at(88_599n), confirmations: 2 })).to.equal(undefined);
      expect(kindOf({ ...held, ...at(88_600n), confirmations: 2 })).to.equal("releaseCollateral");
      expect(kindOf({ ...held, ...at(88_600n), releasable: 0n })).to.equal(undefined);
      expect(closingAt(view({ ...held, ...at(5_000n) }))).to.equal(87_400n);
      expect(isCollected(view({ ...held, ...at(87_399n), releasable: 0n }))).to.equal(false);
      expect(isCollected(view({ ...held, ...at(87_400n), releasable: 0n }))).to.equal(true);
    }
    expect(isCollected(view({ state: "closed", recorded: true, reason: "exhausted" }))).to.equal(true);
  });
  it("settles a lease in a token when a day is earned, and once it is closed", () => {
    const token = { confirmations: 0, price: 36n } as const;
    expect(kindOf({ ...token, unsettled: 863n })).to.equal(undefined);
    expect(kindOf({ ...token, unsettled: 864n })).to.equal("settle");
    expect(closingAt(view({ ...token, unsettled: 863n, ...at(1000n) }))).to.equal(1100n);
    expect(kindOf({ ...token, state: "reserved", unsettled: 999n })).to.equal(undefined);
    const closed = { ...token, state: "closed", recorded: true, reason: "stopped" } as const;
    expect(kindOf({ ...closed, unsettled: 1n })).to.equal("settle");
    expect(isCollected(view({ ...closed, unsettled: 1n }))).to.equal(false);
    expect(isCollected(view(closed))).to.equal(true);
  });
});

describe("readSpec", function () {
  this.timeout(20_000);
  it("says what is wrong without saying what is in it", async () => {
    expect(await readSpec("0xab", [])).to.deep.include({ kind: "bad" });
  });
});

describe("offers", function () {
  this.timeout(20_000);
  it("gives classes and prices the contracts' form", () => {
    const offer = {
      class: { vcpus: 2, memoryMiB: 4096, diskGiB: 40, architecture: "x86_64" },
      flavor: "f",
      price: 27_500,
      maximum: 1,
      prepaidHours: 24,
      confirmations: 1,
      bond: "3",
    };
    const file = { network: "n", images: [{ name: "i", user: "u" }], offers: [offer] };
    const [read] = offersSchema.parse(file).offers;
    if (read === undefined) throw new Error("no offer");
    expect(classSpecOf(read)).to.deep.include({ architecture: "0x7838365f36340000", gpuModel: `0x${"00".repeat(16)}` });
    expect(decodePrice(27_500)).to.equal(1_500_000n);
    expect(decodePrice(62_999)).to.equal(9_999_000_000n);
    expect(offersSchema.safeParse({ ...file, offers: [{ ...offer, price: 63_000 }] }).success).to.equal(false);
  });
});

describe("workQueue", function () {
  this.timeout(20_000);
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

  it("works on a key once at a time, again when it is added meanwhile, and on others beside one that fails", async () => {
    const clock = manualClock();
    const stop = new AbortController();
    const seen: string[] = [];
    let atOnce = 0;
    const queue = createWorkQueue<string>({
      clock,
      concurrency: 2,
      maxPauseMs: 1_000,
      onError: (key) => void seen.push(`${key} failed`),
      async work(key) {
        expect(++atOnce).to.be.at.most(2);
        seen.push(key);
        if (key === "b" && seen.length === 2) queue.add("b");
        await settle();
        atOnce--;
        if (key === "a") throw new Error("no");
        return key === "c" ? 50 : undefined;
      },
    });
    for (const key of ["a", "b", "c", "a"]) queue.add(key);
    const done = queue.run(stop.signal);
    for (let i = 0; i < 10; i++) await settle();
    expect(seen).to.deep.equal(["a", "b", "a failed", "c", "b"]);
    await clock.advance(60);
    for (let i = 0; i < 5; i++) await settle();
    expect(seen.slice(5)).to.deep.equal(["c"]);
    await clock.advance(1_000);
    for (let i = 0; i < 5; i++) await settle();
    expect(seen.slice(6)).to.include("a failed");
    stop.abort();
    await done;
  });
});
