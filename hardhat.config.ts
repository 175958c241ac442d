import { createRequire } from "node:module";
import toolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { defineConfig } from "hardhat/config";

const path = createRequire(import.meta.url).resolve("solc/soljson.js");

export default defineConfig({
  plugins: [toolbox],
  typechain: { outDir: "./typechain-types" },
  solidity: {
    profiles: {
      default: {
        version: "0.8.37",
        path,
        settings: { evmVersion: "cancun", optimizer: { enabled: true, runs: 10_000 } },
      },
      production: {
        version: "0.8.37",
        path,
        settings: { evmVersion: "cancun", viaIR: true, optimizer: { enabled: true, runs: 10_000 } },
      },
    },
  },
});
