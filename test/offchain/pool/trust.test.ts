// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { JsonRpcProvider, NonceManager, Wallet } from "ethers";
import { createWalletClient, type Hex, http } from "viem";
import { abis } from "../../../offchain/chain/abis.ts";
import { type Chain, createChain } from "../../../offchain/chain/clients.ts";
import { type Lease, leaseSchema, type Offer, offersSchema } from "../../../offchain/pool/api.ts";
import { accountTrustSchema, providerSchema, startPriceSchema } from "../../../offchain/pool/trustApi.ts";
import { takeToJson } from "../../../offchain/relayer/take.ts";
import { accountAt } from "../../../offchain/web/lease/balance.ts";
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
import { eventually } from "../relayer/support/relayers.ts";

const XOV = 10n ** 18n;
const HOUR_S = 3_600;
/** 3,600 sats an hour, and 1,200 for the start of a holder without trust: code 90·5 + 12 − 9 of 12 × 10^5 msat. */
const PRICE_CODE = 29_600;
const FEE_CODE = 453;
const FEE = 1_200_000n;
const { cold, hot } = providerRoles(0);

describe("trust and the start fee, on a real chain with a real bitcoind", function () {
  this.timeout(180_000);
  const stop = new AbortController();
  let dir: string;
  let stack: Stack;
  let pool: Daemon;
  let relayer: Daemon;
  let rpc: JsonRpcProvider;
  let va: NonceManager;
  let client: Chain["client"];
  let order = 0n;
  /** The lease of a holder without trust. */
  let charged: Hex = "0x";

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "xov-trust-"));
    // Mocha requires test files, and Hardhat loaded that way finds each of its parts twice: so it is imported.
    const { startStack } = await import("../../../scripts/devnet/stack.ts");
    stack = await startStack({ dir, signal: stop.signal });
    rpc = new JsonRpcProvider(stack.anvil.url, undefined, { polling: true, pollingInterval: 100, cacheTimeout: -1 });
    va = new NonceManager(new Wallet(hot.privateKey, rpc));
    client = createChain({ rpcUrls: [stack.anvil.url], chainId: stack.anvil.chainId }).client;
    await offer();
    relayer = await startRelayer(stack, role("relayer"), stop.signal);
    const relayerUrl = relayer.ready.url ?? "";
    pool = await startPool({ stack, poolName: "stackmonkey", relayerUrl, catalogue: {}, port: 0, signal: stop.signal });
  });
  after(async () => {
    rpc?.destroy();
    await Promise.all([pool?.stop(), relayer?.stop()]);
    await stack?.stop();
    stop.abort();
    await rm(dir, { recursive: true, force: true });
  });

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
    await provisioner.registerAppliance(cold, { pool: id, grace: HOUR_S, region: "eu-fi-helsinki", ...keys });
    provisioner.close();
    const markets = Markets__factory.connect(contracts.Markets, va);
    const zero = "0x0000000000000000000000000000000000000000";
    await (await markets.open(id, classId, zero)).wait();
    const market = await markets.marketOf(id, classId, zero);
    const now = (await rpc.getBlock("latest"))?.timestamp ?? 0;
    const terms = { price: PRICE_CODE, quantity: 8, confirmations: 2, prepaidHours: 24, bond: XOV, startFee: FEE_CODE };
    const exchange = Exchange__factory.connect(contracts.Exchange, va);
    const execution = { timeInForce: 0, selfTrade: 0, maxFills: 20 };
    await (await exchange.placeAsk({ appliance: 1, market, expiry: now + 6 * 86_400, ...terms }, execution)).wait();
    order = (await exchange.ordersOn(market, 0, terms.price, 0)).orders[0] ?? 0n;
  }

  const get = async (path: string): Promise<unknown> => (await fetch(`${pool.ready.url}${path}`)).json();
  const leaseOf = async (leaseId: Hex) => leaseSchema.parse(await get(`/api/leases/${leaseId}`));
  const untilPhase = (leaseId: Hex, phase: Lease["phase"]) =>
    eventually(`it is ${phase}`, async () => {
      const answer = leaseSchema.safeParse(await get(`/api/leases/${leaseId}`));
      return answer.success && answer.data.phase === phase ? answer.data : undefined;
    });
  const theOffer = async (): Promise<Offer> => {
    const [first] = offersSchema.parse(await get("/api/offers")).offers;
    if (first === undefined) throw new Error("there is no offer");
    return first;
  };
  const trustOf = async (address: string, query = "") =>
    accountTrustSchema.parse(await get(`/api/accounts/${address}/trust${query}`));
  const lens = { abi: abis.TrustLens, address: () => stack.deployment.contracts.TrustLens };

  /** Taken through the pool, paid in whole for two hours, and asked to start. */
  async function take(hours = 2): Promise<SignedTake> {
    const signed = await signTake({ order, hours, image: "debian-12", sshKeys: [] }, stack.anvil.url, stack.deployment);
    const response = await fetch(`${pool.ready.url}/api/takes`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(takeToJson(signed.take)),
    });
    expect(response.status).to.equal(202);
    return signed;
  }
  async function pay({ leaseId, sats }: SignedTake): Promise<void> {
    const { payTo } = await untilPhase(leaseId, "payment");
    // What the page shows is what the terms say: two hours and the fee.
    expect(BigInt(payTo.sats)).to.equal(sats);
    expect(payTo.uri).to.match(/\?amount=0\.000084$/);
    expect(payTo.minimumSats).to.equal(`${3_600 + 1_200}`);
    await stack.wallet.pay(payTo.address, sats);
    await stack.wallet.mine(2);
    await untilPhase(leaseId, "starting");
  }
  async function start({ leaseId }: SignedTake): Promise<void> {
    await (await Leases__factory.connect(stack.deployment.contracts.Leases, va).start(leaseId, "0xacce55")).wait();
    await untilPhase(leaseId, "running");
  }
  async function pass(seconds: number): Promise<void> {
    await rpc.send("evm_increaseTime", [seconds]);
    await (await Providers__factory.connect(stack.deployment.contracts.Providers, va).beat(1)).wait();
    const { timestamp } = await client.getBlock();
    await eventually("the index has it", async () => (await trustOf(cold.address)).block.time >= Number(timestamp));
  }

  /** What the contracts say of a lease at the block of an answer. */
  const statusAt = (leaseId: Hex, { block }: Lease) => {
    const call = { address: stack.deployment.contracts.Leases, abi: abis.Leases, functionName: "statusOf" } as const;
    return client.readContract({ ...call, args: [leaseId], blockNumber: BigInt(block.number) });
  };

  /** A lease that is over, recorded or not: what is settled is what the contracts say. @returns what was earned */
  async function agreeAtEnd(leaseId: Hex): Promise<bigint> {
    const lease = await untilPhase(leaseId, "ended");
    const { earned, refundable, startFee } = await statusAt(leaseId, lease);
    expect(lease.settlement).to.include({ earnedMsat: `${earned}`, owedMsat: `${refundable}` });
    expect(lease.startFee.earned).to.equal(`${startFee}`);
    return earned;
  }

  /** The page's account, the pool's answer and the contracts agree at one block, to the last unit. */
  async function agree(leaseId: Hex): Promise<{ earned: bigint; startFee: bigint; refundable: bigint }> {
    const lease = await leaseOf(leaseId);
    const { block, accrual } = lease;
    const status = await statusAt(leaseId, lease);
    const { earned, refundable, startFee, paid, left, aside } = accountAt(lease, block.time);
    expect({ earned, refundable, startFee, paid }).to.deep.equal({
      earned: status.earned,
      refundable: status.refundable,
      startFee: status.startFee,
      paid: status.deposit,
    });
    expect(left + aside).to.equal(status.refundable);
    expect(BigInt(lease.startFee.earned)).to.equal(status.startFee);
    if (accrual !== null) {
      expect(accrual).to.include({ exhaustedAt: Number(status.exhaustedAt), overAt: Number(status.overAt) });
    }
    return { earned, startFee, refundable };
  }

  it("charges a holder without trust the fee, to the last unit as the contracts count it", async () => {
    const signed = await take();
    const { leaseId, keys } = signed;
    charged = leaseId;
    const { computeUnits, startFeeMsat } = await theOffer();
    expect(startFeeMsat).to.equal(`${FEE}`);
    const before = await trustOf(keys.account.address, `?units=${computeUnits}`);
    expect(before).to.include({ limit: 0, used: 0, karma: 0 });
    expect(before.start).to.include({ withinLimit: false, withinLimitCount: 0, exhausted: false });
    const args = [keys.account.address, BigInt(computeUnits * 1_000), 1n] as const;
    const quote = { address: lens.address(), abi: lens.abi, functionName: "quoteStarts" } as const;
    const quoted = await client.readContract({ ...quote, args, blockNumber: BigInt(before.block.number) });
    expect(before.start?.price).to.equal(`${quoted.price}`);
    expect(quoted.price > 0n).to.equal(true);

    await pay(signed);
    expect((await leaseOf(leaseId)).startFee).to.deep.equal({ agreed: `${FEE}`, earned: "0", charged: null });
    await agree(leaseId);
    await start(signed);
    const price = startPriceSchema.parse(await get("/api/start-price"));
    expect(BigInt(price.perUnit) > BigInt(price.floor)).to.equal(true);
    expect(price.secondsToFloor).to.be.above(0);
    expect((await leaseOf(leaseId)).startFee).to.include({ charged: `${FEE}` });
    expect((await agree(leaseId)).startFee).to.equal(FEE);
    await pass(1_234);
    const { earned, refundable } = await agree(leaseId);
    expect(earned > FEE && refundable < 2n * 3_600_000n).to.equal(true);
  });

  it("waives it within the holder's limit, which the start then uses", async () => {
    const signed = await take();
    const { leaseId, keys } = signed;
    const { computeUnits } = await theOffer();
    await deposit(keys.account, 3n * XOV);
    const enough = await trustOf(keys.account.address, `?units=${computeUnits}&count=2`);
    expect(enough).to.include({ deposit: `${3n * XOV}`, limit: 3, used: 0, available: 3 });
    expect(enough.start?.withinLimitCount).to.equal(Math.min(2, Math.floor(3 / computeUnits)));
    expect((await trustOf(keys.account.address, `?units=${computeUnits}`)).start).to.include({
      withinLimit: true,
      price: "0",
    });
    await pay(signed);
    await start(signed);
    expect((await leaseOf(leaseId)).startFee).to.deep.equal({ agreed: `${FEE}`, earned: "0", charged: "0" });
    expect((await agree(leaseId)).startFee).to.equal(0n);
    expect(await trustOf(keys.account.address)).to.include({ used: computeUnits });
    await pass(777);
    await agree(leaseId);
  });

  it("agrees in grace, and in a new period that charges no fee again", async () => {
    const signed = await take(2);
    const { leaseId, payTo } = signed;
    await pay(signed);
    await start(signed);
    for (let beats = 0; beats < 5; beats++) await pass(HOUR_S / 2);
    await untilPhase(leaseId, "grace");
    await agree(leaseId);
    await stack.wallet.pay(payTo.address, 400n);
    await stack.wallet.mine(2);
    await eventually("it is set aside", async () => (await leaseOf(leaseId)).accrual?.aside === "400000");
    expect((await agree(leaseId)).refundable).to.equal(400_000n);
    await stack.wallet.pay(payTo.address, 3_600n);
    await stack.wallet.mine(2);
    const { startFee } = await untilPhase(leaseId, "running");
    expect(startFee).to.deep.equal({ agreed: `${FEE}`, earned: "0", charged: `${FEE}` });
    await agree(leaseId);
    await pass(600);
    await agree(leaseId);
  });

  it("agrees at the end, before somebody records it and after", async () => {
    // Two hours and an hour of grace have passed since it began.
    expect(await agreeAtEnd(charged)).to.equal(FEE + 2n * 3_600_000n);
    await (await Leases__factory.connect(stack.deployment.contracts.Leases, va).close(charged)).wait();
    await eventually("it is recorded", async () => (await leaseOf(charged)).closedAt !== null);
    expect(await agreeAtEnd(charged)).to.equal(FEE + 2n * 3_600_000n);
    const { record } = providerSchema.parse(await get(`/api/providers/${cold.address}`));
    expect(record).to.include({ asked: 1, made: 1 });
    expect(record.delivered).to.equal(record.promised).and.to.be.above(0);
  });

  it("shows a provider's record, stake and attestation as the contracts have them", async () => {
    const answer = providerSchema.parse(await get(`/api/providers/${cold.address}`));
    const call = { address: lens.address(), abi: lens.abi, blockNumber: BigInt(answer.block.number) } as const;
    const status = await client.readContract({ ...call, functionName: "providerOf", args: [cold.address] });
    const { attestation } = await client.readContract({ ...call, functionName: "attestationOf", args: [1] });
    expect(answer.staked).to.equal(`${900_000n * XOV}`);
    expect(answer.stake).to.include({ free: `${status.stake.free}`, locked: `${status.stake.locked}` });
    expect(answer).to.include({ purse: `${status.purse}`, seizable: `${status.seizable}` });
    expect(answer.record).to.include({ asked: Number(status.record.asked), upheld: 0 });
    expect(answer.record.delivered).to.equal(Number(status.record.delivered) / 3_600_000);
    const [appliance] = answer.appliances;
    expect(appliance).to.deep.include({ id: 1, region: "eu-fi-helsinki" });
    expect(appliance?.attestation).to.deep.equal({
      attestedAt: attestation.attestedAt,
      expiresAt: attestation.expiresAt,
      barredUntil: null,
      componentsHash: attestation.componentsHash,
      listable: true,
    });
    const { attestedUntil, standing } = await theOffer();
    expect(attestedUntil).to.equal(attestation.expiresAt);
    expect(standing?.staked).to.equal(answer.staked);
  });

  /** XOV of an account that had none, and no gas. */
  async function deposit(holder: SignedTake["keys"]["account"], amount: bigint): Promise<void> {
    await rpc.send("anvil_setBalance", [holder.address, `0x${XOV.toString(16)}`]);
    const provisioner = createProvisioner(stack.anvil.url, stack.deployment, role("deployer"));
    await provisioner.fund({ address: holder.address, privateKey: "0x" }, amount);
    provisioner.close();
    const wallet = createWalletClient({ account: holder, chain: client.chain, transport: http(stack.anvil.url) });
    const trust = { address: stack.deployment.contracts.Trust, abi: abis.Trust } as const;
    const hash = await wallet.writeContract({ ...trust, functionName: "deposit", args: [amount] });
    const receipt = await client.waitForTransactionReceipt({ hash, pollingInterval: 50 });
    expect(receipt.status).to.equal("success");
    await eventually("the index has it", async () => (await trustOf(holder.address)).deposit === `${amount}`);
  }
});
