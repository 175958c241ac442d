// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { JsonRpcProvider, type Signer } from "ethers";
import { GENESIS, hex, REGTEST_BITS, REGTEST_WORK } from "../../test/contracts/bitcoin/support/blocks.ts";
import {
  Attestations__factory,
  BookLens__factory,
  Exchange__factory,
  Leases__factory,
  Markets__factory,
  PermitToken__factory,
  Providers__factory,
  Vault__factory,
  XovToken__factory,
} from "../../typechain-types/index.js";
import { deploy } from "../deploy/deploy.ts";
import { startAnvil } from "../devnet/anvil.ts";
import { DEVNET_STACK } from "../devnet/openSource.ts";
import { ascii, createProvisioner } from "../devnet/provision.ts";
import { ACCOUNTS, MNEMONIC, role } from "../devnet/roles.ts";

const SELLERS = 4;
const BUYERS = 6;
const FIRST_SELLER = 10;
const FIRST_BUYER = 20;
/** Base units: more than all orders of a run could need. */
const STAKE = 10n ** 25n;
const PURSE = 10n ** 15n;
const BLOCK_GAS = 2_000_000_000;

/** Two markets in one token on a chain of its own, with sellers that have stake and buyers that have money. */
export type World = Awaited<ReturnType<typeof openWorld>>;

/** Starts the chain and brings the markets about. Blocks are mined by command from then on. */
export async function openWorld(signal: AbortSignal) {
  const dir = await mkdtemp(join(tmpdir(), "xov-market-"));
  const anvil = await startAnvil({ mnemonic: MNEMONIC, accounts: ACCOUNTS, signal });
  const rpc = new JsonRpcProvider(anvil.url, undefined, { polling: true, pollingInterval: 50, cacheTimeout: -1 });
  const treasury = role("deployer");
  const { contracts } = await deploy({
    rpcUrl: anvil.url,
    journal: join(dir, "ignition"),
    deployerKey: treasury.privateKey,
    treasury: treasury.address,
    supply: 10n ** 27n,
    network: { powLimitBits: REGTEST_BITS, retargets: false },
    checkpoint: { height: 0, epochStart: GENESIS.time, chainwork: REGTEST_WORK, headers: hex(GENESIS.header) },
  });
  const deployment = { chainId: anvil.chainId, startBlock: 0, contracts };
  const provisioner = createProvisioner(anvil.url, deployment, treasury);
  const rules = { minimumStake: 1n, collateralPerMsat: 1n, fee: 0n, admission: 0 };
  await provisioner.createPool(role("poolOperator"), "market", rules);
  const shapes = [1, 2].map((vcpus) => ({
    ...{ vcpus, memoryMiB: 1024, diskGiB: 10, gpus: 0 },
    ...{ gpuModel: ascii("", 16), architecture: ascii("x86_64", 8) },
  }));
  const classes: string[] = [];
  for (const shape of shapes) classes.push(await provisioner.registerClass(role("poolOperator"), shape));
  provisioner.close();
  const signers = await Promise.all(Array.from({ length: ACCOUNTS }, (_, i) => rpc.getSigner(i)));
  const deployer = signers[0] as Signer;
  const token = await new PermitToken__factory(deployer).deploy(6, 10n ** 18n);
  const lens = await new BookLens__factory(deployer).deploy(contracts.Exchange, contracts.Markets, contracts.Providers);
  await Promise.all([token.waitForDeployment(), lens.waitForDeployment()]);
  const markets = Markets__factory.connect(contracts.Markets, deployer);
  for (const each of classes) await (await markets.open(1, each, token)).wait();
  const world = {
    dir,
    anvil,
    rpc,
    token,
    lens,
    /** Their ids. */
    markets: [1, 2],
    marketList: markets,
    treasury: treasury.address,
    xov: XovToken__factory.connect(contracts.XovToken, deployer),
    vault: Vault__factory.connect(contracts.Vault, deployer),
    providers: Providers__factory.connect(contracts.Providers, deployer),
    attestations: Attestations__factory.connect(contracts.Attestations, deployer),
    exchange: Exchange__factory.connect(contracts.Exchange, deployer),
    leases: Leases__factory.connect(contracts.Leases, deployer),
    /** Appliance `i + 1` is the i-th one's. */
    sellers: signers.slice(FIRST_SELLER, FIRST_SELLER + SELLERS).map(({ address }) => address),
    buyers: signers.slice(FIRST_BUYER, FIRST_BUYER + BUYERS).map(({ address }) => address),
    send: (method: string, params: readonly unknown[]) => rpc.send(method, [...params]),
    async close() {
      rpc.destroy();
      await anvil.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
  await furnish(world, signers);
  await rpc.send("evm_setBlockGasLimit", [BLOCK_GAS]);
  await rpc.send("evm_setAutomine", [false]);
  await rpc.send("evm_setIntervalMining", [0]);
  return world;
}

type Furnished = Pick<World, "xov" | "token" | "vault" | "providers" | "sellers" | "buyers" | "attestations">;

async function furnish(w: Furnished, signers: readonly Signer[]): Promise<void> {
  const total = STAKE * BigInt(w.sellers.length);
  await (await w.xov.approve(w.vault, total)).wait();
  await (await w.token.approve(w.vault, PURSE * BigInt(w.buyers.length))).wait();
  for (const [i, seller] of w.sellers.entries()) {
    await (await w.vault.deposit(w.xov, STAKE, seller)).wait();
    const signer = signers[FIRST_SELLER + i] ?? null;
    const providers = w.providers.connect(signer);
    await (await providers.stake(STAKE)).wait();
    const bitcoinKey = "0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
    const appliance = { pool: 1, grace: 3600, bitcoinKey, sealKey: bitcoinKey, hotKey: seller, region: "test" };
    await (await providers.registerAppliance(appliance)).wait();
    await (await w.attestations.connect(signer).attest(i + 1, DEVNET_STACK)).wait();
  }
  for (const buyer of w.buyers) await (await w.vault.deposit(w.token, PURSE, buyer)).wait();
}
