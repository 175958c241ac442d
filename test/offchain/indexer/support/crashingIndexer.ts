// SPDX-License-Identifier: Apache-2.0
// crashingIndexer.ts <folder>: indexes a chain that is the same every time, a block after another, into the embedded
// database of a folder; prints a line for every commit, and at the end the digest of all tables.
import { createHash } from "node:crypto";
import { systemClock } from "../../../../offchain/core/clock.ts";
import { openDatabase } from "../../../../offchain/indexer/database.ts";
import { prepareIndex } from "../../../../offchain/indexer/prepare.ts";
import { readProgress } from "../../../../offchain/indexer/store.ts";
import { DEPLOYMENT } from "./deployment.ts";
import { dump } from "./dump.ts";
import { follow, newChain } from "./follow.ts";
import { simulation } from "./simulation.ts";

const BLOCKS = 150;

const [folder] = process.argv.slice(2);
const { db, close } = await openDatabase({ location: { folder } });
const fresh = await prepareIndex({ db, deployment: DEPLOYMENT });
const { block } = await readProgress(db);
process.stdout.write(`${fresh ? "new" : "old"} ${block}\n`);

const chain = newChain();
let state = 11;
const market = simulation(chain, () => {
  state = (state * 48_271) % 2_147_483_647;
  return state / 2_147_483_647;
});
while (chain.height < block) market.step(3);
while (chain.height < BLOCKS) {
  market.step(3);
  chain.finalize(12);
  await follow({ db, chain });
  process.stdout.write(`at ${chain.height}\n`);
  await systemClock.sleep(2);
}
process.stdout.write(
  `digest ${createHash("sha256")
    .update(JSON.stringify(await dump(db)))
    .digest("hex")}\n`,
);
await close();
