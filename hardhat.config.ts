// SPDX-License-Identifier: Apache-2.0
import { createRequire } from "node:module";
import toolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { defineConfig } from "hardhat/config";

const path = createRequire(import.meta.url).resolve("solc/soljson.js");

function production(runs: number) {
  return {
    version: "0.8.37",
    path,
    settings: { evmVersion: "cancun", viaIR: true, optimizer: { enabled: true, runs } },
  };
}

export default defineConfig({
  plugins: [toolbox],
  networks: {
    // the address and the key are given by the deploying script
    target: { type: "http", url: "http://127.0.0.1:8545" },
  },
  // the lengths of their campaigns stand beside the invariants
  test: { solidity: { profiles: { default: {}, deep: {} } } },
  typechain: { outDir: "./typechain-types" },
  solidity: {
    profiles: {
      default: {
        version: "0.8.37",
        path,
        // without the IR the largest contracts fit only when optimised for size, and without the hash of their sources
        settings: { evmVersion: "cancun", optimizer: { enabled: true, runs: 1 }, metadata: { appendCBOR: false } },
      },
      production: {
        compilers: [production(1_000)],
        // asked in nearly every call, and small
        overrides: { "contracts/registry/Providers.sol": production(1_000_000) },
      },
    },
  },
});
