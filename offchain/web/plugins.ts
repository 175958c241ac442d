// SPDX-License-Identifier: Apache-2.0
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
