// SPDX-License-Identifier: Apache-2.0
import type { Psbt } from "bitcoinjs-lib";
import { type Hex, hexToBytes } from "../../offchain/bitcoin/bytes.ts";
import type { Coin } from "../bitcoin/coin.ts";
import { SpendError } from "../bitcoin/errors.ts";
import { type KeyOrigin, type Output, unsignedPsbt } from "../bitcoin/psbt.ts";
import { dustLimit, feeUp, inputTypeOf, virtualSize } from "../bitcoin/weight.ts";
import { markScript } from "./marks.ts";

/** What {@link buildRefund} needs. */
export interface RefundParameters {
  readonly leaseId: Hex;
  readonly refundScript: Hex;
  /** Satoshi that the holder gets. */
  readonly value: bigint;
  /**
   * The lease's own coins: all of them are spent, so that any two refunds of a lease that has some spend the same one, and
   * Bitcoin lets only one of them be.
   */
  readonly own: readonly Coin[];
  /** The wallet's, in the order in which they are taken as far as they are needed. */
  readonly spare: readonly Coin[];
  readonly changeScript: Hex;
  /** Satoshi per vbyte. */
  readonly feeRate: number;
  /** Of the transaction that this one replaces, satoshi: BIP-125 wants it outdone by what the new one's relay costs. */
  readonly outdo?: bigint;
  readonly origin?: KeyOrigin | undefined;
}

export interface BuiltRefund {
  readonly psbt: Psbt;
  readonly inputs: readonly Coin[];
  /** Satoshi. */
  readonly fee: bigint;
}

/**
 * The transaction that refunds a lease: the holder's output first, then the mark, then change if there is enough for it.
 *
 * @throws SpendError TOO_LITTLE, UNSPENDABLE
 */
export function buildRefund(parameters: RefundParameters): BuiltRefund {
  const { leaseId, refundScript, value, own, spare, origin } = parameters;
  const outputs: Output[] = [
    { script: refundScript, value },
    { script: markScript(leaseId), value: 0n },
  ];
  for (let taken = own.length === 0 ? 1 : 0; taken <= spare.length; taken++) {
    const inputs = [...own, ...spare.slice(0, taken)];
    const paid = settle(inputs, outputs, parameters);
    if (paid === undefined) continue;
    return { psbt: unsignedPsbt({ inputs, outputs: paid.outputs, origin }), inputs, fee: paid.fee };
  }
  const have = sum([...own, ...spare]);
  throw new SpendError("TOO_LITTLE", `refunding lease ${leaseId} takes more than there is`, { have, need: value });
}

/** Outputs with change, and the fee; undefined when the inputs do not pay for them. */
function settle(
  inputs: readonly Coin[],
  outputs: readonly Output[],
  { changeScript, feeRate, outdo }: RefundParameters,
): { outputs: readonly Output[]; fee: bigint } | undefined {
  const types = inputs.map(typeOf);
  const left = sum(inputs) - sum(outputs);
  const feeFor = (to: readonly Output[]) => {
    const size = virtualSize(
      types,
      to.map(({ script }) => hexToBytes(script)),
    );
    const wanted = feeUp(size, feeRate);
    const least = outdo === undefined ? 0n : outdo + BigInt(size);
    return wanted > least ? wanted : least;
  };
  const withChange = [...outputs, { script: changeScript, value: 0n }];
  const change = left - feeFor(withChange);
  if (change >= dustLimit(hexToBytes(changeScript))) {
    return { outputs: [...outputs, { script: changeScript, value: change }], fee: left - change };
  }
  return left >= feeFor(outputs) ? { outputs, fee: left } : undefined;
}

function typeOf({ script, txid, vout }: Coin) {
  const type = inputTypeOf(hexToBytes(script));
  if (type !== undefined) return type;
  throw new SpendError("UNSPENDABLE", `the script of ${txid}:${vout} is of no type that can be spent`, {
    have: script,
  });
}

function sum(items: readonly { value: bigint }[]): bigint {
  return items.reduce((total, { value }) => total + value, 0n);
}
