// SPDX-License-Identifier: Apache-2.0
import type { Payee } from "../../../../offchain/relayer/book.ts";
import type { Action, View } from "../../../../offchain/relayer/plan.ts";
import {
  type CreditRecord,
  type Hex,
  type Outpoint,
  outpointKey,
  type Payment,
} from "../../../../offchain/relayer/types.ts";

/** A payment before it is in a block. */
export interface Transfer {
  readonly lease: number;
  readonly sats: number;
  readonly coinbase: boolean;
  readonly bytes: number;
}

interface Block {
  readonly hash: string;
  readonly transfers: readonly (Transfer & { txid: string })[];
}

/** Bitcoin, the contracts, and what of both a relayer sees; hashes are short names, and each block has the same work. */
export class Model {
  node: Block[] = [{ hash: "genesis", transfers: [] }];
  client: string[] = ["genesis"];
  readonly credits = new Map<string, CreditRecord>();
  /** Depth by lease. */
  readonly agreed: readonly number[];
  readonly batchSize: number;
  #made = 0;

  constructor(agreed: readonly number[], batchSize: number) {
    this.agreed = agreed;
    this.batchSize = batchSize;
  }

  mine(transfers: readonly Transfer[]): void {
    const txid = () => `tx${this.#made++}`;
    this.node.push({ hash: `block${this.#made++}`, transfers: transfers.map((each) => ({ ...each, txid: txid() })) });
  }

  /** Replaces the last `depth` blocks by one more; of their transfers those that `keep` are mined again. */
  reorg(depth: number, keep: boolean): void {
    const removed = this.node.splice(Math.max(1, this.node.length - depth));
    const again = keep ? removed.flatMap(({ transfers }) => transfers).filter(({ coinbase }) => !coinbase) : [];
    this.node.push({ hash: `block${this.#made++}`, transfers: again });
    for (let i = 0; i < removed.length; i++) this.mine([]);
  }

  payments(): Payment[] {
    return this.node.flatMap(({ hash, transfers }, height) =>
      transfers.map(({ lease, sats, coinbase, bytes, txid }) => {
        return { leaseId: leaseId(lease), txid, vout: 0, sats: BigInt(sats), bytes, coinbase, block: { height, hash } };
      }),
    );
  }

  view(): View {
    const client = [...this.client];
    return {
      client: { height: client.length - 1, hashAt: (height) => client[height] },
      headers: this.#headers(),
      payee: (id) => {
        const confirmations = this.agreed[Number(BigInt(id))];
        return confirmations === undefined ? undefined : { kind: kindOf(id), confirmations };
      },
      payments: this.payments(),
      caughtUp: true,
      credits: new Map(this.credits),
      setAside: new Set(),
    };
  }

  stands({ block }: CreditRecord): boolean {
    return block !== undefined && this.client[block.height] === block.hash;
  }

  /** What the contracts do. @throws Error where they refuse, or would do nothing for the gas */
  apply(action: Action): void {
    if (action.kind === "submitHeaders") this.#submit(action.batch.height, action.batch.headers);
    else {
      const outpoints = action.kind === "revoke" ? [action.outpoint] : action.payments;
      if (outpoints.some(({ leaseId: id }) => kindOf(id) !== action.to)) throw new Error("unknown to these contracts");
      if (action.kind === "revoke") this.#revoke(action.outpoint);
      else for (const payment of action.payments) this.#prove(payment);
    }
  }

  #headers(): View["headers"] {
    if (this.node.length <= this.client.length) return undefined;
    const fork = this.client.findLastIndex((hash, height) => this.node[height]?.hash === hash);
    const count = Math.max(this.batchSize, this.client.length - fork);
    const headers = this.node.slice(fork + 1, fork + 1 + count).map(({ hash }) => hash as Hex);
    return { height: fork + 1, headers };
  }

  #submit(height: number, headers: readonly string[]): void {
    const next = [...this.client.slice(0, height), ...headers];
    if (height > this.client.length || next.length <= this.client.length) throw new Error("not more work");
    this.client = next;
  }

  #prove(payment: Payment): void {
    const { block, leaseId: id, sats, coinbase } = payment;
    if (this.client[block.height] !== block.hash) throw new Error("block not canonical");
    const agreed = this.agreed[Number(BigInt(id))];
    if (agreed === undefined) throw new Error("unknown lease");
    const depth = this.client.length - block.height;
    if (depth < Math.max(agreed, coinbase ? 100 : 0)) throw new Error("too few confirmations");
    const old = this.credits.get(outpointKey(payment));
    if (old !== undefined && this.stands(old)) throw new Error("credited already");
    this.credits.set(outpointKey(payment), { ...outpointOf(payment), msat: sats * 1000n, block });
  }

  #revoke(outpoint: Outpoint): void {
    const old = this.credits.get(outpointKey(outpoint));
    if (old?.block === undefined) throw new Error("not credited");
    if (this.stands(old)) throw new Error("the block stands");
    this.credits.set(outpointKey(outpoint), { ...old, msat: 0n, block: undefined });
  }
}

/** Every second one is a reservation of the swap. */
function kindOf(id: Hex): Payee["kind"] {
  return BigInt(id) % 2n === 0n ? "lease" : "reservation";
}

export function leaseId(lease: number): Hex {
  return `0x${lease.toString(16).padStart(64, "0")}`;
}

function outpointOf({ leaseId: id, txid, vout }: Outpoint): Outpoint {
  return { leaseId: id, txid, vout };
}
