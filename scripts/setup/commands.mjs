// SPDX-License-Identifier: Apache-2.0

/**
 * What `node scripts/run.mjs <command>` runs, and what must be there first. Node and the packages always are.
 * `argv` is given to Node; the command's own arguments follow it. A command without one is done when its needs are met.
 * @type {Record<string, { needs: ("bitcoind" | "contracts")[], argv?: string[] }>}
 */
export const COMMANDS = {
  build: { needs: ["contracts"] },
  demo: { needs: ["bitcoind", "contracts"], argv: ["--import", "tsx", "scripts/demo/main.ts"] },
  start: { needs: ["bitcoind", "contracts"], argv: ["--import", "tsx", "scripts/start/main.ts"] },
  test: { needs: ["bitcoind", "contracts"], argv: ["--import", "tsx", "scripts/setup/test.ts"] },
  invariants: { needs: ["contracts"], argv: ["--import", "tsx", "scripts/setup/invariants.ts"] },
  gas: { needs: ["contracts"], argv: ["--import", "tsx", "scripts/gas/main.ts"] },
  market: { needs: ["contracts"], argv: ["--import", "tsx", "scripts/market/main.ts"] },
  bench: { needs: ["bitcoind", "contracts"], argv: ["--import", "tsx", "scripts/bench/main.ts"] },
  va: { needs: [], argv: ["--import", "tsx", "va/main.ts"] },
  "va:check": { needs: [], argv: ["--import", "tsx", "va/check/main.ts"] },
  openstack: { needs: [], argv: ["--import", "tsx", "scripts/openstack/main.ts"] },
  "openstack:check": { needs: ["bitcoind", "contracts"], argv: ["--import", "tsx", "scripts/openstack/check.ts"] },
  lint: { needs: ["contracts"], argv: ["--import", "tsx", "scripts/setup/lint.ts"] },
  typecheck: { needs: ["contracts"], argv: ["node_modules/typescript/bin/tsc", "-p", "."] },
  format: { needs: [], argv: ["node_modules/@biomejs/biome/bin/biome", "check", "--write", "."] },
};
