// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { JsonRpcProvider, NonceManager, Wallet } from "ethers";
import { leaseIdOf } from "../../../offchain/lease/terms.ts";
import { type Lease, leaseAnswerSchema, leaseSchema, networkSchema, offersSchema } from "../../../offchain/pool/api.ts";
import { takeToJson } from "../../../offchain/relayer/take.ts";
import { type Daemon, startPool, startRelayer } from "../../../scripts/devnet/daemons.ts";
import { ascii, createProvisioner } from "../../../scripts/devnet/provision.ts";
import { providerRoles, role } from "../../../scripts/devnet/roles.ts";
import type { Stack } from "../../../scripts/devnet/stack.ts";
import { type SignedTake, signTake } from "../../../scripts/devnet/user.ts";
import {
  Exchange__factory,
  Leases__factory,
  Markets__factory,
  Providers__factory,
} from "../../../typechain-types/index.js";
import { BITCOIN_KEY, word } from "../indexer/support/market.ts";
import { type EventClient, openEvents, type ServerEvent } from "./support/eventClient.ts";

const XOV = 10n ** 18n;
const HOUR_S = 3_600;
const { cold, hot } = providerRoles(0);

describe("the pool service on a real chain, a real relayer and a real bitcoind", function () {
  this.timeout(180_000);
  const stop = new AbortController();
  let dir: string;
  let stack: Stack;
  let pool: Daemon;
  let relayer: Daemon;
  let chain: { rpc: JsonRpcProvider; va: NonceManager };
  let events: EventClient;
  let order = 0n;
  let signed: SignedTake;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "xov-stack-"));
    // Mocha requires test files, and Hardhat loaded that way finds each of its parts twice: so it is imported.
    const { startStack } = await import("../../../scripts/devnet/stack.ts");
    stack = await startStack({ dir, signal: stop.signal });
    const rpc = new JsonRpcProvider(stack.anvil.url, undefined, {
      polling: true,
      pollingInterval: 100,
      cacheTimeout: -1,
    });
    chain = { rpc, va: new NonceManager(new Wallet(hot.privateKey, rpc)) };
    await offer();
    relayer = await startRelayer(stack, role("relayer"), stop.signal);
    pool = await startService();
  });
  after(async () => {
    events?.close();
    chain?.rpc.destroy();
    await Promise.all([pool?.stop(), relayer?.stop()]);
    await stack?.stop();
    stop.abort();
    await rm(dir, { recursive: true, force: true });
  });

  /** A provider with one appliance and one ask, as its VA would keep it. */
  async function offer(): Promise<void> {
    const { contracts } = stack.deployment;
    const provisioner = createProvisioner(stack.anvil.url, stack.deployment, role("deployer"));
    const rules = { minimumStake: 1n, collateralPerMsat: 10n ** 12n, fee: 0n, admission: 0 };
    const id = await provisioner.createPool(role("poolOperator"), "stackmonkey", rules);
    const [gpuModel, architecture] = [ascii("", 16), ascii("x86_64", 8)];
    const spec = { vcpus: 1, memoryMiB: 256, diskGiB: 2, gpus: 0, gpuModel, architecture };
    const classId = await provisioner.registerClass(role("poolOperator"), spec);
    await provisioner.fund(role("relayer"), 100n * XOV);
    await provisioner.fund(cold, 1_000_000n * XOV);
    await provisioner.stake(cold, 900_000n * XOV);
    const keys = { bitcoinKey: BITCOIN_KEY, sealKey: word(1), hotKey: hot.address };
    await provisioner.registerAppliance(cold, { pool: id, grace: HOUR_S, region: "Zürich, CH", ...keys });
    provisioner.close();
    const markets = Markets__factory.connect(contracts.Markets, chain.va);
    const zero = "0x0000000000000000000000000000000000000000";
    await (await markets.open(id, classId, zero)).wait();
    const market = await markets.marketOf(id, classId, zero);
    const now = (await chain.rpc.getBlock("latest"))?.timestamp ?? 0;
    const terms = { price: 29_600, quantity: 8, confirmations: 2, prepaidHours: 24, bond: XOV, startFee: 0 };
    const exchange = Exchange__factory.connect(contracts.Exchange, chain.va);
    const execution = { timeInForce: 0, selfTrade: 0, maxFills: 20 };
    await (await exchange.placeAsk({ appliance: 1, market, expiry: now + 86_400, ...terms }, execution)).wait();
    order = (await exchange.ordersOn(market, 0, terms.price, 0)).orders[0] ?? 0n;
  }

  const startService = () =>
    startPool({
      stack,
      poolName: "stackmonkey",
      relayerUrl: relayer.ready.url ?? "",
      catalogue: { 1: { images: ["debian-12"] } },
      port: 0,
      signal: stop.signal,
    });

  const get = async (path: string): Promise<unknown> => (await fetch(`${pool.ready.url}${path}`)).json();
  const lease = async () => leaseSchema.parse(await get(`/api/leases/${signed.leaseId}`));
  const untilLease = async (is: (lease: Lease) => boolean) => {
    const like = ({ name, data }: ServerEvent) => name === "lease" && "phase" in data && is(data as unknown as Lease);
    for (let patience = 10; ; patience--) {
      try {
        return await events.next(like);
      } catch (error) {
        if (patience === 0) throw error;
      }
    }
  };

  it("shows the ask as the contracts have it", async () => {
    const { pool: own, contracts } = networkSchema.parse(await get("/api/network"));
    expect(own).to.include({ id: 1, name: "stackmonkey", operator: role("poolOperator").address });
    expect(contracts).to.deep.equal(stack.deployment.contracts);
    const { offers } = offersSchema.parse(await get("/api/offers"));
    expect(offers).to.have.length(1);
    expect(offers[0]).to.include({
      order: `${order}`,
      region: "Zürich, CH",
      quantity: 8,
      reservable: 2,
      prepaidHours: 24,
    });
    expect(offers[0]?.images).to.deep.equal(["debian-12"]);
    expect(offers[0]?.price.msatPerHour).to.equal("3600000");
  });

  it("opens a lease whose terms have the id that was signed, and whose address is the one that was computed", async () => {
    const wish = { order, hours: 2, image: "debian-12", sshKeys: [] };
    signed = await signTake(wish, stack.anvil.url, stack.deployment);
    events = await openEvents(`${pool.ready.url}/api/events?lease=${signed.leaseId}`);
    const response = await fetch(`${pool.ready.url}/api/takes`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(takeToJson(signed.take)),
    });
    expect(response.status).to.equal(202);
    const answer = leaseAnswerSchema.parse(await get(`/api/leases/${signed.leaseId}`));
    expect(answer.state).to.be.oneOf(["queued", "unfunded"]);
    await untilLease(({ phase }) => phase === "payment");
    const { terms, payTo } = await lease();
    expect(payTo).to.include({ address: signed.payTo.address, sats: `${signed.sats}` });
    const [price, prepayment, salt, deadline] = [terms.price, terms.prepayment, terms.salt, terms.deadline].map(BigInt);
    const domain = { chainId: stack.deployment.chainId, leases: stack.deployment.contracts.Leases };
    const shown = { ...terms, price, prepayment, salt, deadline } as unknown as Parameters<typeof leaseIdOf>[0];
    expect(leaseIdOf(shown, domain)).to.equal(signed.leaseId);
  });

  it("passes on what the contracts hold against a take", async () => {
    const wish = { order, hours: 999, image: "debian-12", sshKeys: [] };
    const { take } = await signTake(wish, stack.anvil.url, stack.deployment);
    const response = await fetch(`${pool.ready.url}/api/takes`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(takeToJson(take)),
    });
    expect(response.status).to.equal(422);
    expect(await response.json()).to.include({ code: "Exchange_PrepaymentOutOfBounds" });
  });

  it("shows a payment from the mempool to the credit", async () => {
    const txid = await stack.wallet.pay(signed.payTo.address, signed.sats);
    const status = (each: Lease) => each.payments.list.find((payment) => payment.txid === txid)?.status;
    await untilLease((each) => status(each) === "seen");
    await stack.wallet.mine(2);
    // One event may tell both.
    await untilLease((each) => each.phase === "starting" && status(each) === "credited");
  });

  it("counts down as the contracts do, by the second", async () => {
    const leases = Leases__factory.connect(stack.deployment.contracts.Leases, chain.va);
    await (await leases.start(signed.leaseId, "0xacce55")).wait();
    await untilLease(({ phase }) => phase === "running");
    await chain.rpc.send("evm_increaseTime", [1_234]);
    const providers = Providers__factory.connect(stack.deployment.contracts.Providers, chain.va);
    await (await providers.beat(1)).wait();
    await untilLease(({ accrual }) => (accrual?.clock.elapsed ?? 0) >= 1_234);
    const { accrual, access } = await lease();
    const { exhaustedAt, overAt, clock } = await leases.statusOf(signed.leaseId);
    expect(accrual).to.include({ exhaustedAt: Number(exhaustedAt), overAt: Number(overAt) });
    expect(Number(clock) - (accrual?.clock.elapsed ?? 0)).to.be.within(0, 30);
    expect(access?.sealed).to.equal("0xacce55");
  });

  it("keeps aside what comes in grace and is too little, as the contracts do, and opens a period with enough", async () => {
    const leases = Leases__factory.connect(stack.deployment.contracts.Leases, chain.va);
    const providers = Providers__factory.connect(stack.deployment.contracts.Providers, chain.va);
    for (let beats = 0; beats < 4; beats++) {
      await chain.rpc.send("evm_increaseTime", [HOUR_S / 2]);
      await (await providers.beat(1)).wait();
    }
    await untilLease(({ phase }) => phase === "grace");
    const spent = BigInt((await lease()).depositMsat);
    // Ten minutes are 600 sats.
    await stack.wallet.pay(signed.payTo.address, 400n);
    await stack.wallet.mine(2);
    await untilLease(({ depositMsat }) => BigInt(depositMsat) === spent + 400_000n);
    const agrees = async () => {
      const { accrual } = await lease();
      const { deposit, refundable, exhaustedAt, overAt } = await leases.statusOf(signed.leaseId);
      expect(accrual).to.include({ exhaustedAt: Number(exhaustedAt), overAt: Number(overAt) });
      expect(BigInt(accrual?.deposit ?? 0) + BigInt(accrual?.aside ?? 0)).to.equal(deposit);
      return { accrual, refundable };
    };
    const inGrace = await agrees();
    expect(inGrace.accrual).to.include({ deposit: `${spent}`, aside: "400000" });
    expect(inGrace.refundable).to.equal(400_000n);
    await stack.wallet.pay(signed.payTo.address, 3_600n);
    await stack.wallet.mine(2);
    await untilLease(({ phase }) => phase === "running");
    expect((await agrees()).accrual).to.include({ deposit: "4000000", aside: "0" });
  });

  it("reads holders' nonces from the chain", async () => {
    const { holder } = await lease();
    expect(await get(`/api/holders/${holder}/nonce`)).to.deep.equal({ nonce: "0" });
  });

  it("goes on where it was after being killed", async () => {
    const before = await lease();
    pool.kill9();
    await pool.exited;
    pool = await startService();
    const { timeline } = await lease();
    const bare = (entries: Lease["timeline"]) => entries.map(({ finality: _, ...entry }) => entry);
    expect(bare(timeline)).to.deep.equal(bare(before.timeline));
    expect(timeline[0]?.finality).to.equal("finalized");
  });
});
