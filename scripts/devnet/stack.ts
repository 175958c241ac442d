// SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BitcoinNode, createBitcoinNode } from "../../offchain/bitcoin/node.ts";
import { systemClock } from "../../offchain/core/clock.ts";
import { checkpointAt } from "../deploy/checkpoint.ts";
import { type Deployment, deploy } from "../deploy/deploy.ts";
import { bitcoindCommand } from "../setup/bitcoind.mjs";
import { type Anvil, startAnvil } from "./anvil.ts";
import { type Bitcoind, startBitcoind } from "./bitcoind.ts";
import { ACCOUNTS, MNEMONIC, role } from "./roles.ts";
import { type RegtestWallet, regtestWallet } from "./wallet.ts";

/** A chain with the contracts deployed, and a regtest bitcoind with a funded wallet. */
export interface Stack {
  readonly dir: string;
  readonly anvil: Anvil;
  readonly bitcoind: Bitcoind;
  readonly bitcoin: BitcoinNode;
  readonly wallet: RegtestWallet;
  readonly deployment: Deployment;
  /** JSON of `deployment`, for daemons. */
  readonly deploymentFile: string;
  /** Ends what was started; the folder stays. */
  stop(): Promise<void>;
}

/** XOV base units; the deployer is the treasury. */
const SUPPLY = 10n ** 27n;
/** Easiest target, never retargeted (Bitcoin's regtest). */
const REGTEST = { powLimitBits: 0x207fffff, retargets: false };

export interface StackParameters {
  /** Keeps chain, bitcoin and logs; made if it is not there. A stack started again on the same folder goes on. */
  readonly dir: string;
  readonly signal: AbortSignal;
}

/** Starts chain node and bitcoind side by side, and deploys unless the folder has a deployment already. */
export async function startStack({ dir, signal }: StackParameters): Promise<Stack> {
  const command = bitcoindCommand();
  await mkdir(dir, { recursive: true });
  const [anvil, bitcoind] = await Promise.all([
    startAnvil({
      stateFile: join(dir, "chain.json"),
      mnemonic: MNEMONIC,
      accounts: ACCOUNTS,
      logFile: join(dir, "anvil.log"),
      signal,
    }),
    startBitcoind({
      command,
      datadir: join(dir, "bitcoin"),
      logFile: join(dir, "bitcoind.log"),
      signal,
    }),
  ]);
  const wallet = await regtestWallet(bitcoind, "user");
  const bitcoin = createBitcoinNode({ url: bitcoind.rpcUrl, auth: bitcoind.auth, clock: systemClock });
  const deploymentFile = join(dir, "deployment.json");
  const deployment =
    (await readDeployment(deploymentFile)) ?? (await deployTo(anvil.url, bitcoin, join(dir, "ignition")));
  await writeFile(deploymentFile, `${JSON.stringify(deployment, null, 2)}\n`);
  const stop = async () => {
    await Promise.all([anvil.stop(), bitcoind.stop()]);
  };
  return { dir, anvil, bitcoind, bitcoin, wallet, deployment, deploymentFile, stop };
}

async function deployTo(rpcUrl: string, bitcoin: BitcoinNode, journal: string): Promise<Deployment> {
  const { blocks } = await bitcoin.blockchainInfo();
  const { address, privateKey } = role("deployer");
  const checkpoint = await checkpointAt(bitcoin, blocks);
  return deploy({
    rpcUrl,
    journal,
    deployerKey: privateKey,
    treasury: address,
    supply: SUPPLY,
    network: REGTEST,
    checkpoint,
  });
}

async function readDeployment(file: string): Promise<Deployment | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
