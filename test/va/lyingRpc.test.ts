// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import fc from "fast-check";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { abis } from "../../offchain/chain/abis.ts";
import { systemClock } from "../../offchain/core/clock.ts";
import type { ApplianceChain } from "../../va/chain/applianceChain.ts";
import { connect } from "../../va/chain/connect.ts";
import type { LeaseView } from "../../va/types.ts";
import { createRig, LEASE, type Rig } from "./rig.ts";

type Endpoint = (truth: LeaseView) => LeaseView;

const honest: Endpoint = (truth) => truth;
const closed: Endpoint = (truth) => ({ ...truth, state: "closed", recorded: true, reason: "stopped" });
const unknown: Endpoint = (truth) => ({ ...truth, state: "none" });
const behind = (blocks: bigint, says: Endpoint): Endpoint => {
  return (truth) => says({ ...truth, block: { ...truth.block, number: truth.block.number - blocks } });
};

describe("an endpoint that cannot be relied on", function () {
  this.timeout(60_000);
  let rig: Rig;
  let chain: { -readonly [K in keyof ApplianceChain]: ApplianceChain[K] };
  let truth: Pick<ApplianceChain, "lease" | "finalizedLease">;

  beforeEach(async () => {
    await start();
  });
  async function start() {
    rig = await createRig();
    chain = rig.chain;
    truth = { lease: rig.chain.lease, finalizedLease: rig.chain.finalizedLease };
    await rig.funded();
    await rig.run();
    expect(statuses()).to.deep.equal(["ACTIVE"]);
  }
  const statuses = () => rig.servers().map(({ status }) => status);
  /** What the endpoint that is read, and each of those that are asked before anything is deleted, say from now on. */
  const say = (reader: Endpoint, ...witnesses: Endpoint[]) => {
    chain.lease = async (leaseId, at) => reader(await truth.lease(leaseId, at));
    chain.finalizedLease = async (leaseId, signal) => {
      const [view] = await truth.finalizedLease(leaseId, signal);
      if (view === undefined) throw new Error("no view");
      return witnesses.map((witness) => witness(view));
    };
  };
  const recover = async () => {
    Object.assign(chain, truth);
    await rig.run(20);
    expect(statuses()).to.deep.equal(["ACTIVE"]);
  };

  it("that lies costs no instance while another tells the truth, and it runs again afterwards", async () => {
    const [before] = rig.servers();
    say(closed, closed, honest);
    await rig.run(30);
    expect(statuses()).to.deep.equal(["SHUTOFF"]);
    await recover();
    expect(rig.servers()[0]?.id).to.equal(before?.id);
  });

  it("that says that there is no such lease costs none either", async () => {
    say(unknown, unknown, honest);
    await rig.run(30);
    expect(rig.servers()).to.have.length(1);
    await recover();
  });

  it("that lags, and so never comes to a second final block, deletes nothing", async () => {
    const stuck = (await truth.finalizedLease(LEASE, new AbortController().signal))[0]?.block;
    if (stuck === undefined) throw new Error("nothing is final");
    say(closed, closed, (view) => ({ ...closed(view), block: stuck }));
    await rig.run(30);
    expect(rig.servers()).to.have.length(1);
    await recover();
  });

  it("that is too far behind to know the lease says nothing about it", async () => {
    say(unknown, unknown, behind(1_000n, unknown));
    await rig.run(30);
    expect(rig.servers()).to.have.length(1);
    await recover();
  });

  it("on a fork, which says now this and now that, deletes nothing", async () => {
    let looks = 0;
    say(closed, closed, (view) => (++looks % 2 === 0 ? view : closed(view)));
    await rig.run(30);
    expect(looks).to.be.greaterThan(4);
    expect(rig.servers()).to.have.length(1);
    await recover();
  });

  it("that does not answer lets nothing be deleted", async () => {
    say(closed, closed);
    const answered = chain.finalizedLease;
    chain.finalizedLease = async (leaseId, signal) => {
      await answered(leaseId, signal);
      throw new Error("one endpoint does not answer");
    };
    // Whoever looks is told, and looks again.
    const looked = await rig
      .reconciler()
      .reconcile(LEASE, new AbortController().signal)
      .catch((error: Error) => error.message);
    expect(looked).to.equal("one endpoint does not answer");
    expect(rig.servers()).to.have.length(1);
    await recover();
  });

  it("among several, whatever they say: one that is honest is enough", async () => {
    const lies = fc.constantFrom<Endpoint>(closed, unknown, honest, behind(1n, closed), behind(500n, unknown));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ reader: lies, others: fc.array(lies, { maxLength: 3 }), at: fc.nat(3) }), {
          minLength: 5,
          maxLength: 25,
        }),
        async (looks) => {
          await start();
          const [before] = rig.servers();
          for (const { reader, others, at } of looks) {
            const witnesses = [...others];
            witnesses.splice(Math.min(at, others.length), 0, honest);
            say(reader, ...witnesses);
            await rig.run(1);
            expect(rig.servers().map(({ id }) => id)).to.deep.equal([before?.id]);
          }
          await recover();
        },
      ),
      { numRuns: 40 },
    );
  });

  it("is believed when all of them say at two final blocks that it is over", async () => {
    rig.chain.end(LEASE, "stopped");
    await rig.run(20);
    expect(rig.servers()).to.deep.equal([]);
  });
});

describe("an endpoint that answers empty", () => {
  const block = {
    number: "0x64",
    hash: `0x${"11".repeat(32)}`,
    parentHash: `0x${"22".repeat(32)}`,
    timestamp: "0x6553f100",
    logsBloom: `0x${"00".repeat(256)}`,
    transactions: [],
  };

  /** What reading a lease comes to at an endpoint that answers calls so. */
  async function read(result: unknown): Promise<string> {
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        const parsed = JSON.parse(body);
        const replies = [parsed].flat().map(({ id, method }: { id: number; method: string }) => {
          const value = method === "eth_chainId" ? "0x7a69" : method === "eth_getBlockByNumber" ? block : result;
          return { jsonrpc: "2.0", id, result: value };
        });
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify(Array.isArray(parsed) ? replies : replies[0]));
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { signal } = new AbortController();
    const contracts = Object.fromEntries(
      Object.keys(abis).map((name, i) => [name, `0x${(i + 1).toString(16).padStart(40, "0")}` as const]),
    );
    const { chain } = connect({
      rpcUrls: [`http://127.0.0.1:${port}`],
      chainId: 31_337,
      finality: "tags",
      deployment: { chainId: 31_337, startBlock: 0n, contracts },
      account: privateKeyToAccount(generatePrivateKey()),
      appliance: 1,
      clock: systemClock,
      pollMs: 20,
      signal,
    });
    try {
      const views = await chain.finalizedLease(LEASE, signal);
      return views.map(({ state }) => state).join();
    } catch {
      return "failed";
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  for (const [what, result] of [
    ["nothing", "0x"],
    ["null", null],
    ["zeroes", `0x${"00".repeat(64)}`],
    ["as many zeroes as it takes", `0x${"00".repeat(4_096)}`],
    ["no hex", "banana"],
  ] as const) {
    it(`with ${what} has said nothing of a lease: the read fails`, async () => {
      expect(await read(result)).to.equal("failed");
    });
  }
});
