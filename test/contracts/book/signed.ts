// SPDX-License-Identifier: Apache-2.0
// Orders as somebody signs them for the gateway.

import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { ethers, HOUR, time } from "../fixture.ts";

const field = (text: string) => {
  const [type = "", name = ""] = text.split(" ");
  return { name, type };
};
const typed = (fields: string) => [...fields.split(","), "uint256 nonce", "uint256 deadline"].map(field);
const EXECUTION = "uint8 timeInForce,uint8 selfTrade,uint8 maxFills";

/** The types that the gateway's interface tells. */
export const TYPES = {
  PlaceAsk: typed(
    `uint32 appliance,uint32 market,uint16 price,uint16 quantity,uint32 expiry,uint8 confirmations,uint16 prepaidHours,uint96 bond,uint16 startFee,${EXECUTION}`,
  ),
  PlaceBid: typed(`uint32 market,uint16 price,uint16 quantity,uint16 duration,uint32 expiry,${EXECUTION}`),
  Sweep: typed(`uint32[] markets,uint16 price,uint16 quantity,uint16 duration,${EXECUTION}`),
  Fill: typed("uint120 order,uint16 maxPrice,uint16 quantity,uint16 duration,bytes32 launchSpecHash"),
  Reduce: typed("uint120 order,uint16 quantity"),
  Cancel: typed("uint120[] orders"),
};

export interface SigningOptions {
  nonce?: bigint;
  deadline?: number;
  /** For whom, when it is not the signer itself. */
  account?: string;
}

/** What goes with an order that `signer` signs: nonce 0 for an hour, unless told. */
export async function signedBy(
  signer: HardhatEthersSigner,
  gateway: { getAddress(): Promise<string> },
  type: keyof typeof TYPES,
  message: object,
  options: SigningOptions = {},
) {
  const { chainId } = await ethers.provider.getNetwork();
  const nonce = options.nonce ?? 0n;
  const deadline = options.deadline ?? (await time.latest()) + HOUR;
  const domain = { name: "XOV Exchange", version: "1", chainId, verifyingContract: await gateway.getAddress() };
  const signature = await signer.signTypedData(domain, { [type]: TYPES[type] }, { ...message, nonce, deadline });
  return { account: options.account ?? signer.address, nonce, deadline, signature };
}
