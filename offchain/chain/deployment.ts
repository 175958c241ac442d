// SPDX-License-Identifier: Apache-2.0
import { type Abi, type Address, getAddress, isAddress } from "viem";
import { z } from "zod";
import { TaggedError } from "../core/errors.ts";
import { readJson } from "../core/files.ts";

const address = z
  .string()
  .refine((text) => isAddress(text, { strict: false }), "an EVM address")
  .transform((text): Address => getAddress(text));

/** The form of a deployment file: where the contracts are on one chain. */
export const deploymentSchema = z.object({
  chainId: z.number().int().positive(),
  /** No contract's event is in an earlier block. */
  startBlock: z.number().int().nonnegative().transform(BigInt),
  contracts: z.record(z.string(), address),
});

export type Deployment = z.output<typeof deploymentSchema>;

/** The deployment does not have what is needed: the file is missing, of another chain, or lacks a contract. */
export class DeploymentError extends TaggedError<"NO_DEPLOYMENT" | "OTHER_CHAIN" | "NO_CONTRACT"> {
  override readonly name = "DeploymentError";
}

/**
 * Reads a deployment file.
 * @throws DeploymentError NO_DEPLOYMENT, OTHER_CHAIN; FileError
 */
export async function readDeployment(path: string, chainId?: number): Promise<Deployment> {
  const deployment = await readJson(path, deploymentSchema);
  if (deployment === undefined) {
    throw new DeploymentError({ code: "NO_DEPLOYMENT", message: `there is no deployment file ${path}` });
  }
  if (chainId !== undefined && deployment.chainId !== chainId) {
    const message = `${path} is for chain ${deployment.chainId}, not ${chainId}`;
    throw new DeploymentError({ code: "OTHER_CHAIN", message, have: deployment.chainId, need: chainId });
  }
  return deployment;
}

export type Contracts<A extends Readonly<Record<string, Abi>>> = {
  [K in keyof A]: { address: Address; abi: A[K] };
};

/**
 * Addresses beside their ABIs, as viem, `followChain` and `createSender` take them.
 * @throws DeploymentError NO_CONTRACT
 */
export function contractsOf<const A extends Readonly<Record<string, Abi>>>(
  { chainId, contracts }: Deployment,
  abis: A,
): Contracts<A> {
  const found = Object.entries(abis).map(([name, abi]) => {
    const at = contracts[name];
    if (at !== undefined) return [name, { address: at, abi }];
    const message = `the deployment on chain ${chainId} has no ${name}`;
    throw new DeploymentError({ code: "NO_CONTRACT", message, have: Object.keys(contracts), need: name });
  });
  return Object.fromEntries(found) as Contracts<A>;
}
