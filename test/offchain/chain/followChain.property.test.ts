// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import fc from "fast-check";
import { followChain } from "../../../offchain/chain/followChain.ts";
import type { ChainSource } from "../../../offchain/chain/source.ts";
import type { Clock } from "../../../offchain/core/clock.ts";
import { EMITTER, type FakeChain, fakeChain, fakeSource, NOTED_ABI } from "../../fakes/chain.ts";
import { ledger } from "../../fakes/ledger.ts";

type Op =
  | { kind: "mine"; logs: number }
  | { kind: "reorg"; depth: number; logs: number }
  | { kind: "finalize"; lag: number }
  | { kind: "crash" };

const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("mine" as const), logs: fc.nat({ max: 3 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("reorg" as const),
      depth: fc.integer({ min: 1, max: 25 }),
      logs: fc.nat({ max: 2 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("finalize" as const), lag: fc.nat({ max: 30 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("crash" as const) }) },
);

const scenario = fc.record({
  history: fc.array(fc.nat({ max: 2 }), { maxLength: 80 }),
  ops: fc.array(op, { maxLength: 60 }),
  seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  startBlock: fc.nat({ max: 40 }),
  trouble: fc.constantFrom("none", "lag", "fail", "withhold", "all"),
});

type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

/** Lehmer's generator: numbers in [0, 1) that a failing run can repeat. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function apply(chain: FakeChain, each: Op): void {
  if (each.kind === "mine") chain.mine(each.logs);
  if (each.kind === "reorg") chain.reorg(each.depth, each.logs);
  if (each.kind === "finalize") chain.finalize(each.lag);
}

/** Follows a chain that changes all the while, to the end of the scenario and until all is told. */
async function run({ history, ops, seed, startBlock, trouble }: Scenario) {
  const random = randomOf(seed);
  const chain = fakeChain();
  for (const logs of history) chain.mine(logs);
  chain.finalize(5);
  const left = [...ops];
  let crashes = 0;
  const happen = () => {
    const next = left.shift();
    if (next === undefined) return;
    if (next.kind === "crash") crashes++;
    else apply(chain, next);
    if (left.length === 0) chain.mine(1);
  };
  const sources = endpoints(chain, { random, happen, trouble, over: () => left.length === 0 });
  let sleeps = 0;
  const clock: Clock = {
    now: () => sleeps * 1_000,
    async sleep(_ms, signal) {
      // What races with an endpoint's answer never wins here.
      if (_ms === 3_000) return new Promise((_, reject) => signal?.addEventListener("abort", reject, { once: true }));
      if (++sleeps > 10_000) throw new Error("never caught up");
      happen();
      await Promise.resolve();
    },
  };
  const book = ledger();
  const parameters = {
    chainId: 1,
    sources,
    contracts: { Emitter: { address: EMITTER, abi: NOTED_ABI } },
    startBlock: BigInt(startBlock),
    clock,
  };
  for (;;) {
    const controller = new AbortController();
    const crashesBefore = crashes;
    for await (const update of followChain({ ...parameters, from: book.checkpoint, signal: controller.signal })) {
      // A crash comes before or after the update was kept.
      const crashed = crashes > crashesBefore;
      if (crashed && random() < 0.5) break;
      book.apply(update);
      if (crashed) break;
      const tip = book.checkpoint?.recent.at(-1) ?? book.checkpoint?.base.hash;
      if (left.length === 0 && tip === chain.blocks.at(-1)?.header.hash) return { chain, book };
    }
  }
}

interface Trouble {
  random: () => number;
  happen: () => void;
  trouble: Scenario["trouble"];
  over: () => boolean;
}

/** One that may have any trouble, and one that is only slow to change its mind. */
function endpoints(chain: FakeChain, { random, happen, trouble, over }: Trouble): ChainSource[] {
  const has = (kind: Scenario["trouble"], chance: number) =>
    !over() && (trouble === kind || trouble === "all") && random() < chance;
  const before = () => {
    if (random() < 0.1) happen();
  };
  const bad = fakeSource("bad", chain, {
    before,
    lag: () => (has("lag", 0.5) ? Math.floor(random() * 12) : 0),
    fails: () => has("fail", 0.2),
    withholds: () => has("withhold", 0.7),
    maxRange: 7n,
  });
  const good = fakeSource("good", chain, {
    before: () => undefined,
    lag: () => 0,
    fails: () => false,
    withholds: () => false,
    maxRange: 1_000n,
  });
  return [bad, good];
}

describe("followChain, on any chain", function () {
  this.timeout(120_000);

  it("tells every event of the canonical chain once and in order, whatever reorgs, endpoints and crashes do", async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (each) => {
        const { chain, book } = await run(each);
        const canonical = chain.blocks.flatMap(({ logs }) => logs.map((log) => `${log.blockHash}:${log.logIndex}`));
        const before = chain.blocks
          .slice(0, each.startBlock)
          .flatMap(({ logs }) => logs.map((log) => `${log.blockHash}:${log.logIndex}`));
        // Blocks before the start may be told as well where they were not final.
        const told = new Set(book.events);
        expect(book.events).to.deep.equal(canonical.filter((event) => told.has(event)));
        expect(canonical.filter((event) => !before.includes(event) && !told.has(event))).to.deep.equal([]);
      }),
      { numRuns: Number(process.env.FUZZ_RUNS ?? 300) },
    );
  });
});
