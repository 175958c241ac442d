// SPDX-License-Identifier: Apache-2.0
import { bytesToHex, type Hex, keccak256 } from "viem";
import { leaseAddress } from "../../bitcoin/leaseAddress.ts";
import type { HolderKeys } from "../../lease/holderKeys.ts";
import { sealLaunchSpec } from "../../lease/launchSpec.ts";
import { sealKeyOfRecipient } from "../../lease/sealing.ts";
import { BITCOIN, leaseIdOf, signTerms, type Terms } from "../../lease/terms.ts";
import type { Network, Offer, TakeBody } from "../../pool/api.ts";

/** What to launch, checked. */
export interface Launch {
  readonly image: string;
  readonly sshKeys: readonly string[];
  /** Empty for none. */
  readonly userData: string;
  /** Whole hours to prepay. */
  readonly hours: number;
  /** scriptPubKey, or `0x`. */
  readonly refundScript: Hex;
}

export interface SignTakeParameters {
  readonly launch: Launch;
  readonly offer: Offer;
  readonly network: Network;
  readonly keys: HolderKeys;
  /** The chain's time, Unix seconds. */
  readonly now: number;
}

/** A lease as it will be: signed, and with its address known before anything is sent. */
export interface SignedTake {
  readonly leaseId: Hex;
  readonly body: TakeBody;
  readonly address: string;
}

/** How long the relayer may take to open the lease, seconds. */
const OPEN_WITHIN_S = 3_600;
const SALT_BYTES = 32;

/**
 * Seals the launch spec to the offer's appliance and signs the terms.
 * @throws RangeError when the sealed spec is too long
 * @throws Error when the offer's seal key is not the one that it names by its hash
 */
export async function signTake({ launch, offer, network, keys, now }: SignTakeParameters): Promise<SignedTake> {
  if (keccak256(sealKeyOfRecipient(offer.sealKey.recipient)) !== offer.sealKey.hash) {
    throw new Error("The offer's seal key does not fit its hash. Reload the page, or choose another offer.");
  }
  const sealedSpec = bytesToHex(await sealLaunchSpec(specOf(launch, keys), offer.sealKey.recipient));
  const terms = termsOf({ launch, offer, network, keys, now }, sealedSpec);
  const domain = { chainId: network.chainId, leases: leasesOf(network) };
  const leaseId = leaseIdOf(terms, domain);
  return {
    leaseId,
    body: {
      order: offer.order,
      terms: {
        ...terms,
        price: `${terms.price}`,
        startFee: `${terms.startFee}`,
        prepayment: `${terms.prepayment}`,
        salt: `${terms.salt}`,
        deadline: `${terms.deadline}`,
      },
      signature: await signTerms(terms, domain, keys.account),
      launch: { sealKeyHash: offer.sealKey.hash, sealedSpec },
    },
    address: leaseAddress(offer.bitcoinKey as Hex, leaseId, network.bitcoinNetwork).address,
  };
}

function termsOf({ launch, offer, keys, now }: SignTakeParameters, sealedSpec: Hex): Terms {
  const price = BigInt(offer.price.msatPerHour);
  const startFee = BigInt(offer.startFeeMsat);
  return {
    holder: keys.account.address,
    appliance: offer.appliance,
    class: offer.class.id as Hex,
    quote: BITCOIN,
    price,
    startFee,
    prepayment: startFee + price * BigInt(launch.hours),
    refundScript: launch.refundScript,
    launchSpecHash: keccak256(sealedSpec),
    salt: BigInt(bytesToHex(crypto.getRandomValues(new Uint8Array(SALT_BYTES)))),
    deadline: BigInt(Math.floor(now) + OPEN_WITHIN_S),
  };
}

function specOf({ image, sshKeys, userData }: Launch, keys: HolderKeys) {
  const spec = { image, sshKeys: [...sshKeys], recipient: keys.ageRecipient };
  return userData === "" ? spec : { ...spec, userData };
}

function leasesOf(network: Network): Hex {
  const leases = network.contracts.Leases;
  if (leases === undefined) throw new Error("The pool does not say which contract holds the leases.");
  return leases as Hex;
}
