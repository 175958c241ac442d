// SPDX-License-Identifier: Apache-2.0
import {
  type BytesLike,
  type ContractTransactionResponse,
  encodeBytes32String,
  JsonRpcProvider,
  NonceManager,
  Wallet,
} from "ethers";
import {
  Attestations__factory,
  ComputeClasses__factory,
  Pools__factory,
  Providers__factory,
  Vault__factory,
  XovToken__factory,
} from "../../typechain-types/index.js";
import type { ClassSpecStruct } from "../../typechain-types/registry/ComputeClasses.js";
import type { PoolRulesStruct } from "../../typechain-types/registry/Pools.js";
import type { ApplianceParamsStruct } from "../../typechain-types/registry/Providers.js";
import type { Deployment } from "../deploy/deploy.ts";
import { DEVNET_STACK } from "./openSource.ts";
import type { Role } from "./roles.ts";

/** Sets up a deployed network as its operators would: every step is a transaction of the role that it belongs to. */
export interface Provisioner {
  /** Gives `to` XOV from the treasury, in its vault balance. */
  fund(to: Role, amount: bigint): Promise<void>;
  createPool(operator: Role, name: string, rules: PoolRulesStruct): Promise<number>;
  registerClass(by: Role, spec: ClassSpecStruct): Promise<`0x${string}`>;
  stake(provider: Role, amount: bigint): Promise<void>;
  /**
   * Registers an appliance, attests what the local network's clouds run on, so that it may sell, and lets its hot key end leases that
   * it cannot serve. @returns its id
   */
  registerAppliance(provider: Role, params: ApplianceParamsStruct): Promise<number>;
  close(): void;
}

/** What a stolen hot key could end at most, at once. */
const EVICTIONS_PER_DAY = 10;

/** @param treasury the account that received the supply */
export function createProvisioner(rpcUrl: string, { contracts }: Deployment, treasury: Role): Provisioner {
  const provider = new JsonRpcProvider(rpcUrl, undefined, { polling: true, pollingInterval: 100, cacheTimeout: -1 });
  const signers = new Map<string, NonceManager>();
  const as = ({ address, privateKey }: Role): NonceManager => {
    const known = signers.get(address) ?? new NonceManager(new Wallet(privateKey, provider));
    signers.set(address, known);
    return known;
  };
  return {
    async fund(to, amount) {
      await mined(XovToken__factory.connect(contracts.XovToken, as(treasury)).approve(contracts.Vault, amount));
      await mined(
        Vault__factory.connect(contracts.Vault, as(treasury)).deposit(contracts.XovToken, amount, to.address),
      );
    },
    async createPool(operator, name, rules) {
      const pools = Pools__factory.connect(contracts.Pools, as(operator));
      await mined(pools.create(encodeBytes32String(name), rules));
      return Number(await pools.poolNamed(encodeBytes32String(name)));
    },
    async registerClass(by, spec) {
      const classes = ComputeClasses__factory.connect(contracts.ComputeClasses, as(by));
      await mined(classes.register(spec));
      return (await classes.idOf(spec)) as `0x${string}`;
    },
    async stake(by, amount) {
      await mined(Providers__factory.connect(contracts.Providers, as(by)).stake(amount));
    },
    async registerAppliance(by, params) {
      const providers = Providers__factory.connect(contracts.Providers, as(by));
      const receipt = await mined(providers.registerAppliance(params));
      const event = receipt.logs
        .map((log) => providers.interface.parseLog(log))
        .find((log) => log?.name === "ApplianceRegistered");
      const appliance = Number(event?.args.appliance);
      await mined(Attestations__factory.connect(contracts.Attestations, as(by)).attest(appliance, DEVNET_STACK));
      await mined(providers.setEvictionLimit(appliance, EVICTIONS_PER_DAY));
      return appliance;
    },
    close: () => provider.destroy(),
  };
}

/** Left-aligned ASCII, as class specs carry their short names. */
export function ascii(text: string, bytes: number): BytesLike {
  return `0x${Buffer.from(text, "ascii")
    .toString("hex")
    .padEnd(2 * bytes, "0")}`;
}

async function mined(sent: Promise<ContractTransactionResponse>) {
  const receipt = await (await sent).wait();
  if (receipt === null) throw new Error("a transaction was replaced");
  return receipt;
}
