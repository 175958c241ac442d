// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { getCreateAddress } from "ethers";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import config from "../../hardhat.config.ts";
import { CONTRACTS, type ContractName, Xov } from "./Xov.ts";

/** What differs between deployments. */
export interface DeployParameters {
  readonly rpcUrl: string;
  /** Folder of Ignition's journal: a deployment that was cut off goes on from it. */
  readonly journal: string;
  /** Pays for the deployment; 0x and 64 hex digits. Must send nothing else meanwhile. */
  readonly deployerKey: string;
  /** Receives the whole supply. */
  readonly treasury: string;
  /** XOV base units. */
  readonly supply: bigint;
  /** `Network` of IBitcoinLightClient. */
  readonly network: { readonly powLimitBits: number; readonly retargets: boolean };
  /** `Checkpoint` of IBitcoinLightClient. */
  readonly checkpoint: {
    readonly height: number;
    readonly epochStart: number;
    readonly chainwork: bigint;
    readonly headers: string;
  };
}

/** Where everything is; also the form of a deployment file. */
export interface Deployment {
  readonly chainId: number;
  /** The block before the first contract's. */
  readonly startBlock: number;
  readonly contracts: Readonly<Record<ContractName, `0x${string}`>>;
}

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Deploys all contracts with the artifacts that are there.
 *
 * @throws Error when an address is not the predicted one, because the deployer sent something else meanwhile
 */
export async function deploy(parameters: DeployParameters): Promise<Deployment> {
  const hre = await createHardhatRuntimeEnvironment({ ...config, paths: { ignition: parameters.journal } }, {}, ROOT);
  const connection = await hre.network.create({
    network: "target",
    override: { url: parameters.rpcUrl, accounts: [parameters.deployerKey] },
  });
  try {
    const { ethers, ignition } = connection;
    const [deployer] = await ethers.getSigners();
    if (deployer === undefined) throw new Error("the deployer's key makes no account");
    const startBlock = await ethers.provider.getBlockNumber();
    const predicted = predictAddresses(deployer.address, await firstNonce(parameters.journal, deployer));
    const deployed = await ignition.deploy(Xov, {
      parameters: {
        Xov: {
          treasury: parameters.treasury,
          supply: parameters.supply,
          network: parameters.network,
          checkpoint: parameters.checkpoint,
          providers: predicted.Providers,
          exchange: predicted.Exchange,
          leases: predicted.Leases,
          swap: predicted.Swap,
        },
      },
      config: { requiredConfirmations: 1, blockPollingInterval: 100 },
    });
    for (const name of CONTRACTS) {
      const address = await deployed[name].getAddress();
      if (address !== predicted[name]) throw new Error(`${name} is at ${address}, not at ${predicted[name]}`);
    }
    const { chainId } = await ethers.provider.getNetwork();
    return { chainId: Number(chainId), startBlock, contracts: predicted };
  } finally {
    await connection.close();
  }
}

/** Of the first contract: kept beside the journal, so that a deployment that goes on predicts the same addresses. */
async function firstNonce(journal: string, deployer: { getNonce(): Promise<number> }): Promise<number> {
  const file = join(journal, "first-nonce");
  await mkdir(journal, { recursive: true });
  if (!existsSync(file)) await writeFile(file, `${await deployer.getNonce()}\n`);
  return Number(await readFile(file, "utf8"));
}

function predictAddresses(from: string, nonce: number): Record<ContractName, `0x${string}`> {
  const entries = CONTRACTS.map((name, i) => [name, getCreateAddress({ from, nonce: nonce + i })]);
  return Object.fromEntries(entries);
}
