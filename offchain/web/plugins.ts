// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const EMPTY = "\0xov-post-quantum";

/**
 * Leaves the post-quantum recipients of age (`age1pq1…`, `age1tag1…`) out of the page: appliances and holders have X25519
 * keys only, and the code for the others would be a tenth of the script. Sealing to such a recipient fails.
 */
export function withoutPostQuantum(): Plugin {
  return {
    name: "xov:without-post-quantum",
    enforce: "pre",
    resolveId: (source) => (source === "@noble/post-quantum/hybrid.js" ? EMPTY : undefined),
    load: (id) => (id === EMPTY ? "export const MLKEM768P256 = undefined, MLKEM768X25519 = undefined;" : undefined),
  };
}

const CURVE = "\0xov-point-add-scalar";

/**
 * Gives the page the one function of @bitcoinerlab/secp256k1 that `bitcoin/taproot.ts` calls, on the curve that viem has
 * brought already: that package is CommonJS, from which nothing is left out, and would bring a second curve whole.
 */
export function onlyPointAddScalar(): Plugin {
  return {
    name: "xov:only-point-add-scalar",
    enforce: "pre",
    async resolveId(source, importer) {
      if (source === "@bitcoinerlab/secp256k1") return CURVE;
      if (importer !== CURVE) return undefined;
      const viem = await this.resolve("viem", fileURLToPath(import.meta.url));
      return this.resolve(source, viem?.id);
    },
    load: (id) => (id === CURVE ? POINT_ADD_SCALAR : undefined),
  };
}

const POINT_ADD_SCALAR = `
import { secp256k1 } from "@noble/curves/secp256k1";
const { ProjectivePoint: Point, CURVE } = secp256k1;
export function pointAddScalar(point, tweak, compressed) {
  const p = Point.fromHex(point);
  const t = tweak.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  if (t >= CURVE.n) throw new Error("Expected Tweak");
  const q = t === 0n ? p : Point.BASE.multiply(t).add(p);
  return q.equals(Point.ZERO) ? null : q.toRawBytes(compressed);
}
`;
