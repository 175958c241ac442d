// SPDX-License-Identifier: Apache-2.0
// The relayer is killed with SIGKILL at random moments while payments come in: each is credited exactly once.
//
//   XOV_CHAOS_KILLS     how often; default 20
//   XOV_CHAOS_PAYMENTS  how many payments; default 200
//   XOV_CHAOS_SEED      of the moments, amounts and leases; default 1
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import type { Hex, Log } from "viem";
import { z } from "zod";
import { displayOrder } from "../../../offchain/bitcoin/bytes.ts";
import { systemClock as clock } from "../../../offchain/core/clock.ts";
import { role } from "../../../scripts/devnet/roles.ts";
import type { Stack } from "../../../scripts/devnet/stack.ts";
import { type Shop, startShop } from "../../offchain/relayer/support/hook.ts";
import { type Market, openMarket, openStack } from "../../offchain/relayer/support/market.ts";
import { eventually } from "../../offchain/relayer/support/relayers.ts";
import { startVictim, type Victim } from "./victim.ts";

const number = (name: string, fallback: number) => Number(process.env[name] ?? fallback);
const KILLS = number("XOV_CHAOS_KILLS", 20);
const PAYMENTS = number("XOV_CHAOS_PAYMENTS", 200);
const SEED = number("XOV_CHAOS_SEED", 1);
const LEASES = 20;
/** A tenth of the payments is replaced by one with a higher fee before it is mined. */
const REPLACED = 0.1;
const START_MS = 4_000;
const WORK_MS = 1_500;
const RELAYER = new URL("../../../offchain/relayer/main.ts", import.meta.url).pathname;

interface Lease {
  readonly leaseId: Hex;
  readonly address: string;
}

describe(`relayer: killed ${KILLS} times during ${PAYMENTS} payments (seed ${SEED})`, function () {
  this.timeout(120_000 + KILLS * 15_000);
  let stack: Stack;
  let market: Market;
  let shop: Shop;
  let victim: Victim | undefined;
  const random = mulberry32(SEED);
  const below = (limit: number) => Math.floor(random() * limit);
  /** By outpoint: who is paid, and how much. */
  const paid = new Map<string, { leaseId: Hex; sats: bigint }>();

  before(async () => {
    stack = await openStack();
    market = await openMarket(stack);
    shop = await startShop();
    await mkdir(join(stack.dir, "chaos"));
    await writeFile(join(stack.dir, "chaos", "key"), role("relayer").privateKey, { mode: 0o600 });
    // A coin for each payment of a block, so that none spends another one's change.
    await stack.wallet.mine(40);
  });

  after(async () => {
    await victim?.kill9();
    await shop?.stop();
    await stack?.stop();
  });

  const start = () =>
    startVictim(
      RELAYER,
      {
        XOV_RPC_URLS: stack.anvil.url,
        XOV_CHAIN_ID: `${stack.anvil.chainId}`,
        XOV_DEPLOYMENT_FILE: stack.deploymentFile,
        XOV_KEY_FILE: join(stack.dir, "chaos", "key"),
        XOV_BITCOIN_URL: stack.bitcoind.rpcUrl,
        XOV_BITCOIN_USER: stack.bitcoind.auth.user,
        XOV_BITCOIN_PASSWORD: stack.bitcoind.auth.password,
        XOV_DATA_DIR: join(stack.dir, "chaos", "data"),
        XOV_POLL_MS: "100",
        XOV_BUMP_MS: "3000",
        XOV_WEBHOOK_URL: shop.url,
        XOV_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 1).toString("base64")}`,
        XOV_WEBHOOK_ALLOW: "127.0.0.1",
      },
      join(stack.dir, "chaos.log"),
    );

  async function openLeases(url: string): Promise<Lease[]> {
    const order = await market.placeAsk(2);
    const leases: Lease[] = [];
    for (let i = 0; i < LEASES; i++) {
      const { body, leaseId, address } = await market.take(order);
      const headers = { "content-type": "application/json" };
      const { status } = await fetch(`${url}/takes`, { method: "POST", headers, body: JSON.stringify(body) });
      expect(status).to.equal(202);
      leases.push({ leaseId, address });
    }
    const isOpen = ({ leaseId }: Lease) =>
      market.status(leaseId).then(
        () => true,
        () => false,
      );
    await eventually("all leases are open", async () => (await Promise.all(leases.map(isOpen))).every(Boolean), 60_000);
    return leases;
  }

  async function pay({ leaseId, address }: Lease): Promise<void> {
    const sats = BigInt(1_000 + below(50_000));
    let txid = await stack.wallet.pay(address, sats);
    if (random() < REPLACED) {
      ({ txid } = await stack.wallet.call("bumpfee", [txid], z.object({ txid: z.string() })));
    }
    const output = z.object({ n: z.number(), scriptPubKey: z.object({ address: z.string().optional() }) });
    const { vout } = await stack.wallet.call("getrawtransaction", [txid, 1], z.object({ vout: z.array(output) }));
    const to = vout.find(({ scriptPubKey }) => scriptPubKey.address === address);
    paid.set(`${txid}:${to?.n}`, { leaseId, sats });
  }

  async function payAndMine(leases: readonly Lease[], count: number): Promise<void> {
    for (let i = 0; i < count; i++) await pay(leases[below(leases.length)] as Lease);
    await stack.wallet.mine(1);
  }

  /** Lives for a random while: half of them are killed while they start, or soon after. */
  async function live(mortal: Victim): Promise<void> {
    const [isEarly, share] = [random() < 0.5, random()];
    if (isEarly) return await clock.sleep(START_MS * share);
    await Promise.race([mortal.ready, clock.sleep(30_000)]);
    await clock.sleep(WORK_MS * share);
  }

  it("credits every payment exactly once, and tells the shop of each", async () => {
    victim = start();
    const leases = await openLeases(await victim.ready);
    for (let kill = 0; kill < KILLS; kill++) {
      const upTo = (turn: number) => Math.floor((PAYMENTS * turn) / KILLS);
      const paying = payAndMine(leases, upTo(kill + 1) - upTo(kill));
      await live(victim);
      expect(victim.endedBy(), "it ended by itself").to.equal(undefined);
      await victim.kill9();
      victim = start();
      await paying;
    }
    await stack.wallet.mine(1);
    expect(paid.size).to.equal(PAYMENTS);
    await eventually("all is credited", async () => (await creditedOutpoints()).length >= PAYMENTS, 120_000);
    await eventually("the shop has heard of all", async () => toldCredits().size >= PAYMENTS, 60_000);

    const credited = await creditedOutpoints();
    expect(credited.toSorted()).to.deep.equal([...paid.keys()].toSorted());
    for (const { leaseId } of leases) {
      const own = [...paid.values()].filter((payment) => payment.leaseId === leaseId);
      const sum = own.reduce((total, { sats }) => total + sats, 0n);
      expect((await market.status(leaseId)).deposit, leaseId).to.equal(sum * 1000n);
    }
    expect([...toldCredits().values()].toSorted()).to.deep.equal([...paid.keys()].toSorted());
    expect(victim.endedBy()).to.equal(undefined);
  });

  /** One for each credit that the contracts have recorded, however often of the same outpoint. */
  async function creditedOutpoints(): Promise<string[]> {
    const leaseIds = new Set([...paid.values()].map(({ leaseId }) => leaseId));
    const events = await Promise.all([...leaseIds].map((leaseId) => market.eventsOf("PaymentCredited", leaseId)));
    return events.flat().map((event) => {
      const { txid, vout } = (event as Log & { args: { txid: Hex; vout: number } }).args;
      return `${displayOrder(txid)}:${vout}`;
    });
  }

  /** By the event's id: a shop that counts ids counts no payment twice. */
  function toldCredits(): Map<unknown, string> {
    const told = shop.received.map(({ event }) => event).filter(({ type }) => type === "payment.credited");
    return new Map(told.map(({ id, txid, vout }) => [id, `${txid}:${vout}`]));
  }
});

/** Numbers in [0, 1): Mulberry32, of Tommy Ettinger. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
