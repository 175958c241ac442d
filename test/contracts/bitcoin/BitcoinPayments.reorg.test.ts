// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import fc from "fast-check";
import { type Block, GENESIS, headersOf, hex, last, mine, sha256 } from "./support/blocks.ts";
import { ADDRESS, CONFIRMATIONS, KEY, LEASE, OUTPUT } from "./support/fixture.ts";
import { connection, deployRegtest } from "./support/lightClient.ts";
import { blockProof, type Payment, pay, scriptOf, transactionProof } from "./support/payments.ts";

/** Payments of 1, 2, 4 and 8 satoshi, so that a sum tells which were credited. */
const PAYMENTS: readonly Payment[] = [1n, 2n, 4n, 8n].map((value) =>
  pay([{ script: scriptOf(ADDRESS), value }], `coin ${value}`),
);
const OUTPUTS = [{ ...OUTPUT, vout: 0 }];

type Action =
  | { readonly kind: "reorganize"; readonly depth: number; readonly mined: readonly number[] }
  | { readonly kind: "prove"; readonly payment: number }
  | { readonly kind: "revoke"; readonly payment: number };

const payment = fc.nat({ max: PAYMENTS.length - 1 });
/** Replaces up to four blocks by one more than that; the n-th payment is mined in the block that its number names, if any. */
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    kind: fc.constant("reorganize" as const),
    depth: fc.nat({ max: 4 }),
    mined: fc.array(fc.integer({ min: -4, max: 4 }), { minLength: PAYMENTS.length, maxLength: PAYMENTS.length }),
  }),
  fc.record({ kind: fc.constant("prove" as const), payment }),
  fc.record({ kind: fc.constant("revoke" as const), payment }),
);

/** Where a payment is in a chain. */
const blockOf = (chain: readonly Block[], { txid }: Payment): Block | undefined =>
  chain.find((block) => block.txids.some((other) => other.equals(txid)));

/** The chain with its last `depth` blocks replaced by one more, each payment mined where it can be and was asked to. */
function reorganize(chain: readonly Block[], depth: number, mined: readonly number[], name: string): Block[] {
  const next = chain.slice(0, chain.length - Math.min(depth, chain.length - 1));
  for (let i = 0; i <= depth; i += 1) {
    const fresh = PAYMENTS.filter((each, n) => mined[n] === i && blockOf(next, each) === undefined);
    const coinbase = sha256(Buffer.from(`${name} ${i}`));
    next.push(mine(last(next), { txids: [coinbase, ...fresh.map(({ txid }) => txid)] }));
  }
  return next;
}

async function deploy() {
  const client = await deployRegtest();
  const leases = await connection.ethers.deployContract("CreditableMock");
  const payments = await connection.ethers.deployContract("BitcoinPayments", [client, leases]);
  await leases.open(hex(LEASE), hex(KEY), CONFIRMATIONS);
  return { client, leases, payments };
}

describe("BitcoinPayments through any reorganizations", () => {
  it("holds credited what the followed chain contains, once it is brought up to date, and never anything twice", async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 25 }), async (actions) => {
        const { client, leases, payments } = await connection.networkHelpers.loadFixture(deploy);
        const balance = async () => Number((await leases.leases(hex(LEASE))).balance - 1n) / 1000;
        run += 1;
        let chain: Block[] = [GENESIS];

        const prove = async (each: Payment) => {
          const block = blockOf(chain, each);
          if (block === undefined || block.height + CONFIRMATIONS - 1 > last(chain).height) return;
          const index = block.txids.findIndex((txid) => txid.equals(each.txid));
          await payments.proveMany(
            blockProof(block),
            [transactionProof(block, index, index % 2 === 0 ? each.legacy : each.segwit)],
            [OUTPUTS],
          );
        };
        const revoke = async (each: Payment) => {
          const [, height, hashStart] = await payments.creditOf(hex(each.txid), 0, hex(LEASE));
          const stands = chain.some(
            (block) => BigInt(block.height) === height && hashStart === hex(block.hash.subarray(0, 8)),
          );
          const call = payments.revoke(hex(each.txid), 0, hex(LEASE));
          if (height === 0n) {
            await expect(call).to.be.revertedWithCustomError(payments, "BitcoinPayments_NotCredited");
          } else if (stands) {
            await expect(call).to.be.revertedWithCustomError(payments, "BitcoinPayments_BlockStands");
          } else {
            await call;
          }
        };

        for (const [i, step] of actions.entries()) {
          if (step.kind === "reorganize") {
            const next = reorganize(chain, step.depth, step.mined, `${run} ${i}`);
            const from = next.findIndex((block, at) => chain[at] !== block);
            await client.submit(from, headersOf(next.slice(from)));
            chain = next;
          } else {
            const each = PAYMENTS[step.payment];
            if (each !== undefined) await (step.kind === "prove" ? prove(each) : revoke(each));
          }
          expect(await balance()).to.be.within(0, 15);
        }

        for (const each of PAYMENTS) await revoke(each);
        for (const each of PAYMENTS) await prove(each);
        const deep = chain.slice(0, chain.length - CONFIRMATIONS + 1);
        let certain = 0;
        let possible = 0;
        for (const [n, each] of PAYMENTS.entries()) {
          if (blockOf(deep, each) !== undefined) certain |= 1 << n;
          if (blockOf(chain, each) !== undefined) possible |= 1 << n;
        }
        // What is in the chain but not deep enough counts only if an earlier reorganization brought its block back.
        const credited = await balance();
        expect(credited & certain).to.equal(certain);
        expect(credited & ~possible).to.equal(0);
      }),
      { numRuns: 25 },
    );
  }).timeout(60_000);
});
