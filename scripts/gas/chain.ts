// SPDX-License-Identifier: Apache-2.0
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import config from "../../hardhat.config.ts";
import { artifactOf, CONTRACTS } from "../deploy/Xov.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
// apart from those of the default profile, which the tests run on
const PATHS = { artifacts: ".xov/production/artifacts", cache: ".xov/production/cache" };
/** An ERC-20 with permits, as a stablecoin is one. */
export const TOKEN = "PermitToken";
const FIRST_TIME = 1_900_000_000;

/** The contracts as they are deployed (production profile), on a chain in this process whose time is set by hand. */
export type Chain = Awaited<ReturnType<typeof openChain>>;

/**
 * Compiles what has changed and opens a new chain. Every transaction has a block of its own, a second after the one
 * before, so that the same calls have the same gas whenever they are made.
 */
export async function openChain() {
  const hre = await createHardhatRuntimeEnvironment({ ...config, paths: PATHS }, { noTypechain: true }, ROOT);
  const names = [...CONTRACTS.map(artifactOf), TOKEN].map((name) => `${name}.sol`);
  const files = (await hre.solidity.getRootFilePaths()).filter((path) => names.includes(basename(path)));
  const built = await hre.solidity.build(files, { buildProfile: "production", quiet: true });
  if (!hre.solidity.isSuccessfulBuildResult(built)) throw new Error("the contracts do not compile: see npm run build");
  const connection = await hre.network.create({ network: "default", override: { initialDate: new Date(0) } });
  const { ethers, networkHelpers, ignition } = connection;
  let now = FIRST_TIME;

  /** Makes an account's transactions tick the clock. */
  const tick = (signer: HardhatEthersSigner): HardhatEthersSigner => {
    const send = signer.sendTransaction.bind(signer);
    signer.sendTransaction = async (transaction) => {
      await networkHelpers.time.setNextBlockTimestamp(++now);
      return send(transaction);
    };
    return signer;
  };

  return {
    ethers,
    ignition,
    artifacts: hre.artifacts,
    /** Unix seconds of the last transaction. */
    now: () => now,
    /** Lets time pass before the next transaction. */
    pass: (seconds: number) => {
      now += seconds;
    },
    signers: async () => (await ethers.getSigners()).map(tick),
    /** An account whose key nobody has, a contract for example. */
    impersonate: async (address: string) => {
      await networkHelpers.setBalance(address, 10n ** 18n);
      return tick(await ethers.getImpersonatedSigner(address));
    },
    setStorageAt: networkHelpers.setStorageAt,
    /** Keeps the state; the function it gives brings it back, any number of times. */
    save: async () => {
      const { restore } = await networkHelpers.takeSnapshot();
      const then = now;
      return async () => {
        await restore();
        now = then;
      };
    },
    close: () => connection.close(),
  };
}
