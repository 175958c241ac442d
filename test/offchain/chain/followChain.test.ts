// SPDX-License-Identifier: Apache-2.0
import { inspect } from "node:util";
import { expect } from "chai";
import type { Address, Hex } from "viem";
import { createChain } from "../../../offchain/chain/clients.ts";
import type { FollowedContracts } from "../../../offchain/chain/events.ts";
import { type ChainUpdate, followChain } from "../../../offchain/chain/followChain.ts";
import type { Finality } from "../../../offchain/chain/source.ts";
import { systemClock } from "../../../offchain/core/clock.ts";
import { type Anvil, startAnvil } from "../../../scripts/devnet/anvil.ts";
import { type Ledger, ledger } from "../../fakes/ledger.ts";
import { type RpcProxy, rpcProxy } from "../../fakes/rpcProxy.ts";
import { deployEmitter, emitterAbi, note, type TestClient, testClient } from "./emitter.ts";

/** Deep enough that the tests' reorgs do not reach what is final. */
const DEEP: Finality = { safeDepth: 4, finalizedDepth: 30 };

interface Follow {
  urls: readonly string[];
  finality?: Finality;
  book?: Ledger;
  startBlock?: bigint;
  /** Follows until this is true. */
  until: (book: Ledger, update: ChainUpdate<FollowedContracts>) => boolean;
  errors?: string[];
}

describe("followChain, with anvil", function () {
  this.timeout(60_000);
  let anvil: Anvil;
  let node: TestClient;
  let emitter: Address;
  let genesis: Hex;
  let nextId = 0n;
  const proxies: RpcProxy[] = [];

  before(async () => {
    anvil = await startAnvil({ blockTime: "manual" });
    node = testClient(anvil.url);
    emitter = await deployEmitter(anvil.url);
  });
  after(() => anvil.stop());
  beforeEach(async () => {
    genesis = await node.snapshot();
  });
  afterEach(async () => {
    await Promise.all(proxies.splice(0).map((proxy) => proxy.stop()));
    await node.revert({ id: genesis });
  });

  const proxied = async () => {
    const proxy = await rpcProxy(anvil.url);
    proxies.push(proxy);
    return proxy;
  };

  /** A block with so many events. */
  const block = async (events: number) => {
    if (events > 0) await note(anvil.url, emitter, nextId, BigInt(events));
    nextId += BigInt(events);
    await node.mine({ blocks: 1 });
  };

  const follow = async ({ urls, finality = DEEP, book = ledger(), startBlock = 0n, until, errors = [] }: Follow) => {
    const { chainId, sources } = createChain({ rpcUrls: urls, chainId: anvil.chainId, finality, timeoutMs: 2_000 });
    const controller = new AbortController();
    const updates: string[] = [];
    for await (const update of followChain({
      chainId,
      sources,
      contracts: { Emitter: { address: emitter, abi: emitterAbi } },
      startBlock,
      from: book.checkpoint,
      clock: systemClock,
      signal: controller.signal,
      pollMs: 20,
      onError: (error, source) => errors.push(`${source}: ${inspect(error, { depth: 9 })}`),
    })) {
      updates.push(update.type);
      book.apply(update);
      if (until(book, update)) break;
    }
    return { book, updates };
  };

  const canonical = async () => {
    const logs = await node.getContractEvents({ address: emitter, abi: emitterAbi, eventName: "Noted", fromBlock: 0n });
    return logs.map((log) => `${log.blockHash}:${log.logIndex}`);
  };
  const tip = async () => (await node.getBlock()).hash;
  const untilTip = async () => {
    const hash = await tip();
    return (book: Ledger) => (book.checkpoint?.recent.at(-1) ?? book.checkpoint?.base.hash) === hash;
  };

  it("gives decoded events with the block's time, and leaves out what the ABI does not have", async () => {
    await block(2);
    const { chainId, sources } = createChain({ rpcUrls: [anvil.url], chainId: anvil.chainId, finality: DEEP });
    const contracts = { Emitter: { address: emitter, abi: emitterAbi } };
    const { signal } = new AbortController();
    for await (const update of followChain({
      chainId,
      sources,
      contracts,
      startBlock: 0n,
      from: undefined,
      clock: systemClock,
      signal,
    })) {
      if (update.type !== "block" || update.logs.length === 0) continue;
      const [first, second] = update.logs;
      expect(update.logs.length).to.equal(2);
      expect(first).to.include({ contract: "Emitter", eventName: "Noted", blockHash: update.block.hash, logIndex: 0 });
      expect(first?.args.text).to.equal("n");
      expect(second?.args.id).to.equal((first?.args.id ?? 0n) + 1n);
      expect(update.block.timestamp).to.equal((await node.getBlock()).timestamp);
      break;
    }
  });

  it("catches up with what is final in ranges, and with the rest block by block", async () => {
    for (let i = 0; i < 5; i++) await block(i % 3);
    await node.mine({ blocks: 200 });
    for (let i = 0; i < 5; i++) await block(2);
    const proxy = await proxied();
    proxy.maxRange = 60n;
    const { book, updates } = await follow({ urls: [proxy.url], until: await untilTip() });
    expect(book.events).to.deep.equal(await canonical());
    expect(updates.length).to.be.lessThan(60);
    expect(proxy.asked.filter((method) => method === "eth_getLogs").length).to.be.lessThan(60);
  });

  it("tells what is safe and what is final, as the node's tags say", async () => {
    await node.mine({ blocks: 5 });
    const latest = await node.getBlockNumber();
    const seen = new Map<string, bigint>();
    const { updates } = await follow({
      urls: [anvil.url],
      finality: "tags",
      until: (_, update) => {
        if (update.type === "safe" || update.type === "finalize") seen.set(update.type, update.block.number);
        return seen.get("safe") === latest - 1n && seen.get("finalize") === latest - 2n;
      },
    });
    expect(updates.at(-1)).to.be.oneOf(["safe", "finalize"]);
  });

  it("takes back the blocks that a reorg removes, and gives those that replace them", async () => {
    await block(1);
    const { book } = await follow({ urls: [anvil.url], until: await untilTip() });
    const fork = await node.snapshot();
    for (let i = 0; i < 3; i++) await block(1);
    await follow({ urls: [anvil.url], book, until: await untilTip() });
    const before = book.events.length;
    await node.revert({ id: fork });
    await node.increaseTime({ seconds: 5 });
    for (let i = 0; i < 4; i++) await block(i % 2);
    const { updates } = await follow({ urls: [anvil.url], book, until: await untilTip() });
    expect(updates[0]).to.equal("reorg");
    expect(book.events).to.deep.equal(await canonical());
    expect(book.events.length).to.equal(before - 1);
  });

  it("notices a reorg that came while nobody followed, also one to a shorter chain", async () => {
    const fork = await node.snapshot();
    for (let i = 0; i < 6; i++) await block(1);
    const { book } = await follow({ urls: [anvil.url], until: await untilTip() });
    await node.revert({ id: fork });
    await node.increaseTime({ seconds: 5 });
    await block(2);
    await follow({ urls: [anvil.url], book, until: await untilTip() });
    expect(book.events).to.deep.equal(await canonical());
  });

  it("does not go on where a final block is gone", async () => {
    const fork = await node.snapshot();
    await node.mine({ blocks: 4 });
    const { book } = await follow({ urls: [anvil.url], finality: "tags", until: await untilTip() });
    await node.revert({ id: fork });
    await node.increaseTime({ seconds: 5 });
    await node.mine({ blocks: 8 });
    const error = await follow({ urls: [anvil.url], finality: "tags", book, until: () => false }).catch((e) => e);
    expect(error).to.have.property("code", "FINALITY_VIOLATED");
  });

  it("refuses an endpoint and a checkpoint of another chain", async () => {
    const { sources } = createChain({ rpcUrls: [anvil.url], chainId: 1 });
    const parameters = {
      sources,
      contracts: {},
      startBlock: 0n,
      clock: systemClock,
      signal: new AbortController().signal,
    };
    const first = (chainId: number) => {
      const from = { chainId: 2, base: { number: "0", hash: `0x${"0".repeat(64)}` as const }, recent: [] };
      return followChain({ ...parameters, chainId, from: chainId === 1 ? undefined : from })
        .next()
        .catch((error) => error);
    };
    expect(await first(1)).to.have.property("code", "WRONG_CHAIN");
    expect(await first(3)).to.have.property("code", "WRONG_CHAIN");
  });

  it("goes on with another endpoint when one is down, hangs or lags", async () => {
    const bad = await proxied();
    const book = ledger();
    const urls = [`${bad.url}/v3/secret?key=secret`, anvil.url];
    const errors: string[] = [];
    const troubles: (() => void)[] = [
      () => {
        bad.down = true;
      },
      () => {
        bad.down = false;
        bad.delayMs = 5_000;
      },
      () => {
        bad.delayMs = 0;
        bad.headAt = 2n;
      },
    ];
    for (const trouble of troubles) {
      trouble();
      for (let i = 0; i < 5; i++) await block(1);
      await follow({ urls, book, until: await untilTip(), errors });
      expect(book.events).to.deep.equal(await canonical());
    }
    expect(errors.length).to.be.greaterThan(0);
    expect(errors.join()).not.to.include("secret");
  });

  it("goes on when the only endpoint comes back", async () => {
    const only = await proxied();
    await block(1);
    only.down = true;
    const errors: string[] = [];
    const done = follow({ urls: [only.url], until: await untilTip(), errors });
    await systemClock.sleep(400);
    only.down = false;
    const { book } = await done;
    expect(book.events).to.deep.equal(await canonical());
    expect(errors.length).to.be.within(1, 10);
  });

  it("does not believe an endpoint that has lost the logs of a block", async () => {
    const bad = await proxied();
    bad.withholdsLogs = true;
    for (let i = 0; i < 3; i++) await block(2);
    const errors: string[] = [];
    const startBlock = await node.getBlockNumber();
    const { book } = await follow({ urls: [bad.url, anvil.url], startBlock, until: await untilTip(), errors });
    expect(book.events).to.deep.equal(await canonical());
    expect(errors.join()).to.include("left out 4 logs");
  });

  it("ends at once, without an error, when it is stopped", async () => {
    const slow = await proxied();
    const { chainId, sources } = createChain({ rpcUrls: [slow.url], chainId: anvil.chainId, finality: DEEP });
    slow.delayMs = 5_000;
    const controller = new AbortController();
    const { signal } = controller;
    const updates = followChain({
      chainId,
      sources,
      contracts: {},
      startBlock: 0n,
      from: undefined,
      clock: systemClock,
      signal,
    });
    const next = updates.next();
    await systemClock.sleep(50);
    const asked = systemClock.now();
    controller.abort();
    expect(await next).to.deep.equal({ value: undefined, done: true });
    expect(systemClock.now() - asked).to.be.lessThan(1_000);
  });
});
