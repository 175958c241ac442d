// SPDX-License-Identifier: Apache-2.0
// A market at work on a chain of its own: makers, takers and cancellations at random, from a seed; then the books are checked.
//
//   --operations N   default 10,000
//   --seed N         default 1
//   --json           {"operations", "seconds", "perSecond", "leases", "resting", "types": [{"type", "done", "refused", "gas",
//                    "mostGas"}]} instead of a table; gas is the mean
//
// Exit code 0 only when every book balances.
import { parseArgs } from "node:util";
import { unbalanced } from "./check.ts";
import { generator } from "./random.ts";
import { trade } from "./trade.ts";
import { openWorld } from "./world.ts";

const options = {
  operations: { type: "string", default: "10000" },
  seed: { type: "string", default: "1" },
  json: { type: "boolean", default: false },
} as const;
const { values } = parseArgs({ options });
const [operations, seed] = [Number(values.operations), Number(values.seed)];
if (!Number.isInteger(operations) || operations < 1) throw new Error(`--operations must be a positive integer`);
if (!Number.isInteger(seed)) throw new Error("--seed must be an integer");

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
const world = await openWorld(stop.signal);
try {
  const { ledger, tallies, seconds } = await trade(world, operations, generator(seed));
  const wrong = await unbalanced(world, ledger);
  const types = [...tallies].map(([type, { done, refused, gas, mostGas }]) => {
    return { type, done, refused, gas: Math.round(gas / Math.max(1, done)), mostGas };
  });
  const leases = [...ledger.leased.values()].flatMap((each) => [...each.values()]).reduce((a, b) => a + b, 0n);
  const perSecond = Math.round(operations / seconds);
  const summary = { operations, seconds: Math.round(seconds), perSecond, leases: Number(leases) };
  const resting = ledger.orders.size;
  if (values.json) {
    console.log(JSON.stringify({ ...summary, resting, types }));
  } else {
    console.table(types);
    console.log(`${operations} operations in ${summary.seconds} s: ${perSecond} a second`);
    console.log(
      `${leases} leases opened, ${resting} orders rest; ${wrong.length === 0 ? "all books balance" : "WRONG:"}`,
    );
  }
  for (const line of wrong) console.error(line);
  process.exitCode = wrong.length === 0 ? 0 : 1;
} finally {
  await world.close();
}
