// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import type { Abi, Hex, PublicClient } from "viem";
import { z } from "zod";
import { abis } from "../../../offchain/chain/abis.ts";
import { createChain } from "../../../offchain/chain/clients.ts";
import { systemClock as clock } from "../../../offchain/core/clock.ts";
import { signStop } from "../../../offchain/lease/actions.ts";
import { until } from "../../../scripts/demo/steps.ts";
import { createDevCloud, type DevCloud } from "../../../scripts/devcloud/index.ts";
import type { Daemon } from "../../../scripts/devnet/daemons.ts";
import type { ChainReader } from "../../../scripts/devnet/lease.ts";
import type { Provider } from "../../../scripts/devnet/provider.ts";
import type { Stack } from "../../../scripts/devnet/stack.ts";
import type { SignedTake } from "../../../scripts/devnet/user.ts";

const { signal } = new AbortController();
const XOV = 10n ** 18n;
const DAY = 86_400;
const HOURS = 5;
const CONFIRMATIONS = 2;
/** `REFUND_FEE` of IBitcoinDebts.sol, msat. */
const FEE = 2_000_000n;
/** XOV base units for each millisatoshi of prepayment. */
const RATIO = 10n ** 12n;
const OFFERS = {
  network: "xov-net",
  images: [{ name: "debian-12", user: "debian" }],
  offers: [
    {
      class: { vcpus: 1, memoryMiB: 256, diskGiB: 2, architecture: "x86_64" },
      flavor: "m1.small",
      price: 29_600, // the code of 3,600,000 msat an hour
      maximum: 8,
      prepaidHours: 24,
      confirmations: CONFIRMATIONS,
      bond: `${XOV}`,
    },
  ],
};
const SWEEP = fileURLToPath(new URL("../../../va/sweep/main.ts", import.meta.url));

describe("bitcoin that a lease did not use up, everything real", function () {
  this.timeout(300_000);
  let dir: string;
  let stack: Stack;
  let cloud: DevCloud;
  let provider: Provider;
  let relayer: Daemon;
  let va: Daemon;
  let chain: ChainReader;
  let client: PublicClient;
  let first: SignedTake;
  let second: SignedTake;

  before(async () => {
    // Loaded when needed: Hardhat must not be loaded by the runner's `require`.
    const { startStack } = await import("../../../scripts/devnet/stack.ts");
    const { startRelayer } = await import("../../../scripts/devnet/daemons.ts");
    const { createProvider } = await import("../../../scripts/devnet/provider.ts");
    const { ascii, createProvisioner } = await import("../../../scripts/devnet/provision.ts");
    const { createChainReader } = await import("../../../scripts/devnet/lease.ts");
    const { role } = await import("../../../scripts/devnet/roles.ts");
    dir = await mkdtemp(join(tmpdir(), "xov-refund-"));
    stack = await startStack({ dir, signal });
    cloud = await createDevCloud({ port: 0 });
    const provisioner = createProvisioner(stack.anvil.url, stack.deployment, role("deployer"));
    const rules = { minimumStake: 1_000n * XOV, collateralPerMsat: RATIO, fee: 0n, admission: 0 };
    const pool = await provisioner.createPool(role("poolOperator"), "stackmonkey", rules);
    const spec = { vcpus: 1, memoryMiB: 256, diskGiB: 2, gpus: 0, gpuModel: ascii("", 16) };
    await provisioner.registerClass(role("poolOperator"), { ...spec, architecture: ascii("x86_64", 8) });
    await provisioner.fund(role("relayer"), 1_000n * XOV);
    const { credential } = cloud;
    const common = { stack, provisioner, n: 0, pool, region: "Zurich, CH", grace: 3_600, stake: 1_000_000n * XOV };
    provider = await createProvider({ ...common, credential, offers: OFFERS });
    provisioner.close();
    relayer = await startRelayer(stack, role("relayer"), signal);
    va = await provider.startVa(signal);
    chain = createChainReader(stack.anvil.url, stack.deployment);
    client = createChain({ rpcUrls: [stack.anvil.url], chainId: stack.deployment.chainId }).client;
  });
  after(async () => {
    chain?.close();
    await Promise.all([va?.stop(), relayer?.stop()]);
    await Promise.all([cloud?.close(), stack?.stop()]);
    await rm(dir, { recursive: true, force: true });
  });

  const eventually = <T>(what: string, ask: () => Promise<T | undefined>) => until(what, ask, { clock, signal });
  const read = <T>(contract: keyof typeof abis, functionName: string, args: readonly unknown[]) =>
    client.readContract({
      address: stack.deployment.contracts[contract],
      abi: abis[contract] as Abi,
      functionName,
      args,
    }) as Promise<T>;
  const owed = (leaseId: Hex) => read<bigint>("BitcoinDebts", "owedOf", [leaseId]);
  const collateral = async (leaseId: Hex) =>
    (await read<{ collateral: bigint }>("Leases", "bitcoinSide", [leaseId])).collateral;
  /** Lets the chain's time pass, and Bitcoin's miners' clocks with it. */
  const pass = async (seconds: number) => {
    await client.request({ method: "evm_increaseTime" as never, params: [seconds] as never });
    await client.request({ method: "evm_mine" as never, params: [] as never });
    const { timestamp } = await client.getBlock();
    await stack.wallet.call("setmocktime", [Number(timestamp)], z.null());
    await stack.wallet.mine(1);
  };
  /** A lease that is paid, served and stopped by its holder; gives what is owed, msat. */
  const stopped = async (): Promise<{ take: SignedTake; owed: bigint }> => {
    const { sendTake, signTake } = await import("../../../scripts/devnet/user.ts");
    const ask = await eventually("an ask", () => chain.openAsk(provider.appliance));
    const address = await stack.wallet.newAddress();
    const info = z.object({ scriptPubKey: z.string() });
    const { scriptPubKey } = await stack.wallet.call("getaddressinfo", [address], info);
    const refundScript: Hex = `0x${scriptPubKey}`;
    const wish = { order: ask.order, hours: HOURS, image: "debian-12", sshKeys: [], refundScript };
    const take = await signTake(wish, stack.anvil.url, stack.deployment);
    const is = (state: string) =>
      eventually(state, async () => ((await chain.lease(take.leaseId))?.state === state ? true : undefined));
    await sendTake(relayer.ready.url ?? "", take);
    await is("unfunded");
    await stack.wallet.pay(take.payTo.address, take.sats);
    await stack.wallet.mine(CONFIRMATIONS);
    await is("active");
    const nonce = await read<bigint>("Leases", "nonces", [take.keys.account.address]);
    const limits = { nonce, deadline: (await client.getBlock()).timestamp + 600n };
    const domain = { chainId: stack.deployment.chainId, leases: stack.deployment.contracts.Leases };
    const signature = await signStop(take.leaseId, limits, domain, take.keys.account);
    const response = await fetch(new URL("actions", relayer.ready.url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ kind: "stop", leaseId: take.leaseId, deadline: `${limits.deadline}`, signature }),
    });
    expect(response.status).to.equal(202);
    await eventually("the close", async () => ((await chain.isClosed(take.leaseId)) ? true : undefined));
    const { refundable } = await read<{ refundable: bigint }>("Leases", "statusOf", [take.leaseId]);
    return { take, owed: refundable };
  };

  const marked = async (leaseId: Hex) => {
    const { txids } = await stack.bitcoin.mempool();
    const found = await stack.bitcoin.transactions(txids);
    return found.filter(
      (each) =>
        each &&
        Buffer.from(each.bytes)
          .toString("hex")
          .includes(`6a20${leaseId.slice(2)}`),
    );
  };
  const received = async (script: Hex) => {
    const schema = z.object({ total_amount: z.number() });
    const params = ["start", [`raw(${script.slice(2)})`]];
    const { total_amount } = await stack.wallet.call("scantxoutset", params, schema);
    return BigInt(Math.round(total_amount * 1e8));
  };
  /** Until the appliance has sent a refund, which is then mined, and proven by it. */
  const refundIsProven = async (leaseId: Hex) => {
    await eventually("the refund", async () => ((await marked(leaseId)).length > 0 ? true : undefined));
    await stack.wallet.mine(CONFIRMATIONS);
    await eventually("the proof", async () => ((await owed(leaseId)) === 0n ? true : undefined));
  };

  it("is sent back by the appliance, and proven", async () => {
    const closed = await stopped();
    first = closed.take;
    expect(closed.owed > 17_000_000n).to.equal(true);
    await refundIsProven(first.leaseId);
    const sats = (closed.owed - FEE + 999n) / 1000n;
    expect(await received(first.take.terms.refundScript)).to.equal(sats);
    expect(await collateral(first.leaseId)).to.equal(first.take.terms.prepayment * RATIO);
  });

  it("frees the collateral three days later", async () => {
    await pass(3 * DAY);
    await eventually("free", async () => ((await collateral(first.leaseId)) === 0n ? true : undefined));
    const { refundable } = await read<{ refundable: bigint }>("Leases", "statusOf", [first.leaseId]);
    expect(refundable).to.equal(0n);
  });

  it("is owed too when it comes after the close, and sent back as well", async () => {
    await stack.wallet.pay(first.payTo.address, 10_000n);
    await stack.wallet.mine(CONFIRMATIONS);
    await eventually("the debt", async () => ((await owed(first.leaseId)) === 10_000_000n ? true : undefined));
    const before = await received(first.take.terms.refundScript);
    await refundIsProven(first.leaseId);
    expect((await received(first.take.terms.refundScript)) - before).to.equal(8_000n);
  });

  it("is proven and counted for good by the relayer, when the appliance is gone before it could", async () => {
    const { take } = await stopped();
    await eventually("the refund", async () => ((await marked(take.leaseId)).length > 0 ? true : undefined));
    await va.kill9();
    await stack.wallet.mine(CONFIRMATIONS + 6);
    const { blocks } = await stack.bitcoin.blockchainInfo();
    const followed = async () => (await read<readonly [number, Hex, bigint]>("BitcoinLightClient", "tip", []))[0];
    await eventually("the light client", async () => ((await followed()) >= blocks ? true : undefined));
    // The relayer looks for refunds once an hour.
    await pass(3_700);
    await eventually("the proof", async () => ((await owed(take.leaseId)) === 0n ? true : undefined));
    await pass(3 * DAY + 3_700);
    await eventually("free", async () => ((await collateral(take.leaseId)) === 0n ? true : undefined));
    va = await provider.startVa(signal);
  });

  it("is left by a sweep where a refund needs it; the rest goes to the provider's wallet", async () => {
    const closed = await stopped();
    second = closed.take;
    await va.stop();
    const to = await stack.wallet.newAddress();
    const keyFile = join(dir, "va-0", "bitcoin-key");
    const environment = {
      ...process.env,
      RPC_URLS: stack.anvil.url,
      CHAIN_ID: `${stack.deployment.chainId}`,
      DEPLOYMENT_FILE: stack.deploymentFile,
      APPLIANCE: `${provider.appliance}`,
      BITCOIN_URL: stack.bitcoind.rpcUrl,
      BITCOIN_USER: stack.bitcoind.auth.user,
      BITCOIN_PASSWORD: stack.bitcoind.auth.password,
    };
    const run = async (env: Record<string, string>, ...args: string[]) => {
      const options = { env: { ...environment, ...env } };
      return (await promisify(execFile)(process.execPath, ["--import", "tsx", SWEEP, ...args], options)).stdout;
    };
    const descriptors = z.array(z.object({ desc: z.string() })).parse(JSON.parse(await run({}, "descriptors")));
    expect(descriptors.map(({ desc }) => desc.split("(")[0])).to.deep.equal(["rawtr", "rawtr", "rawtr", "tr"]);
    const schema = z.object({
      swept: z.object({ sats: z.number() }),
      keptForRefunds: z.object({ coins: z.number(), sats: z.number() }),
      receives: z.number(),
      txid: z.string(),
    });
    const output = await run({ BITCOIN_KEY_FILE: keyFile }, "psbt", "--to", to, "--fee-rate", "2", "--send");
    const sweep = schema.parse(JSON.parse(output));
    // the second lease's payment; of the first, the change of its refunds and nothing else is left
    expect(sweep.keptForRefunds.coins >= 1 && sweep.keptForRefunds.sats >= Number(second.sats)).to.equal(true);
    await stack.wallet.mine(1);
    const balance = await stack.wallet.call("getreceivedbyaddress", [to], z.number());
    expect(Math.round(balance * 1e8)).to.equal(sweep.receives);
  });

  it("is paid from the collateral when the appliance is gone: the relayer claims it after a week and collects it two weeks later", async () => {
    const { leaseId, keys } = second;
    const due = await owed(leaseId);
    const claim = () => read<{ claimed: bigint }>("BitcoinDebts", "debtOf", [leaseId]);
    await pass(7 * DAY - 600);
    expect((await claim()).claimed).to.equal(0n);
    await pass(600);
    await eventually("the claim", async () => ((await claim()).claimed === due ? true : undefined));
    await pass(14 * DAY);
    await eventually("the holder's stake", async () => ((await owed(leaseId)) === 0n ? true : undefined));
    const { XovToken } = stack.deployment.contracts;
    const inVault = await read<bigint>("Vault", "balanceOf", [XovToken, keys.account.address]);
    expect(inVault).to.equal(due * RATIO);
  });
});
