// SPDX-License-Identifier: Apache-2.0
import { createHmac } from "node:crypto";
import { appendFile, chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { systemClock } from "../../../../offchain/core/clock.ts";
import { createLog } from "../../../../offchain/core/log.ts";
import { createWake } from "../../../../offchain/relayer/wake.ts";
import { isPrivateAddress } from "../../../../offchain/relayer/webhooks/allowed.ts";
import { readWebhooks, type Webhook } from "../../../../offchain/relayer/webhooks/config.ts";
import { deliver } from "../../../../offchain/relayer/webhooks/deliver.ts";
import {
  afterEvent,
  eventsFor,
  type PaymentEvent,
  type PaymentNow,
  type Told,
} from "../../../../offchain/relayer/webhooks/event.ts";
import { loadWebhooks } from "../../../../offchain/relayer/webhooks/load.ts";
import { type Outbox, openOutbox } from "../../../../offchain/relayer/webhooks/outbox.ts";
import { type SendParameters, type Sent, send, signatureOf } from "../../../../offchain/relayer/webhooks/send.ts";
import { manualClock } from "../../../fakes/clock.ts";
import { type Shop, startShop } from "../support/hook.ts";

const KEY = Buffer.alloc(32, 7);
const SECRET = `whsec_${KEY.toString("base64")}`;
const DAY_MS = 86_400_000;
const payment = { leaseId: `0x${"11".repeat(32)}`, txid: "22".repeat(32), vout: 1 } as const;
const seen: PaymentNow = {
  ...payment,
  address: "bcrt1p",
  sats: 5_000n,
  status: "seen",
  blockHash: undefined,
  confirmations: 0,
  needed: 2,
  replacedBy: undefined,
};
const inBlock = (blockHash: string, confirmations: number, status: "confirming" | "credited" = "confirming") => {
  return { ...seen, status, blockHash, confirmations } as const;
};
const telling = (told: Told | undefined, now: PaymentNow) => {
  const events = eventsFor(told, now);
  return { told: events.reduce<Told | undefined>(afterEvent, told), events, types: events.map(({ type }) => type) };
};

describe("webhooks: what is told of a payment", () => {
  it("is each step up to the credit, also when several are found at once", () => {
    const first = telling(undefined, seen);
    expect(first.types).to.deep.equal(["payment.seen"]);
    const second = telling(first.told, inBlock("a", 1));
    expect(second.events).to.have.length(1);
    expect(second.events[0]).to.include({ type: "payment.confirmation", confirmations: 1, needed: 2, blockHash: "a" });
    const third = telling(second.told, inBlock("a", 7, "credited"));
    expect(third.events.map(({ type, confirmations }) => [type, confirmations])).to.deep.equal([
      ["payment.confirmation", 2],
      ["payment.credited", 2],
    ]);
    expect(telling(third.told, inBlock("a", 8, "credited")).types).to.deep.equal([]);
  });

  it("begins anew in another block after a reorg", () => {
    const { told } = telling(undefined, inBlock("a", 2, "credited"));
    const moved = telling(told, inBlock("b", 1));
    expect(moved.types).to.deep.equal(["payment.reorged", "payment.confirmation"]);
    expect(moved.events[0]).to.include({ blockHash: "a", confirmations: 0 });
    expect(telling(moved.told, inBlock("b", 2, "credited")).types).to.deep.equal([
      "payment.confirmation",
      "payment.credited",
    ]);
    const gone = telling(told, { ...seen, status: "dropped" });
    expect(gone.types).to.deep.equal(["payment.reorged", "payment.dropped"]);
    expect(telling(gone.told, seen).types).to.deep.equal(["payment.seen"]);
  });

  it("names what replaced it, once", () => {
    const replaced = { ...seen, status: "replaced", replacedBy: "33".repeat(32) } as const;
    const { told, events } = telling(telling(undefined, seen).told, replaced);
    expect(events).to.have.length(1);
    expect(events[0]).to.include({ type: "payment.replaced", replacedBy: "33".repeat(32) });
    expect(telling(told, replaced).types).to.deep.equal([]);
  });

  it("is told once, however often it is looked at and in whatever way it got there", () => {
    const now = fc.record({
      status: fc.constantFrom("seen", "confirming", "credited", "replaced", "dropped"),
      block: fc.constantFrom("a", "b"),
      confirmations: fc.integer({ min: 1, max: 4 }),
      needed: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(now, { maxLength: 12 }), (steps) => {
        let told: Told | undefined;
        for (const { status, block, confirmations, needed } of steps) {
          const mined = status === "confirming" || status === "credited";
          const where = mined ? { blockHash: block, confirmations } : { blockHash: undefined, confirmations: 0 };
          const replacedBy = status === "replaced" ? "c" : undefined;
          const current: PaymentNow = { ...seen, status, ...where, needed, replacedBy };
          const step = telling(told, current);
          told = step.told;
          expect(telling(told, current).types).to.deep.equal([]);
          if (status === "credited") expect(told).to.include({ credited: true, blockHash: block });
          const depths = step.events.filter(({ type }) => type === "payment.confirmation");
          for (const [i, event] of depths.entries()) {
            expect(event.confirmations - (depths[0]?.confirmations ?? 0)).to.equal(i);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("webhooks: configuration", () => {
  const one = { name: "shop", url: "https://shop.example/hook", secret: SECRET };
  const read = (change: object, allow?: string[]) =>
    readWebhooks({ webhooks: [{ ...one, ...change }], ...(allow === undefined ? {} : { allow }) });

  it("takes a public https URL, and a host that is allowed", () => {
    expect(read({}).webhooks[0]).to.deep.include({ name: "shop", secret: KEY, mayBePrivate: false });
    expect(read({}, ["*.example"]).webhooks[0]?.mayBePrivate).to.equal(false);
    expect(read({ url: "http://127.0.0.1:8080/hook" }, ["127.0.0.1"]).webhooks[0]?.mayBePrivate).to.equal(true);
    expect(read({ url: "https://shop.internal/hook" }, ["shop.internal"]).webhooks[0]?.mayBePrivate).to.equal(true);
  });

  for (const [what, change, allow] of [
    ["plain http", { url: "http://shop.example/hook" }, undefined],
    ["plain http to a public host that is named", { url: "http://shop.example/hook" }, ["shop.example"]],
    ["a local host", { url: "https://localhost/hook" }, undefined],
    ["a private address", { url: "https://10.1.2.3/hook" }, undefined],
    ["a private address in another form", { url: "https://0x0a010203/hook" }, undefined],
    ["the metadata address", { url: "https://169.254.169.254/hook" }, undefined],
    ["a local IPv6 address", { url: "https://[::1]/hook" }, undefined],
    ["a mapped IPv6 address", { url: "https://[::ffff:10.0.0.1]/hook" }, undefined],
    ["a private host below an allowed domain", { url: "https://a.internal/hook" }, ["*.internal"]],
    ["a host that is not allowed", {}, ["other.example"]],
    ["a host that only ends alike", { url: "https://evilshop.example/hook" }, ["*.shop.example"]],
    ["a password", { url: "https://user:geheim@shop.example/hook" }, undefined],
    ["another protocol", { url: "ftp://shop.example/hook" }, undefined],
    ["a short secret", { secret: "whsec_c2hvcnQ=" }, undefined],
    ["a secret of another form", { secret: "geheim".repeat(10) }, undefined],
    ["an unknown event", { events: ["payment.lost"] }, undefined],
  ] as const) {
    it(`does not take ${what}, and shows no secret`, () => {
      expect(() => read(change, allow === undefined ? undefined : [...allow]))
        .to.throw(/webhooks: /)
        .with.property("message")
        .that.does.not.match(/geheim|c2hvcnQ/);
    });
  }

  it("knows the addresses that are nobody else's", () => {
    for (const address of [
      "127.0.0.1",
      "192.168.1.1",
      "100.64.0.1",
      "0.0.0.0",
      "::1",
      "fe80::1",
      "fc00::1",
      "::ffff:127.0.0.1",
    ]) {
      expect(isPrivateAddress(address), address).to.equal(true);
    }
    for (const address of ["8.8.8.8", "1.1.1.1", "2606:4700::1111"])
      expect(isPrivateAddress(address), address).to.equal(false);
  });

  it("shows nothing of a file that is no JSON", async () => {
    const dir = await mkdtemp(join(tmpdir(), "xov-webhooks-"));
    const file = join(dir, "webhooks.json");
    await writeFile(file, "geheim", { mode: 0o600 });
    const error: unknown = await loadWebhooks({ file }).catch((reason: unknown) => reason);
    expect(String(error)).to.contain("no JSON").and.not.contain("geheim");
    await rm(dir, { recursive: true });
  });

  it("reads a file that is its owner's alone", async () => {
    const dir = await mkdtemp(join(tmpdir(), "xov-webhooks-"));
    const file = join(dir, "webhooks.json");
    await writeFile(file, JSON.stringify({ webhooks: [one] }), { mode: 0o600 });
    expect((await loadWebhooks({ file }))?.webhooks[0]?.name).to.equal("shop");
    await chmod(file, 0o644);
    const error: unknown = await loadWebhooks({ file }).catch((reason: unknown) => reason);
    expect(String(error))
      .to.match(/0644.*0600/s)
      .and.not.contain("whsec");
    await rm(dir, { recursive: true });
  });
});

describe("webhooks: sending", () => {
  let shop: Shop;
  before(async () => {
    shop = await startShop();
  });
  after(() => shop.stop());
  const { signal } = new AbortController();
  const sending = (change: Partial<SendParameters> = {}) => {
    const given = {
      url: shop.url,
      mayBePrivate: true,
      secret: KEY,
      id: "evt_1",
      body: '{"a":1}',
      clock: { ...systemClock, now: () => 1_700_000_000_999 },
    };
    return send({ ...given, timeoutMs: 1_000, signal, ...change });
  };

  it("signs id, time and body as Standard Webhooks has it", async () => {
    // The example of the specification's own libraries.
    const secret = Buffer.from("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "base64");
    expect(signatureOf(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}')).to.equal(
      "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    );
    expect(await sending()).to.deep.equal({ ok: true, said: "HTTP 200" });
    const { headers, body } = shop.received.at(-1) ?? { headers: {} as IncomingHttpHeaders, body: "" };
    expect(headers).to.include({
      "content-type": "application/json",
      "webhook-id": "evt_1",
      "webhook-timestamp": "1700000000",
    });
    const mac = createHmac("sha256", KEY).update(`evt_1.1700000000.${body}`).digest("base64");
    expect(headers["webhook-signature"]).to.equal(`v1,${mac}`);
  });

  it("takes no other status for an answer, and follows no redirect", async () => {
    const before = shop.received.length;
    shop.answers = [500, 302, 204, 0];
    expect(await sending()).to.deep.equal({ ok: false, said: "HTTP 500" });
    expect(await sending()).to.deep.equal({ ok: false, said: "HTTP 302" });
    expect(await sending()).to.deep.equal({ ok: true, said: "HTTP 204" });
    expect(await sending()).to.deep.equal({ ok: false, said: "ECONNRESET" });
    expect(shop.received.length).to.equal(before + 3);
  });

  it("waits no longer than it is told", async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/`;
    expect(await sending({ url, timeoutMs: 50 })).to.deep.equal({ ok: false, said: "no answer within 50 ms" });
    silent.closeAllConnections();
    silent.close();
  });

  it("calls no name that leads to a private address, unless it may", async () => {
    const { port } = new URL(shop.url);
    const url = `http://localhost:${port}/`;
    expect(await sending({ url, mayBePrivate: false })).to.deep.equal({ ok: false, said: "PRIVATE_ADDRESS" });
    expect((await sending({ url })).ok).to.equal(true);
  });
});

describe("webhooks: outbox and delivery", () => {
  let dir: string;
  let file: string;
  let ending: AbortController;
  let outbox: Outbox;
  const clock = manualClock();
  const log = createLog({ name: "test", level: "silent" });
  const [shop] = readWebhooks({
    webhooks: [{ name: "shop", url: "https://shop.example/hook", secret: SECRET }],
  }).webhooks;
  const webhook = shop as Webhook;
  const credited = { ...inBlock("a", 1, "credited"), needed: 1 };
  const stateOf = (sequence: number) => outbox.get(sequence)?.deliveries.get("shop")?.state;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "xov-outbox-"));
    file = join(dir, "webhooks.jsonl");
    ending = new AbortController();
    outbox = await reopen();
  });
  afterEach(async () => {
    ending.abort();
    await outbox.close();
    await rm(dir, { recursive: true });
  });

  const reopen = () => openOutbox({ file, webhooks: [webhook], clock });
  const events = (now: PaymentNow = credited): PaymentEvent[] => eventsFor(outbox.told(now), now);
  const run = (answer: (sending: SendParameters) => Sent) => {
    const sent: SendParameters[] = [];
    const wake = createWake();
    const counted = async (sending: SendParameters) => {
      sent.push(sending);
      return answer(sending);
    };
    const running = deliver({ outbox, webhook, send: counted, wake, clock, log, signal: ending.signal });
    running.catch(() => undefined);
    return { sent, wake };
  };
  /** Lets writes to the disk end, which no manual clock moves. */
  const settle = async () => {
    await clock.advance(0);
    await systemClock.sleep(30);
    await clock.advance(0);
  };
  const ok: Sent = { ok: true, said: "HTTP 200" };

  it("has after a crash what it had, but for a line cut short, and gives each event one name", async () => {
    await outbox.append(events());
    expect(events()).to.deep.equal([]);
    const before = [...outbox.events()];
    expect(before.map(({ type, sequence }) => [sequence, type])).to.deep.equal([
      [1, "payment.confirmation"],
      [2, "payment.credited"],
    ]);
    await outbox.mark([[1, { webhook: "shop", state: "delivered", since: 1, last: "HTTP 200" }]]);
    await outbox.close();
    await appendFile(file, '{"kind":"delivery","sequ');
    outbox = await reopen();
    expect([...outbox.events()].map(({ id, body }) => [id, body])).to.deep.equal(
      before.map(({ id, body }) => [id, body]),
    );
    expect([stateOf(1), stateOf(2)]).to.deep.equal(["delivered", "pending"]);
    expect(events()).to.deep.equal([]);
    // Told by another one from the start, it has the same names.
    const other = await openOutbox({ file: join(dir, "other.jsonl"), webhooks: [webhook], clock });
    await other.append(eventsFor(undefined, credited));
    expect([...other.events()].map(({ id }) => id)).to.deep.equal(before.map(({ id }) => id));
    await other.close();
  });

  it("refuses a file that is not what was written", async () => {
    await outbox.append(events());
    await outbox.close();
    await writeFile(file, `{"kind":"nonsense"}\n${await readFile(file, "utf8")}`);
    const error: unknown = await reopen().catch((reason: unknown) => reason);
    expect(String(error)).to.contain("line 1");
    await rm(file);
    outbox = await reopen();
  });

  it("forgets what was delivered a week ago, but not what was told", async () => {
    await outbox.append(events());
    await outbox.mark([[1, { webhook: "shop", state: "delivered", since: 1, last: "HTTP 200" }]]);
    await clock.advance(8 * DAY_MS);
    await outbox.close();
    outbox = await reopen();
    expect([...outbox.events()].map(({ sequence }) => sequence)).to.deep.equal([2]);
    expect(outbox.told(payment)).to.include({ credited: true });
    expect(events()).to.deep.equal([]);
    await outbox.append(events({ ...seen, status: "dropped" }));
    expect([...outbox.events()].map(({ sequence }) => sequence)).to.deep.equal([2, 3, 4]);
  });

  it("carries the names that shops' code reads", async () => {
    await outbox.append(events());
    const body = JSON.parse(outbox.get(2)?.body ?? "{}");
    expect(body).to.deep.include({
      id: outbox.get(2)?.id,
      type: "payment.credited",
      address: "bcrt1p",
      value: 5000,
      txid: payment.txid,
      vout: 1,
      confirmations: 1,
      needed: 1,
      credited: true,
      lease_id: payment.leaseId,
      addr: "bcrt1p",
      status: 2,
      transaction_hash: payment.txid,
    });
  });

  it("delivers each event once, in order", async () => {
    await outbox.append(events());
    const { sent } = run(() => ok);
    await settle();
    await settle();
    expect(sent.map(({ id }) => id)).to.deep.equal([outbox.get(1)?.id, outbox.get(2)?.id]);
    expect([stateOf(1), stateOf(2)]).to.deep.equal(["delivered", "delivered"]);
    await clock.advance(DAY_MS);
    expect(sent).to.have.length(2);
  });

  it("tries again, ever later, holds later events of the payment for a while, and gives up after three days", async () => {
    await outbox.append(events());
    const { sent } = run(() => ({ ok: false, said: "HTTP 500" }));
    const at: number[] = [];
    for (let minutes = 0; minutes < 3 * 1440 + 120; minutes++) {
      const before = sent.length;
      await clock.advance(60_000);
      if (sent.length > before) at.push(minutes);
    }
    for (let hours = 0; hours < 50 && stateOf(2) !== "failed"; hours++) {
      await settle();
      await clock.advance(3_600_000);
    }
    const first = sent.filter(({ id }) => id === outbox.get(1)?.id);
    // A minute has room for the first five or six, the hour that follows for as many; then about one to two in an hour.
    expect(first.length).to.be.within(70, 170);
    expect(sent.slice(0, 3).every(({ id }) => id === outbox.get(1)?.id)).to.equal(true);
    expect(sent.some(({ id }) => id === outbox.get(2)?.id)).to.equal(true);
    expect([stateOf(1), stateOf(2)]).to.deep.equal(["failed", "failed"]);
    expect(new Set(at).size, "minutes with an attempt").to.be.greaterThan(60);
  });

  it("delivers after a restart what was not delivered before, and nothing else", async () => {
    await outbox.append(events());
    const first = run(({ id }) => (id === outbox.get(1)?.id ? ok : { ok: false, said: "HTTP 500" }));
    await settle();
    await settle();
    expect(first.sent.length).to.be.greaterThan(1);
    ending.abort();
    await outbox.close();
    outbox = await reopen();
    ending = new AbortController();
    const second = run(() => ok);
    await settle();
    expect(second.sent.map(({ id }) => id)).to.deep.equal([outbox.get(2)?.id]);
  });
});
