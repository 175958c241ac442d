// SPDX-License-Identifier: Apache-2.0
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { build } from "vite";
import { BUNDLE_FILE, type Bundle, describeBundle } from "./bundle.ts";
import { onlyPointAddScalar, withoutPostQuantum } from "./plugins.ts";

const ROOT = fileURLToPath(new URL(".", import.meta.url));
/** Where the site is built, beside its sources. */
export const DIST = join(ROOT, "dist");

/** Packages whose modules do nothing but export, and do not say so: what of them is not used is left out. */
const ONLY_EXPORTS =
  /\/node_modules\/(bitcoinjs-lib|bip174|uint8array-tools|varuint-bitcoin|bs58check|age-encryption|qr)\//;

/**
 * Builds the site into a folder and writes its `bundle.json`. The same sources and packages give the same bytes: no time, no
 * path and no randomness goes in.
 */
export async function buildSite(folder = DIST): Promise<Bundle> {
  await build({
    configFile: false,
    envFile: false,
    root: ROOT,
    mode: "production",
    logLevel: "error",
    plugins: [react(), withoutPostQuantum(), onlyPointAddScalar()],
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: ["es2023", "chrome123", "firefox128", "safari17.5"],
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      reportCompressedSize: false,
      chunkSizeWarningLimit: 1_000,
      rollupOptions: {
        treeshake: { moduleSideEffects: (id) => !ONLY_EXPORTS.test(id) },
        output: {
          entryFileNames: "assets/[name]-[hash].js",
          chunkFileNames: "assets/[name]-[hash].js",
          assetFileNames: "assets/[name]-[hash][extname]",
        },
      },
    },
  });
  const bundle = await describeBundle(folder);
  await writeFile(join(folder, BUNDLE_FILE), `${JSON.stringify(bundle, undefined, 2)}\n`);
  return bundle;
}
