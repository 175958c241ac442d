// SPDX-License-Identifier: Apache-2.0
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { Signature } from "ethers";
import type { Market } from "./market.ts";
import { HOUR } from "./values.ts";

const word = (name: string) => ({ name, type: "uint256" });
const TYPES = {
  Terms: [
    { name: "holder", type: "address" },
    { name: "appliance", type: "uint32" },
    { name: "class", type: "bytes32" },
    { name: "quote", type: "address" },
    word("price"),
    word("startFee"),
    word("prepayment"),
    { name: "refundScript", type: "bytes" },
    { name: "launchSpecHash", type: "bytes32" },
    word("salt"),
    word("deadline"),
  ],
  Launch: [
    { name: "leaseId", type: "bytes32" },
    { name: "launchSpecHash", type: "bytes32" },
    word("nonce"),
    word("deadline"),
  ],
  Console: [{ name: "leaseId", type: "bytes32" }, word("deadline")],
  Stop: [{ name: "leaseId", type: "bytes32" }, word("nonce"), word("deadline")],
  Permit: [
    { name: "owner", type: "address" },
    { name: "spender", type: "address" },
    word("value"),
    word("nonce"),
    word("deadline"),
  ],
  Delegation: [{ name: "delegatee", type: "address" }, word("nonce"), { name: "expiry", type: "uint256" }],
};

/** Signs what the contract of that name and address checks (EIP-712). */
export async function sign(
  s: Pick<Market, "chain">,
  signer: HardhatEthersSigner,
  contract: { name: string; at: { getAddress(): Promise<string> } },
  type: keyof typeof TYPES,
  message: object,
): Promise<string> {
  const { chainId } = await s.chain.ethers.provider.getNetwork();
  const domain = { name: contract.name, version: "1", chainId, verifyingContract: await contract.at.getAddress() };
  return signer.signTypedData(domain, { [type]: TYPES[type] }, message);
}

/** Signs as a lease's holder. */
export const signAsHolder = (s: Market, type: "Terms" | "Launch" | "Stop", message: object): Promise<string> =>
  sign(s, s.holder, { name: "XOV Leases", at: s.leases }, type, message);

/** The next of the holder's permits (EIP-2612), for the vault unless told, for an hour. */
export async function permitOf(s: Market, token: "xov" | "token", value: bigint, spender?: string) {
  const deadline = s.chain.now() + HOUR;
  const nonce = await s[token].nonces(s.holder);
  const message = { owner: s.holder.address, spender: spender ?? (await s.vault.getAddress()), value, nonce, deadline };
  const name = token === "xov" ? "XOV" : "Dollar";
  const { v, r, s: s_ } = Signature.from(await sign(s, s.holder, { name, at: s[token] }, "Permit", message));
  return { deadline, v, r, s: s_ };
}
