// SPDX-License-Identifier: Apache-2.0
import type { BitcoinNode } from "../../offchain/bitcoin/node.ts";
import type { DeployParameters } from "./deploy.ts";

const BLOCKS_PER_EPOCH = 2016;
/** Median time past looks at so many headers (BIP-113). */
const MEDIAN_SPAN = 11;

/**
 * The checkpoint that a light client starts from, as a node of ours has it at `height` of its best chain.
 *
 * @throws Error when the node's chain does not reach it
 */
export async function checkpointAt(node: BitcoinNode, height: number): Promise<DeployParameters["checkpoint"]> {
  const first = Math.max(0, height - MEDIAN_SPAN + 1);
  const hashes = await node.blockHashes(first, height - first + 1);
  const [tip, epoch] = [hashes.at(-1), await node.blockHash(height - (height % BLOCKS_PER_EPOCH))];
  if (tip === undefined || epoch === undefined || first + hashes.length - 1 !== height) {
    throw new Error(`the node's chain does not reach height ${height}`);
  }
  const headers = await node.rawHeaders(hashes);
  const [epochHeader] = await node.rawHeaders([epoch]);
  return {
    height,
    epochStart: timeOf(epochHeader ?? "0x"),
    chainwork: (await node.blockHeader(tip))?.chainwork ?? 0n,
    headers: `0x${headers.map((header) => header.slice(2)).join("")}`,
  };
}

/** Seconds; a header keeps its time in bytes 68 to 71, least significant first. */
function timeOf(header: string): number {
  return Buffer.from(header.slice(2), "hex").readUInt32LE(68);
}
