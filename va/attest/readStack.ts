// SPDX-License-Identifier: Apache-2.0
import { readJson } from "../../offchain/core/files.ts";
import { named } from "../named.ts";
import type { Compute } from "../openstack/compute.ts";
import { OPEN_LICENCES } from "./spdx.ts";
import { declarationSchema, type Stack, stackOf } from "./stack.ts";

/**
 * The stack of an appliance: what its cloud tells now, and what the provider declares in a file.
 *
 * @param file of the declaration; undefined when there is none
 * @throws ConfigError for a file that cannot be read; ComputeError
 */
export async function readStack(
  compute: Pick<Compute, "describeCloud">,
  file: string | undefined,
  signal: AbortSignal,
): Promise<Stack> {
  const declared = file === undefined ? undefined : await named("STACK_FILE", file, readJson(file, declarationSchema));
  return stackOf(await compute.describeCloud(signal), declared?.components ?? [], OPEN_LICENCES);
}
