// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { type Hex, zeroHash } from "viem";
import { emptyBook } from "../../../offchain/relayer/book.ts";
import { unattestedAsks } from "../../../offchain/relayer/delist.ts";
import { DEVNET_STACK } from "../../../scripts/devnet/openSource.ts";
import { createProvisioner } from "../../../scripts/devnet/provision.ts";
import { providerRoles, role } from "../../../scripts/devnet/roles.ts";
import type { Stack } from "../../../scripts/devnet/stack.ts";
import { BITCOIN_KEY, type Market, openMarket, openStack, SEAL_KEY } from "./support/market.ts";
import { eventually, type RunningRelayer, startRelayer } from "./support/relayers.ts";

const DAY = 86_400;
/** `ClaimKind.FalseAttestation`. */
const FALSE_ATTESTATION = 2;

describe("relayer: asks that nobody vouches for", () => {
  it("are those of appliances whose attestation has ended, until they expire", () => {
    const book = emptyBook(0);
    book.attestedUntil.set(1, 100).set(2, 0).set(3, 1_000);
    for (const appliance of [1, 2, 3]) {
      book.asks.set(BigInt(appliance), { appliance, expiry: 500 });
      book.asks.set(BigInt(10 + appliance), { appliance, expiry: 300 });
    }
    const at = (now: number) => [...unattestedAsks(book, now)];
    expect(at(100)).to.deep.equal([[2, [2n, 12n]]]);
    expect(at(101)).to.deep.equal([
      [1, [1n, 11n]],
      [2, [2n, 12n]],
    ]);
    expect(at(301)).to.deep.equal([
      [1, [1n]],
      [2, [2n]],
    ]);
    expect(at(501)).to.deep.equal([]);
  });
});

describe("relayer: delisting on a real chain", function () {
  this.timeout(180_000);
  const { cold, hot } = providerRoles(0);
  let stack: Stack;
  let market: Market;
  let relayer: RunningRelayer | undefined;

  before(async () => {
    stack = await openStack();
    market = await openMarket(stack);
    relayer = await startRelayer({ stack, name: "relayer" });
  });

  after(async () => {
    await relayer?.stop();
    await stack?.stop();
  });

  const anotherAppliance = async () => {
    const provisioner = createProvisioner(stack.anvil.url, stack.deployment, role("deployer"));
    const { pool } = await market.read<{ pool: number }>("Providers", "appliance", [market.appliance]);
    const keys = { bitcoinKey: BITCOIN_KEY, sealKey: SEAL_KEY, hotKey: hot.address };
    const id = await provisioner.registerAppliance(cold, { pool, grace: 3_600, region: "test", ...keys });
    provisioner.close();
    return id;
  };
  const rests = async (order: bigint) =>
    await market.read("Exchange", "ask", [order]).then(
      () => true,
      () => false,
    );
  const locked = async () => (await market.read<{ locked: bigint }>("Providers", "stakeOf", [cold.address])).locked;
  /** Of a claim that nobody disputes: after a week anyone may conclude it. @returns how to */
  const claim = async (appliance: number) => {
    const args = [FALSE_ATTESTATION, BigInt(appliance), cold.address, 0n, 0n, zeroHash, ""];
    await market.write(market.bondPoster, { contract: "Claims", functionName: "open", args });
    claims += 1n;
    const id = claims;
    return () => market.write(market.bondPoster, { contract: "Claims", functionName: "conclude", args: [id] });
  };
  let claims = 0n;
  /** Transactions of the relayer so far. */
  const sent = () => market.client.getTransactionCount({ address: role("relayer").address as Hex });

  it("cancels all asks of an appliance as soon as a claim has ended its attestation, and no others", async () => {
    const revoked = await anotherAppliance();
    const conclude = await claim(revoked);
    await market.pass(5 * DAY);
    const free = await locked();
    const orders = [await market.placeAsk(2, { appliance: revoked }), await market.placeAsk(6, { appliance: revoked })];
    const kept = await market.placeAsk(2);
    const lock = (await locked()) - free;
    await market.pass(2 * DAY);
    expect(await Promise.all(orders.map(rests))).to.deep.equal([true, true]);
    await conclude();
    await eventually("they are cancelled", async () => !(await Promise.all(orders.map(rests))).includes(true));
    expect(await rests(kept)).to.equal(true);
    // Of three asks alike, that of one is locked still.
    expect((await locked()) - free).to.equal(lock / 3n);
    const before = await sent();
    await market.pass(60);
    await eventually("it has said so", async () => /"asks":2/.test((await relayer?.log()) ?? ""));
    expect(await sent(), "nothing is left to do").to.equal(before);
  });

  it("does so after a restart, from its cache, and leaves alone an appliance that has attested again", async () => {
    const [revoked, renewed] = [await anotherAppliance(), await anotherAppliance()];
    const [conclude, concludeOther] = [await claim(revoked), await claim(renewed)];
    await market.pass(7 * DAY);
    await concludeOther();
    await market.pass(7 * DAY);
    await market.write(cold, { contract: "Attestations", functionName: "attest", args: [renewed, DEVNET_STACK] });
    const order = await market.placeAsk(2, { appliance: revoked });
    const other = await market.placeAsk(2, { appliance: renewed });
    // Deep enough for the cache, which is saved once after each start.
    await stack.wallet.mine(101);
    await relayer?.kill9();
    relayer = await startRelayer({ stack, name: "relayer" });
    const cache = join(stack.dir, "relayer", "data", "cache.json");
    await eventually("the ask is in the cache", async () => {
      return (await readFile(cache, "utf8").catch(() => "")).includes(`"${order}"`);
    });
    await relayer.kill9();
    await conclude();
    expect(await rests(order)).to.equal(true);
    relayer = await startRelayer({ stack, name: "relayer" });
    await eventually("it is cancelled", async () => !(await rests(order)));
    expect(await rests(other)).to.equal(true);
  });
});
