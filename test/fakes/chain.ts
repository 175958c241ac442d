// SPDX-License-Identifier: Apache-2.0
import { type Address, type Hash, type Hex, hexToBytes, keccak256, numberToHex, pad, toHex } from "viem";
import type { Header, RawLog } from "../../offchain/chain/block.ts";
import { ChainError } from "../../offchain/chain/errors.ts";
import type { ChainSource } from "../../offchain/chain/source.ts";

/** The contract whose logs the fake chain has. */
export const EMITTER: Address = "0x00000000000000000000000000000000000000e1";
/** `event Noted(uint256 indexed id)` */
export const NOTED_ABI = [
  { type: "event", name: "Noted", inputs: [{ name: "id", type: "uint256", indexed: true }] },
] as const;
const NOTED: Hex = keccak256(toHex("Noted(uint256)"));

export interface FakeBlock {
  header: Header;
  logs: RawLog[];
}

/** A chain in memory. Blocks are named by hash; those that a reorg removed are kept, as nodes do. */
export interface FakeChain {
  /** The canonical chain, from genesis. */
  readonly blocks: readonly FakeBlock[];
  readonly finalized: bigint;
  /** Adds a block with so many logs, each with an id of its own. */
  mine(logs: number): void;
  /** Takes away up to so many blocks, none of them final, and mines as many others and one more, without logs but the last. */
  reorg(depth: number, logs: number): void;
  /** Makes all but the last `lag` blocks final. */
  finalize(lag: number): void;
  byHash(hash: Hash): FakeBlock | undefined;
}

export function fakeChain(): FakeChain {
  const known = new Map<Hash, FakeBlock>();
  const blocks: FakeBlock[] = [];
  let finalized = 0;
  let nextId = 0n;
  let salt = 0n;
  const mine = (count: number) => {
    const number = BigInt(blocks.length);
    const hash = keccak256(numberToHex(++salt, { size: 32 }));
    const parentHash = blocks.at(-1)?.header.hash ?? pad("0x", { size: 32 });
    const logs = Array.from({ length: count }, (_, logIndex): RawLog => {
      const topics = [NOTED, numberToHex(nextId++, { size: 32 })];
      return {
        address: EMITTER,
        topics,
        data: "0x",
        blockNumber: number,
        blockHash: hash,
        transactionHash: hash,
        logIndex,
      };
    });
    const header = { number, hash, parentHash, timestamp: 1_000n + number, logsBloom: bloomOf(count > 0) };
    blocks.push({ header, logs });
    known.set(hash, { header, logs });
  };
  mine(0);
  return {
    blocks,
    get finalized() {
      return BigInt(finalized);
    },
    mine,
    reorg(depth, logs) {
      const removed = Math.min(depth, blocks.length - 1 - finalized);
      blocks.splice(blocks.length - removed, removed);
      for (let i = 0; i < removed; i++) mine(0);
      mine(logs);
    },
    finalize(lag) {
      finalized = Math.max(finalized, blocks.length - 1 - lag);
    },
    byHash: (hash) => known.get(hash),
  };
}

function bloomOf(filled: boolean): Hex {
  const bloom = new Uint8Array(256);
  if (!filled) return toHex(bloom);
  const hash = hexToBytes(keccak256(EMITTER));
  for (const at of [0, 2, 4]) {
    const bit = (((hash[at] ?? 0) << 8) | (hash[at + 1] ?? 0)) & 0x7ff;
    bloom[255 - (bit >> 3)] = (bloom[255 - (bit >> 3)] ?? 0) | (1 << (bit & 7));
  }
  return toHex(bloom);
}

/** How an endpoint of the fake chain behaves, asked before each of its answers. */
export interface FakeBehaviour {
  /** Blocks that it does not have yet. */
  lag(): number;
  /** Whether it fails this time. */
  fails(): boolean;
  /** Whether it leaves out all logs this time. */
  withholds(): boolean;
  /** Runs first: the chain may change between two answers. */
  before(): void;
  /** Blocks whose logs it gives at once. */
  maxRange: bigint;
}

/** An endpoint of the fake chain. */
export function fakeSource(name: string, chain: FakeChain, behaviour: FakeBehaviour): ChainSource {
  const answer = async <T>(give: (visible: readonly FakeBlock[]) => T): Promise<T> => {
    await Promise.resolve();
    behaviour.before();
    if (behaviour.fails()) throw refusal("RPC_FAILED", `${name} fails`);
    const lag = Math.min(behaviour.lag(), chain.blocks.length - 1 - Number(chain.finalized));
    return give(chain.blocks.slice(0, chain.blocks.length - lag));
  };
  return {
    name,
    height: () => answer((blocks) => BigInt(blocks.length - 1)),
    tips: () =>
      answer((blocks) => {
        const at = (number: number) => {
          const block = blocks[number];
          if (block === undefined) throw new Error(`no block ${number}`);
          return block.header;
        };
        const last = blocks.length - 1;
        const final = Number(chain.finalized);
        return { latest: at(last), safe: at(Math.max(final, last - 1)), finalized: at(final) };
      }),
    // Each header is an answer of its own, as it is over JSON-RPC without batches.
    headers: (numbers) => Promise.all(numbers.map((number) => answer((blocks) => blocks[Number(number)]?.header))),
    logs: (query) =>
      answer((blocks) => {
        if ("blockHash" in query) {
          const block = chain.byHash(query.blockHash);
          if (block === undefined || Number(block.header.number) >= blocks.length) {
            throw refusal("RPC_REFUSED", "unknown block");
          }
          return behaviour.withholds() ? [] : [...block.logs];
        }
        if (query.toBlock - query.fromBlock >= behaviour.maxRange) throw refusal("RPC_REFUSED", "range too large");
        if (behaviour.withholds()) return [];
        return blocks.slice(Number(query.fromBlock), Number(query.toBlock) + 1).flatMap(({ logs }) => logs);
      }),
  };
}

function refusal(code: "RPC_FAILED" | "RPC_REFUSED", message: string): ChainError {
  return new ChainError({ code, message, retryable: true });
}
