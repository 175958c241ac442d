// SPDX-License-Identifier: Apache-2.0
import type { Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { createChain } from "../../../../offchain/chain/clients.ts";
import { createSender } from "../../../../offchain/chain/sender.ts";
import { systemClock } from "../../../../offchain/core/clock.ts";
import { makeOffer, type OfferTerms, reserveLots, type SwapActor, swapErrors } from "../../../../offchain/swap/act.ts";
import { type ReservationNow, readReservation, swapContracts } from "../../../../offchain/swap/read.ts";
import { providerRoles, type Role, role } from "../../../../scripts/devnet/roles.ts";
import type { Stack } from "../../../../scripts/devnet/stack.ts";
import { BITCOIN_KEY } from "./market.ts";

const XOV = 10n ** 18n;
/** Satoshi. */
export const LOT_SATS = 2_000n;
export const LOT = XOV / 2n;

export interface SwapDesk {
  /** An offer of many lots of XOV, of which so many satoshi's worth leaves at once. */
  offer(bound: bigint, change?: Partial<OfferTerms>): Promise<number>;
  /** Of lots for a taker without gas; the bond is another's. */
  reserve(offer: number, lots: bigint): Promise<ReservationNow>;
  read(id: Hex): Promise<ReservationNow>;
  /** Who posts bonds. */
  readonly sponsor: SwapActor;
}

/** A maker and a sponsor with XOV in the vault, which the market has funded. */
export function openSwapDesk({ anvil, deployment }: Stack): SwapDesk {
  const chain = createChain({ rpcUrls: [anvil.url], chainId: anvil.chainId });
  const startBlock = BigInt(deployment.startBlock);
  const reader = { chain, contracts: swapContracts({ ...deployment, startBlock }), startBlock };
  const { signal } = new AbortController();
  const actorOf = ({ privateKey }: Role): SwapActor => {
    const account = privateKeyToAccount(privateKey);
    return {
      ...reader,
      signal,
      sender: createSender({ chain, account, errors: swapErrors, clock: systemClock, pollMs: 50 }),
    };
  };
  const maker = actorOf(providerRoles(0).cold);
  const sponsor = actorOf(role("poolOperator"));
  return {
    sponsor,
    offer: (bound, change = {}) => {
      const amounts = { lot: LOT, lots: 1_000n, price: LOT_SATS, minimum: 1n, bondPerLot: XOV / 100n, bound };
      const terms = { ...amounts, window: 3_600, confirmations: 2, bitcoinKey: BITCOIN_KEY, ...change } as const;
      return makeOffer({ token: reader.contracts.XovToken.address, ...terms }, maker);
    },
    reserve: (offer, lots) => reserveLots({ offer, lots, taker: role("user").address }, "regtest", sponsor),
    read: (id) => readReservation(id, "regtest", reader),
  };
}
