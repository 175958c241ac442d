// SPDX-License-Identifier: Apache-2.0
// Blocks of Bitcoin mainnet, as the files in test/vectors/bitcoin keep them.
import { readFileSync } from "node:fs";
import { z } from "zod";
import { hex, numberOf, sha256d, targetOf } from "./blocks.ts";

/** Compact form of mainnet's easiest target. */
export const MAINNET_BITS = 0x1d00ffff;

/** Rules of mainnet, as the light client's constructor takes them. */
export const MAINNET = { powLimitBits: MAINNET_BITS, retargets: true };

/** Headers of a checkpoint: its own after the ten before it. */
export const CHECKPOINT = 11;

const point = z.object({ height: z.number(), value: z.string().transform(BigInt) });
const raw = z.string().transform((text) => Buffer.from(text, "hex"));

const windowSchema = z.object({
  firstHeight: z.number(),
  epochStart: z.object({ height: z.number(), time: z.number() }),
  headers: z.union([z.array(raw), z.string().transform((name) => split(read(name)))]),
  chainworks: z.array(point).default([]),
  stale: z.object({ height: z.number(), header: raw }).optional(),
});

const transactionsSchema = z.object({
  height: z.number(),
  header: raw,
  transactions: z.array(
    z.object({
      what: z.string(),
      index: z.number(),
      txid: z.string(),
      outputs: z.number(),
      lastOutput: z.object({ value: z.number().transform(BigInt), script: z.string() }),
      raw: z.string(),
      path: z.array(z.string()),
    }),
  ),
});

const epochsSchema = z.object({ headers: z.string(), chainworks: z.array(point) });

/** Consecutive headers of mainnet. */
export type Window = z.output<typeof windowSchema>;

const read = (name: string): Buffer => readFileSync(new URL(`../../../vectors/bitcoin/${name}`, import.meta.url));
const parse = (name: string): unknown => JSON.parse(read(name).toString("utf8"));
const split = (headers: Buffer): Buffer[] =>
  Array.from({ length: headers.length / 80 }, (_, i) => headers.subarray(80 * i, 80 * i + 80));

/** A window of consecutive headers; every one must follow from the one before and have the work its bits claim. */
export function readWindow(name: string): Window {
  const window = windowSchema.parse(parse(name));
  for (const [i, header] of window.headers.entries()) {
    requireWork(header);
    const parent = window.headers[i - 1];
    if (parent !== undefined && !sha256d(parent).equals(previousOf(header))) throw new Error(`${name} breaks at ${i}`);
  }
  if (window.stale !== undefined) requireWork(window.stale.header);
  return window;
}

/** Last and first headers of all epochs up to a height, and chainwork at some of the first. */
export function readEpochs() {
  const { headers, chainworks } = epochsSchema.parse(parse("mainnet-epochs-0-832608.json"));
  const all = split(read(headers));
  for (const header of all) requireWork(header);
  return { headers: all, chainworks };
}

/** Some transactions of one block, with their merkle paths. */
export function readTransactions() {
  const block = transactionsSchema.parse(parse("mainnet-transactions-831332.json"));
  requireWork(block.header);
  return block;
}

export const previousOf = (header: Buffer): Buffer => header.subarray(4, 36);
export const timeOf = (header: Buffer): number => header.readUInt32LE(68);
export const bitsOf = (header: Buffer): number => header.readUInt32LE(72);

/** The deployment's checkpoint at the eleventh header of a window; of the work before it nobody has been told. */
export function checkpointOf(window: Window, chainwork = 1n << 96n) {
  return {
    height: window.firstHeight + CHECKPOINT - 1,
    epochStart: window.epochStart.time,
    chainwork,
    headers: hex(Buffer.concat(window.headers.slice(0, CHECKPOINT))),
  };
}

function requireWork(header: Buffer): void {
  if (header.length !== 80 || numberOf(sha256d(header)) > targetOf(bitsOf(header))) {
    throw new Error(`no proof of work: ${header.toString("hex")}`);
  }
}
