// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { encodeAbiParameters, type Hex, keccak256 } from "viem";
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import { abis } from "../../../offchain/chain/abis.ts";
import { signConsoleRequest, signLaunch, signStop } from "../../../offchain/lease/actions.ts";
import { leaseIdOf, signTerms } from "../../../offchain/lease/terms.ts";
import { providerRoles, type Role } from "../../../scripts/devnet/roles.ts";
import type { Stack } from "../../../scripts/devnet/stack.ts";
import { type Market, openMarket, openStack, SEAL_KEY } from "./support/market.ts";
import { eventually, type RunningRelayer, startRelayer } from "./support/relayers.ts";
import { type RpcProxy, startRpcProxy } from "./support/rpcProxy.ts";

const STATE = { reserved: 3, closed: 5 } as const;
const NO_SPEC = `0x${"00".repeat(32)}` as const;

describe("relayer: what holders sign", function () {
  this.timeout(120_000);
  let stack: Stack;
  let market: Market;
  let proxy: RpcProxy;
  let relayer: RunningRelayer;
  let order: bigint;
  let payer: Role;

  before(async () => {
    stack = await openStack();
    market = await openMarket(stack);
    proxy = await startRpcProxy(stack.anvil.url);
    payer = market.bondPoster;
    order = await placeTokenAsk();
    relayer = await start();
  });
  afterEach(() => {
    proxy.mode = "pass";
    proxy.only = undefined;
  });
  after(async () => {
    await relayer?.stop();
    await proxy?.stop();
    await stack?.stop();
  });

  const start = () => startRelayer({ stack, name: "relayer", rpcUrl: proxy.url });
  const domain = () => ({ chainId: stack.anvil.chainId, leases: stack.deployment.contracts.Leases });
  const state = async (leaseId: Hex) => (await market.status(leaseId)).state;
  const sealKeyHash = keccak256(encodeAbiParameters([{ type: "bytes32" }], [SEAL_KEY]));

  /** An ask of capacity for XOV itself, so that leases are funded as they are taken. */
  async function placeTokenAsk(): Promise<bigint> {
    const { cold } = providerRoles(0);
    const quote = stack.deployment.contracts.XovToken;
    const { pool } = await market.read<{ pool: number }>("Providers", "appliance", [market.appliance]);
    await market.write(cold, { contract: "Markets", functionName: "open", args: [pool, market.class, quote] });
    const id = await market.read<number>("Markets", "marketOf", [pool, market.class, quote]);
    const expiry = Number((await market.client.getBlock()).timestamp) + 6 * 86_400;
    const terms = { price: 27_000, quantity: 50, expiry, confirmations: 0, prepaidHours: 0, bond: 0n, startFee: 0 };
    const execution = { timeInForce: 0, selfTrade: 0, maxFills: 20 };
    const args = [{ appliance: market.appliance, market: id, ...terms }, execution];
    await market.write(cold, { contract: "Exchange", functionName: "placeAsk", args });
    const [orders] = await market.read<[bigint[]]>("Exchange", "ordersOn", [id, 0, terms.price, 0]);
    const [first] = orders;
    if (first === undefined) throw new Error("no ask rests");
    return first;
  }

  /** A lease of reserved capacity that somebody has paid for a holder without gas. */
  async function reserve(holder: PrivateKeyAccount): Promise<Hex> {
    // The code 27,000 of a token with 18 decimals.
    const price = 1000n * 10n ** 3n * 10n ** 12n;
    const change = { quote: stack.deployment.contracts.XovToken, price, prepayment: 2n * price };
    const { terms } = await market.terms({ ...change, holder: holder.address, launchSpecHash: NO_SPEC });
    const signature = await signTerms(terms, domain(), holder);
    const args = [order, terms, signature, { sealKeyHash: NO_SPEC, sealedSpec: "0x" }];
    await market.write(payer, { contract: "Exchange", functionName: "take", args });
    const leaseId = leaseIdOf(terms, domain());
    expect(await state(leaseId)).to.equal(STATE.reserved);
    return leaseId;
  }

  const limits = async (holder: PrivateKeyAccount, change: { nonce?: bigint; deadline?: bigint } = {}) => {
    const { timestamp } = await market.client.getBlock();
    const nonce = await market.read<bigint>("Leases", "nonces", [holder.address]);
    return { nonce, deadline: timestamp + 600n, ...change };
  };
  async function stopOf(leaseId: Hex, holder: PrivateKeyAccount, change: { nonce?: bigint; deadline?: bigint } = {}) {
    const limit = await limits(holder, change);
    const signature = await signStop(leaseId, limit, domain(), holder);
    return { kind: "stop", leaseId, deadline: `${limit.deadline}`, signature };
  }
  async function launchOf(leaseId: Hex, holder: PrivateKeyAccount, sealedSpec: Hex) {
    const limit = await limits(holder);
    const signature = await signLaunch(leaseId, sealedSpec, limit, domain(), holder);
    return { kind: "launch", leaseId, deadline: `${limit.deadline}`, signature, launch: { sealKeyHash, sealedSpec } };
  }
  const newHolder = () => privateKeyToAccount(generatePrivateKey());
  const startBy = async (leaseId: Hex) =>
    (await market.read<{ startBy: bigint }>("Leases", "statusOf", [leaseId])).startBy;
  const pending = async () => (await relayer.get("/health")).body.actions;
  const isKept = () => eventually("nothing is left to do", async () => (await pending()) === 0);

  it("launches and stops a lease for a holder that has no gas", async () => {
    const holder = newHolder();
    const leaseId = await reserve(holder);
    const launch = await launchOf(leaseId, holder, "0x1234");
    expect(await relayer.post("/actions", launch)).to.deep.equal({ status: 202, body: { leaseId } });
    await eventually("launched", async () => (await startBy(leaseId)) > 0n);
    const stop = await stopOf(leaseId, holder);
    expect((await relayer.post("/actions", stop)).status).to.equal(202);
    await eventually("stopped", async () => (await state(leaseId)) === STATE.closed);
    await isKept();
  });

  it("asks for a running lease's console, and says why where there is none", async () => {
    const holder = newHolder();
    const leaseId = await reserve(holder);
    const requests = stack.deployment.contracts.Requests;
    const requestOf = async (by = holder) => {
      const deadline = (await market.client.getBlock()).timestamp + 600n;
      const at = { chainId: stack.anvil.chainId, requests };
      const signature = await signConsoleRequest(leaseId, deadline, at, by);
      return { kind: "console", leaseId, deadline: `${deadline}`, signature };
    };
    const early = await relayer.post("/actions", await requestOf());
    expect(early.status).to.equal(409);
    expect(early.body).to.include({ code: "Requests_NotActive" });
    await relayer.post("/actions", await launchOf(leaseId, holder, "0x9abc"));
    await eventually("launched", async () => (await startBy(leaseId)) > 0n);
    await market.write(providerRoles(0).hot, { contract: "Leases", functionName: "start", args: [leaseId, "0x12"] });
    const stranger = await relayer.post("/actions", await requestOf(newHolder()));
    expect(stranger.status).to.equal(422);
    expect(stranger.body).to.include({ code: "Requests_InvalidSignature" });
    const request = await requestOf();
    expect(await relayer.post("/actions", request)).to.deep.equal({ status: 202, body: { leaseId } });
    const event = { address: requests, abi: abis.Requests, eventName: "ConsoleRequested" } as const;
    const asked = () => market.client.getContractEvents({ ...event, args: { leaseId }, fromBlock: 0n });
    await eventually("asked", async () => (await asked()).length === 1);
    await isKept();
  });

  it("does nothing more when it is told again", async () => {
    const holder = newHolder();
    const leaseId = await reserve(holder);
    const launch = await launchOf(leaseId, holder, "0x5678");
    const answers = await Promise.all([relayer.post("/actions", launch), relayer.post("/actions", launch)]);
    for (const { status } of answers) expect(status).to.be.oneOf([200, 202]);
    await eventually("launched", async () => (await startBy(leaseId)) > 0n);
    await eventually("known", async () => (await relayer.post("/actions", launch)).status === 200);
    const stop = await stopOf(leaseId, holder);
    await relayer.post("/actions", stop);
    await eventually("stopped", async () => (await state(leaseId)) === STATE.closed);
    expect(await relayer.post("/actions", stop)).to.deep.equal({ status: 200, body: { leaseId } });
    expect(await market.read<bigint>("Leases", "nonces", [holder.address])).to.equal(2n);
    await isKept();
  });

  it("takes a stop as done when the lease is closed already", async () => {
    const holder = newHolder();
    const leaseId = await reserve(holder);
    const stop = await stopOf(leaseId, holder);
    const args = [leaseId, BigInt(stop.deadline), stop.signature];
    await market.write(payer, { contract: "Leases", functionName: "stopBySig", args });
    expect((await relayer.post("/actions", stop)).status).to.equal(200);
  });

  it("does an action once when it is killed after accepting it, or after sending it", async () => {
    for (const mode of ["hold", "swallow"] as const) {
      const holder = newHolder();
      const leaseId = await reserve(holder);
      const before = proxy.caught();
      proxy.mode = mode;
      proxy.only = stack.deployment.contracts.Leases;
      expect((await relayer.post("/actions", await stopOf(leaseId, holder))).status).to.equal(202);
      await eventually("a transaction is caught", async () => proxy.caught() > before);
      await relayer.kill9();
      expect(await state(leaseId)).to.equal(mode === "hold" ? STATE.reserved : STATE.closed);
      proxy.mode = "pass";
      relayer = await start();
      await eventually("stopped", async () => (await state(leaseId)) === STATE.closed);
      await isKept();
    }
  });

  it("does an action again that a reorg of the chain has taken back", async () => {
    const holder = newHolder();
    const leaseId = await reserve(holder);
    await market.pass(1);
    await market.pass(1);
    const stop = await stopOf(leaseId, holder);
    await relayer.post("/actions", stop);
    await eventually("stopped", async () => (await state(leaseId)) === STATE.closed);
    await market.reorg(1);
    await eventually("stopped again", async () => (await state(leaseId)) === STATE.closed);
    await isKept();
  });

  describe("refuses, and changes nothing", () => {
    const refused = async (body: unknown, expected: { status: number; code: string }) => {
      const before = await pending();
      const answer = await relayer.post("/actions", body);
      expect(answer.body).to.include(expected);
      expect(answer.status).to.equal(expected.status);
      expect(await pending()).to.equal(before);
    };

    it("what somebody else has signed, another nonce and an altered lease", async () => {
      const [holder, other] = [newHolder(), newHolder()];
      const [leaseId, second] = [await reserve(holder), await reserve(holder)];
      const wrong = { status: 422, code: "Leases_InvalidSignature" };
      await refused(await stopOf(leaseId, other), wrong);
      await refused(await stopOf(leaseId, holder, { nonce: 1n }), wrong);
      await refused({ ...(await stopOf(leaseId, holder)), leaseId: second }, wrong);
      await refused(
        { ...(await launchOf(leaseId, holder, "0x12")), launch: { sealKeyHash, sealedSpec: "0x13" } },
        wrong,
      );
    });
    it("what comes too late", async () => {
      const holder = newHolder();
      const leaseId = await reserve(holder);
      const stop = await stopOf(leaseId, holder, { deadline: 1n });
      await refused(stop, { status: 422, code: "Leases_SignatureExpired" });
    });
    it("a launch of a closed lease, and one sealed to a former key", async () => {
      const holder = newHolder();
      const leaseId = await reserve(holder);
      const launch = await launchOf(leaseId, holder, "0x12");
      const rotated = { ...launch, launch: { ...launch.launch, sealKeyHash: NO_SPEC } };
      await refused(rotated, { status: 409, code: "Leases_SealKeyRotated" });
      await relayer.post("/actions", await stopOf(leaseId, holder));
      await eventually("stopped", async () => (await state(leaseId)) === STATE.closed);
      await isKept();
      await refused(await launchOf(leaseId, holder, "0x12"), { status: 409, code: "Leases_NotLaunchable" });
    });
    it("a lease that the chain does not know, and what has the wrong form", async () => {
      const holder = newHolder();
      await refused(await stopOf(`0x${"66".repeat(32)}`, holder), { status: 404, code: "Leases_UnknownLease" });
      await refused({ kind: "pause" }, { status: 400, code: "BAD_REQUEST" });
      const launch = await launchOf(`0x${"66".repeat(32)}`, holder, "0x12");
      await refused({ ...launch, kind: "stop" }, { status: 400, code: "BAD_REQUEST" });
    });
    it("a take that it would have to pay for", async () => {
      const change = { quote: stack.deployment.contracts.XovToken };
      const { body } = await market.take(order, change);
      const answer = await relayer.post("/takes", body);
      expect(answer.status).to.equal(422);
      expect(answer.body).to.include({ code: "NOT_PAID_IN_BITCOIN" });
    });
  });
});
