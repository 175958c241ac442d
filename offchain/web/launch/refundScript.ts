// SPDX-License-Identifier: Apache-2.0
import { bech32, bech32m, createBase58check } from "@scure/base";
import { sha256 } from "viem/utils";
import { bytesToHex, concatBytes, type Hex, hexToBytes } from "../../bitcoin/bytes.ts";
import type { BitcoinNetwork } from "../../bitcoin/taproot.ts";

const SIGNS = {
  mainnet: { bech32: "bc", pubkeyHash: 0x00, scriptHash: 0x05 },
  testnet: { bech32: "tb", pubkeyHash: 0x6f, scriptHash: 0xc4 },
  signet: { bech32: "tb", pubkeyHash: 0x6f, scriptHash: 0xc4 },
  regtest: { bech32: "bcrt", pubkeyHash: 0x6f, scriptHash: 0xc4 },
} as const;

const base58check = createBase58check((data: Uint8Array) => sha256(data, "bytes"));

/** Why an address cannot take a refund. The message is for a person. */
export class RefundAddressError extends Error {
  override readonly name = "RefundAddressError";
  readonly code: "UNREADABLE" | "OTHER_NETWORK" | "NOT_STANDARD";

  constructor(code: RefundAddressError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * The scriptPubKey of an address, of the types that the contracts take for refunds: P2PKH, P2SH, P2WPKH, P2WSH, P2TR
 * (BIP-13, BIP-16, BIP-141, BIP-173, BIP-341, BIP-350).
 * @throws RefundAddressError
 */
export function refundScriptOf(address: string, network: BitcoinNetwork): Hex {
  const text = address.trim();
  const witness = decodeWitness(text);
  if (witness !== undefined) return witnessScript(witness, network);
  let bytes: Uint8Array;
  try {
    bytes = base58check.decode(text);
  } catch {
    throw new RefundAddressError("UNREADABLE", "This is no Bitcoin address, or it has a typing mistake.");
  }
  return hashScript(bytes, network);
}

/**
 * The address of a scriptPubKey that {@link refundScriptOf} gives.
 * @returns undefined for any other script
 */
export function refundAddressOf(script: Hex, network: BitcoinNetwork): string | undefined {
  const bytes = hexToBytes(script);
  const { bech32: prefix, pubkeyHash, scriptHash } = SIGNS[network];
  const [, keyHash] = /^0x76a914([0-9a-f]{40})88ac$/.exec(script) ?? [];
  const [, redeemHash] = /^0xa914([0-9a-f]{40})87$/.exec(script) ?? [];
  if (keyHash !== undefined)
    return base58check.encode(concatBytes(Uint8Array.of(pubkeyHash), hexToBytes(`0x${keyHash}`)));
  if (redeemHash !== undefined) {
    return base58check.encode(concatBytes(Uint8Array.of(scriptHash), hexToBytes(`0x${redeemHash}`)));
  }
  if (!/^0x(0014[0-9a-f]{40}|(0020|5120)[0-9a-f]{64})$/.test(script)) return undefined;
  const version = bytes[0] === 0 ? 0 : 1;
  const coding = version === 0 ? bech32 : bech32m;
  return coding.encode(prefix, [version, ...coding.toWords(bytes.slice(2))]);
}

interface Witness {
  readonly prefix: string;
  readonly version: number;
  readonly program: Uint8Array;
}

function decodeWitness(text: string): Witness | undefined {
  for (const [coding, versions] of [
    [bech32, [0]],
    [bech32m, [1]],
  ] as const) {
    try {
      const { prefix, words } = coding.decode(text as `${string}1${string}`, 90);
      const [version = -1, ...rest] = words;
      if (!versions.some((known) => known === version)) {
        throw new RefundAddressError("NOT_STANDARD", "Refunds cannot go to an address of this kind.");
      }
      return { prefix, version, program: coding.fromWords(rest) };
    } catch (error) {
      if (error instanceof RefundAddressError) throw error;
    }
  }
  return undefined;
}

function witnessScript({ prefix, version, program }: Witness, network: BitcoinNetwork): Hex {
  if (prefix !== SIGNS[network].bech32) throw otherNetwork(network);
  const fits = version === 0 ? program.length === 20 || program.length === 32 : program.length === 32;
  if (!fits) throw new RefundAddressError("NOT_STANDARD", "Refunds cannot go to an address of this kind.");
  return bytesToHex(concatBytes(Uint8Array.of(version === 0 ? 0 : 0x50 + version, program.length), program));
}

function hashScript(bytes: Uint8Array, network: BitcoinNetwork): Hex {
  const { pubkeyHash, scriptHash } = SIGNS[network];
  const hash = bytes.slice(1);
  if (hash.length !== 20) throw new RefundAddressError("NOT_STANDARD", "Refunds cannot go to an address of this kind.");
  if (bytes[0] === pubkeyHash) {
    return bytesToHex(concatBytes(Uint8Array.of(0x76, 0xa9, 20), hash, Uint8Array.of(0x88, 0xac)));
  }
  if (bytes[0] === scriptHash) return bytesToHex(concatBytes(Uint8Array.of(0xa9, 20), hash, Uint8Array.of(0x87)));
  throw otherNetwork(network);
}

function otherNetwork(network: BitcoinNetwork): RefundAddressError {
  return new RefundAddressError(
    "OTHER_NETWORK",
    `This address is of another network; this pool is paid on ${network}.`,
  );
}
