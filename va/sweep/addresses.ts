// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import type { Hex } from "../../offchain/bitcoin/bytes.ts";
import { leaseAddress } from "../../offchain/bitcoin/leaseAddress.ts";
import type { Rpc } from "../../offchain/bitcoin/rpc.ts";
import { taprootOutput } from "../../offchain/bitcoin/taproot.ts";
import { withChecksum } from "../bitcoin/descriptor.ts";
import type { KeyOrigin } from "../bitcoin/psbt.ts";
import type { DerivedCoin } from "./plan.ts";

/** An address that the appliance's key can spend from. */
export interface DerivedAddress {
  /** Undefined for the key's own, where the change of refunds goes. */
  readonly leaseId: Hex | undefined;
  readonly script: Hex;
  readonly merkleRoot: Hex | undefined;
  /** An output descriptor with its checksum. */
  readonly descriptor: string;
}

/**
 * The addresses of these leases, and the key's own.
 *
 * A lease's is `rawtr(Q)` (BIP-386 has no form for a merkle root without its leaves): a wallet watches it, and signs with a PSBT
 * that has `tapMerkleRoot`. The key's own is `tr(P)`.
 */
export function derivedAddresses(bitcoinKey: Hex, leaseIds: readonly Hex[], origin?: KeyOrigin): DerivedAddress[] {
  const own = taprootOutput(bitcoinKey, undefined, "mainnet"); // scripts are the same everywhere
  const source = origin === undefined ? "" : `[${origin.fingerprint}${origin.path.slice(1).replaceAll("'", "h")}]`;
  const keys = leaseIds.map((leaseId): DerivedAddress => {
    const { script, merkleRoot } = leaseAddress(bitcoinKey, leaseId, "mainnet");
    return { leaseId, script, merkleRoot, descriptor: withChecksum(`rawtr(${script.slice(6)})`) };
  });
  const descriptor = withChecksum(`tr(${source}${bitcoinKey.slice(2)})`);
  return [...keys, { leaseId: undefined, script: own.script, merkleRoot: undefined, descriptor }];
}

const txid = z.string().regex(/^[0-9a-f]{64}$/);
const scanned = z.object({
  success: z.boolean(),
  unspents: z.array(
    z.object({ txid, vout: z.number(), scriptPubKey: z.string(), amount: z.number(), height: z.number() }),
  ),
});
/** A minute or two on mainnet. */
export const SCAN_TIMEOUT_MS = 1_800_000;

/** The coins at these addresses, by a look through all of the chain's: also those that no lease was ever credited with. */
export async function coinsAt(
  rpc: Rpc,
  bitcoinKey: Hex,
  addresses: readonly DerivedAddress[],
  signal: AbortSignal,
): Promise<DerivedCoin[]> {
  const byScript = new Map(addresses.map((address) => [address.script, address]));
  const scripts = addresses.map(({ script }) => `raw(${script.slice(2)})`);
  const call = { method: "scantxoutset", params: ["start", scripts], schema: scanned };
  const { unspents } = await rpc.call(call, signal);
  return unspents.flatMap(({ scriptPubKey, amount, ...at }): DerivedCoin[] => {
    const script: Hex = `0x${scriptPubKey}`;
    const address = byScript.get(script);
    if (address === undefined) return [];
    const derived = { internalKey: bitcoinKey, merkleRoot: address.merkleRoot };
    return [{ ...at, script, value: BigInt(Math.round(amount * 1e8)), leaseId: address.leaseId, derived }];
  });
}
