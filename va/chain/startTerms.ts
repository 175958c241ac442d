// SPDX-License-Identifier: Apache-2.0
import { BaseError, ContractFunctionRevertedError, type Hex } from "viem";
import type { ChainClient } from "../../offchain/chain/clients.ts";
import { decodeStartFee } from "../../offchain/indexer/priceCode.ts";
import type { ApplianceContracts } from "./abis.ts";
import type { StartTerms } from "./applianceChain.ts";

/** See `ApplianceChain.startTerms`. */
export async function readStartTerms(
  client: ChainClient,
  { Leases, Markets, Providers, Trust, Vault, XovToken }: ApplianceContracts,
  leaseId: Hex,
): Promise<StartTerms> {
  const { holder, appliance, market, decade, startFee } = await client.readContract({
    ...Leases,
    functionName: "lease",
    args: [leaseId],
  });
  const [{ computeUnits }, [provider]] = await Promise.all([
    client.readContract({ ...Markets, functionName: "market", args: [market] }),
    client.readContract({ ...Providers, functionName: "providerOf", args: [appliance] }),
  ]);
  const [price, [purse], balance] = await Promise.all([
    client
      .readContract({ ...Trust, functionName: "startPriceFor", args: [holder, BigInt(computeUnits)] })
      .catch(exhausted),
    client.readContract({ ...Trust, functionName: "purseOf", args: [provider] }),
    client.readContract({ ...Vault, functionName: "balanceOf", args: [XovToken.address, provider] }),
  ]);
  return { price, purse, balance, fee: decodeStartFee(startFee, decade) };
}

function exhausted(error: unknown): "exhausted" {
  const revert = error instanceof BaseError && error.walk((each) => each instanceof ContractFunctionRevertedError);
  const name = revert instanceof ContractFunctionRevertedError ? revert.data?.errorName : undefined;
  if (name !== "Trust_StartsExhausted") throw error;
  return "exhausted";
}
