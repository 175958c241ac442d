// SPDX-License-Identifier: Apache-2.0
// Deploys all contracts to the chain node at argv[2], with its journal in the folder argv[3], and prints the deployment.
// A process of its own, because Hardhat does not survive being loaded by mocha.

import { parseEther } from "ethers";
import { deploy } from "../../scripts/deploy/deploy.ts";
import { role } from "../../scripts/devnet/roles.ts";

const REGTEST_GENESIS =
  "0x0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4adae5494dffff7f2002000000";

const [, , rpcUrl = "", journal = ""] = process.argv;
const { address, privateKey } = role("deployer");
const deployment = await deploy({
  rpcUrl,
  journal,
  deployerKey: privateKey,
  treasury: address,
  supply: parseEther("1000000"),
  network: { powLimitBits: 0x207fffff, retargets: false },
  checkpoint: { height: 0, epochStart: 1_296_688_602, chainwork: 2n, headers: REGTEST_GENESIS },
});
process.stdout.write(`${JSON.stringify(deployment)}\n`);
process.exit(0);
