// SPDX-License-Identifier: Apache-2.0
import type { ComputeClass } from "../../pool/api.ts";

/** Mebibytes in the largest unit that keeps at most one decimal: `512 MiB`, `1.5 GiB`, `8 GiB`. */
export function memoryOf(mib: number): string {
  const gib = mib / 1024;
  return Number.isInteger(gib * 10) && gib >= 1 ? `${gib}\u00a0GiB` : `${mib}\u00a0MiB`;
}

/** Gibibytes of disk: `80 GiB`, `2 TiB`. */
export function diskOf(gib: number): string {
  return gib >= 1024 && gib % 1024 === 0 ? `${gib / 1024}\u00a0TiB` : `${gib}\u00a0GiB`;
}

/** GPUs with their model: `2 × a100`; empty without. */
export function gpusOf({ gpus, gpuModel }: Pick<ComputeClass, "gpus" | "gpuModel">): string {
  if (gpus === 0) return "";
  return `${gpus}\u00a0×\u00a0${gpuModel ?? "GPU"}`;
}

/** A class on one line: `4 vCPU · 8 GiB · 80 GiB disk · 1 × a100`. */
export function sizeOf(spec: ComputeClass): string {
  const parts = [`${spec.vcpus}\u00a0vCPU`, memoryOf(spec.memoryMiB), `${diskOf(spec.diskGiB)}\u00a0disk`];
  const gpus = gpusOf(spec);
  return (gpus === "" ? parts : [...parts, gpus]).join(" · ");
}
