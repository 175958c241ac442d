// SPDX-License-Identifier: Apache-2.0
import {
  type Abi,
  type AbiEvent,
  encodeAbiParameters,
  encodeEventTopics,
  type Hash,
  type Hex,
  keccak256,
  numberToHex,
  toHex,
} from "viem";
import type { Header, RawLog } from "../../../../offchain/chain/block.ts";
import { ChainError } from "../../../../offchain/chain/errors.ts";
import type { ChainSource } from "../../../../offchain/chain/source.ts";
import type { IndexedContracts, IndexedEvent } from "../../../../offchain/indexer/events.ts";

/** An event to be emitted: what a decoded one says, without its place in the chain. */
export type Emitted = Unplaced<IndexedEvent>;

type Unplaced<E extends IndexedEvent> = E extends IndexedEvent ? Pick<E, "contract" | "eventName" | "args"> : never;

interface ScriptedBlock {
  readonly header: Header;
  readonly logs: RawLog[];
}

/** A chain in memory whose blocks have the events that a test wants. */
export interface ScriptedChain {
  readonly source: ChainSource;
  /** Number of the last block. */
  readonly height: number;
  readonly finalized: number;
  /** Time of the last block, Unix seconds. */
  readonly time: number;
  /** Adds a block, so many seconds after the one before it (default 2). */
  mine(events?: readonly Emitted[], seconds?: number): void;
  /** Takes the last blocks away, none of them final. The next block must make up for them before anybody sees it. */
  drop(blocks: number): void;
  finalize(lag: number): void;
}

export const GENESIS_TIME = 1_700_000_000;
/** Of all chains, so that no two have a block in common. */
let salt = 0n;
/** The filter says that anything may be in any block, so that endpoints are asked. */
const FULL_BLOOM: Hex = toHex(new Uint8Array(256).fill(255));

export function scriptedChain(contracts: IndexedContracts): ScriptedChain {
  const blocks: ScriptedBlock[] = [];
  const byHash = new Map<Hash, ScriptedBlock>();
  let finalized = 0;
  const mine = (events: readonly Emitted[] = [], seconds = 2) => {
    const number = BigInt(blocks.length);
    const hash = keccak256(numberToHex(++salt, { size: 32 }));
    const parent = blocks.at(-1)?.header;
    const header: Header = {
      number,
      hash,
      parentHash: parent?.hash ?? numberToHex(0, { size: 32 }),
      timestamp: parent === undefined ? BigInt(GENESIS_TIME) : parent.timestamp + BigInt(seconds),
      logsBloom: FULL_BLOOM,
    };
    const place = { blockNumber: number, blockHash: hash, transactionHash: hash };
    const logs = events.map((event, logIndex) => ({ ...encode(event, contracts), ...place, logIndex }));
    const block = { header, logs };
    blocks.push(block);
    byHash.set(hash, block);
  };
  mine();
  const last = () => blocks.at(-1)?.header;
  return {
    source: sourceOf(blocks, byHash, () => finalized),
    get height() {
      return blocks.length - 1;
    },
    get finalized() {
      return finalized;
    },
    get time() {
      return Number(last()?.timestamp ?? 0);
    },
    mine,
    drop: (count) => {
      const most = Math.min(count, blocks.length - 1 - finalized);
      blocks.splice(blocks.length - most, most);
    },
    finalize: (lag) => {
      finalized = Math.max(finalized, blocks.length - 1 - lag);
    },
  };
}

function encode({ contract, eventName, args }: Emitted, contracts: IndexedContracts) {
  const { address, abi }: { address: Hex; abi: Abi } = contracts[contract];
  const event = abi.find((item): item is AbiEvent => item.type === "event" && item.name === eventName);
  if (event === undefined) throw new Error(`${contract} has no event ${eventName}`);
  const topics = encodeEventTopics({ abi: [event], eventName, args: args as never }) as Hex[];
  const plain = event.inputs.filter(({ indexed }) => indexed !== true);
  const data = encodeAbiParameters(
    plain,
    plain.map(({ name }) => Reflect.get(args, name ?? "")),
  );
  return { address, topics, data };
}

function sourceOf(
  blocks: readonly ScriptedBlock[],
  byHash: ReadonlyMap<Hash, ScriptedBlock>,
  finalized: () => number,
): ChainSource {
  const at = (number: number) => {
    const block = blocks[number];
    if (block === undefined) throw new Error(`no block ${number}`);
    return block.header;
  };
  return {
    name: "scripted",
    height: async () => BigInt(blocks.length - 1),
    tips: async () => {
      const latest = blocks.length - 1;
      const safe = Math.max(finalized(), latest - 1);
      return { latest: at(latest), safe: at(safe), finalized: at(finalized()) };
    },
    headers: async (numbers) => numbers.map((number) => blocks[Number(number)]?.header),
    logs: async (query) => {
      if (!("blockHash" in query)) {
        return blocks.slice(Number(query.fromBlock), Number(query.toBlock) + 1).flatMap(({ logs }) => logs);
      }
      const block = byHash.get(query.blockHash);
      if (block === undefined) throw new ChainError({ code: "RPC_REFUSED", message: "unknown block", retryable: true });
      return block.logs;
    },
  };
}
