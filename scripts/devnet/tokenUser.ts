// SPDX-License-Identifier: Apache-2.0
import { type Abi, type Address, type Hex, parseSignature } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { abis } from "../../offchain/chain/abis.ts";
import { signLaunch, signStop } from "../../offchain/lease/actions.ts";
import type { HolderKeys } from "../../offchain/lease/holderKeys.ts";
import { PermitToken__factory } from "../../typechain-types/factories/mocks/PermitToken__factory.js";
import { type Role, role } from "./roles.ts";
import type { TokenMarket } from "./tokenMarket.ts";
import { type SignedTake, signTake } from "./user.ts";

/** A script account takes an ask for a holder whose key a browser keeps, and pays with a permit, all in one transaction. */
export async function takeWithPermit(market: TokenMarket, order: bigint, hours: number): Promise<SignedTake> {
  const { stack, token } = market;
  const wish = { order, hours, image: "debian-12", sshKeys: [] };
  const signed = await signTake(wish, stack.anvil.url, stack.deployment);
  const { terms, signature, launch } = signed.take;
  const payer = role("user");
  const permit = await permitOf(market, payer, token, terms.prepayment);
  const { Exchange } = stack.deployment.contracts;
  const args = [order, terms, signature, launch, terms.prepayment, permit];
  await market.write(payer, Exchange, abis.Exchange as Abi, "takeWithPermit", args);
  return signed;
}

async function permitOf({ client, stack }: TokenMarket, owner: Role, token: Address, value: bigint) {
  const { Vault } = stack.deployment.contracts;
  const contract = { address: token, abi: PermitToken__factory.abi } as const;
  const [nonce, { timestamp }] = await Promise.all([
    client.readContract({ ...contract, functionName: "nonces", args: [owner.address] }),
    client.getBlock(),
  ]);
  const deadline = timestamp + 3_600n;
  const signature = await privateKeyToAccount(owner.privateKey).signTypedData({
    domain: { name: "Dollar", version: "1", chainId: stack.anvil.chainId, verifyingContract: token },
    types: {
      Permit: [
        { name: "owner", type: "address" },
        { name: "spender", type: "address" },
        { name: "value", type: "uint256" },
        { name: "nonce", type: "uint256" },
        { name: "deadline", type: "uint256" },
      ],
    },
    primaryType: "Permit",
    message: { owner: owner.address, spender: Vault, value, nonce, deadline },
  });
  const { r, s, yParity } = parseSignature(signature);
  return { deadline, v: 27 + yParity, r, s };
}

/** Whatever its cloud is. */
type AnyMarket = Omit<TokenMarket, "cloud">;

const limitsOf = async (market: AnyMarket, { account }: HolderKeys) => ({
  nonce: await market.read<bigint>("Leases", "nonces", [account.address]),
  deadline: (await market.client.getBlock()).timestamp + 600n,
});

/** The holder signs a stop; the relayer brings it to the chain. */
export async function stopBySignature(market: AnyMarket, leaseId: Hex, keys: HolderKeys): Promise<number> {
  const limits = await limitsOf(market, keys);
  const signature = await signStop(leaseId, limits, domainOf(market), keys.account);
  return post(market, { kind: "stop", leaseId, deadline: `${limits.deadline}`, signature });
}

/** The holder signs a launch of this sealed spec; the relayer brings it to the chain. */
export async function launchBySignature(
  market: TokenMarket,
  leaseId: Hex,
  keys: HolderKeys,
  launch: { sealKeyHash: Hex; sealedSpec: Hex },
): Promise<number> {
  const limits = await limitsOf(market, keys);
  const signature = await signLaunch(leaseId, launch.sealedSpec, limits, domainOf(market), keys.account);
  return post(market, { kind: "launch", leaseId, deadline: `${limits.deadline}`, signature, launch });
}

function domainOf({ stack }: AnyMarket) {
  return { chainId: stack.anvil.chainId, leases: stack.deployment.contracts.Leases };
}

/** @returns the HTTP status */
async function post({ relayerUrl }: AnyMarket, action: object): Promise<number> {
  const response = await fetch(new URL("actions", relayerUrl), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(action),
  });
  return response.status;
}
