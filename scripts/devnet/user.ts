// SPDX-License-Identifier: Apache-2.0
import { JsonRpcProvider } from "ethers";
import { type Address, bytesToHex, type Hex, keccak256 } from "viem";
import { type LeaseAddress, leaseAddress } from "../../offchain/bitcoin/leaseAddress.ts";
import { type HolderKeys, holderKeys, newHolderSecret } from "../../offchain/lease/holderKeys.ts";
import { sealLaunchSpec } from "../../offchain/lease/launchSpec.ts";
import { placeOf } from "../../offchain/lease/orderId.ts";
import { recipientOfSealKey } from "../../offchain/lease/sealing.ts";
import { leaseIdOf, signTerms, type Terms } from "../../offchain/lease/terms.ts";
import { type Take, takeToJson } from "../../offchain/relayer/take.ts";
import { Exchange__factory, Markets__factory, Providers__factory } from "../../typechain-types/index.js";
import { decodePrice } from "../../va/price.ts";
import type { Deployment } from "../deploy/deploy.ts";

/** What a user wants of an ask. */
export interface Wish {
  readonly order: bigint;
  readonly hours: number;
  readonly image: string;
  readonly sshKeys: readonly string[];
  readonly userData?: string;
  /** Where what is not used up goes back to: a standard scriptPubKey. Without it, from the collateral. */
  readonly refundScript?: Hex;
}

/** A take that a user has signed, with all that it needs to pay and to read the access details. */
export interface SignedTake {
  readonly leaseId: Hex;
  readonly take: Take;
  readonly keys: HolderKeys;
  readonly payTo: LeaseAddress;
  /** The agreed prepayment, satoshi; of no meaning for terms in a token, as `payTo`. */
  readonly sats: bigint;
  /** Of one hour, satoshi; likewise. */
  readonly satsPerHour: bigint;
}

const MSAT_PER_SAT = 1_000n;
const TAKE_WITHIN_S = 60 * 60;

/** Does what the page does before anything is sent: reads the ask, seals the launch spec, signs the terms. */
export async function signTake(
  wish: Wish,
  rpcUrl: string,
  { chainId, contracts }: Deployment,
  secret = newHolderSecret(),
): Promise<SignedTake> {
  const rpc = new JsonRpcProvider(rpcUrl, undefined, { cacheTimeout: -1 });
  try {
    const keys = await holderKeys(secret);
    const ask = await Exchange__factory.connect(contracts.Exchange, rpc).ask(wish.order);
    const market = await Markets__factory.connect(contracts.Markets, rpc).market(placeOf(wish.order).market);
    const appliance = await Providers__factory.connect(contracts.Providers, rpc).appliance(ask.appliance);
    const now = (await rpc.getBlock("latest"))?.timestamp ?? 0;
    const sealKey = appliance.sealKey as Hex;
    const sealedSpec = bytesToHex(await sealLaunchSpec(specOf(wish, keys), recipientOfSealKey(sealKey)));
    const price = decodePrice(placeOf(wish.order).price, Number(market.decade));
    const terms: Terms = {
      holder: keys.account.address,
      appliance: Number(ask.appliance),
      class: market.class as Hex,
      quote: market.quote as Address,
      price,
      prepayment: price * BigInt(wish.hours),
      refundScript: wish.refundScript ?? "0x",
      launchSpecHash: keccak256(sealedSpec),
      salt: BigInt(bytesToHex(newHolderSecret())),
      deadline: BigInt(now + TAKE_WITHIN_S),
    };
    const domain = { chainId, leases: contracts.Leases };
    const leaseId = leaseIdOf(terms, domain);
    return {
      leaseId,
      keys,
      take: {
        order: wish.order,
        terms: { ...terms },
        signature: await signTerms(terms, domain, keys.account),
        launch: { sealKeyHash: keccak256(sealKey), sealedSpec },
      },
      payTo: leaseAddress(appliance.bitcoinKey as Hex, leaseId, "regtest"),
      sats: satsUp(terms.prepayment),
      satsPerHour: satsUp(price),
    };
  } finally {
    rpc.destroy();
  }
}

/** Hands a signed take to a relayer. @throws Error with the relayer's problem document when it refuses */
export async function sendTake(relayerUrl: string, { take }: SignedTake): Promise<void> {
  const response = await fetch(new URL("takes", relayerUrl), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(takeToJson(take)),
  });
  if (!response.ok) throw new Error(`the relayer refuses the take (${response.status}): ${await response.text()}`);
}

function specOf(wish: Wish, keys: HolderKeys) {
  const { image, sshKeys, userData } = wish;
  const spec = { image, sshKeys: [...sshKeys], recipient: keys.ageRecipient };
  return userData === undefined ? spec : { ...spec, userData };
}

function satsUp(msat: bigint): bigint {
  return (msat + MSAT_PER_SAT - 1n) / MSAT_PER_SAT;
}
