// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { type Address, encodeAbiParameters, encodeEventTopics, type Hex } from "viem";
import { abis } from "../../../offchain/chain/abis.ts";
import type { Chain } from "../../../offchain/chain/clients.ts";
import { readReservation, type SwapReader } from "../../../offchain/swap/read.ts";
import {
  type ReservationTerms,
  reservationAddress,
  reservationIdOf,
  stateOf,
} from "../../../offchain/swap/reservation.ts";

const SWAP: Address = "0x00000000000000000000000000000000000000aa";
const TAKER: Address = "0x2222222222222222222222222222222222222222";
const MALLORY: Address = "0x3333333333333333333333333333333333333333";
const DOMAIN = { chainId: 31_337, swap: SWAP };
const TERMS: ReservationTerms = { offer: 7, taker: TAKER, lots: 40n, nonce: 99n };
/** The x of the generator of secp256k1. */
const KEY: Hex = "0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
const ID = reservationIdOf(TERMS, DOMAIN);

/** A chain's node that answers for this reservation with the given terms. */
function nodeThatSays(terms: ReservationTerms): SwapReader {
  const { offer, taker, lots, nonce } = terms;
  const topics = encodeEventTopics({ abi: abis.Swap, eventName: "Reserved", args: { id: ID, offer, taker } });
  const data = encodeAbiParameters(
    [{ type: "address" }, { type: "uint64" }, { type: "uint256" }, { type: "uint40" }],
    [TAKER, lots, nonce, 2_000],
  );
  const log = { address: SWAP, topics, data, blockNumber: "0x1", logIndex: "0x0" };
  const answers: Record<string, unknown> = {
    offerOf: { bitcoinKey: KEY, price: 2_000n, confirmations: 2 },
    immediateOf: 0n,
    reservationOf: { reserved: lots, held: 0n, delivered: 0n, deadline: 2_000, heldUntil: 0, paid: 0n },
  };
  const client = {
    getBlock: async () => ({ number: 5n, timestamp: 1_000n }),
    request: async () => [log],
    readContract: async ({ functionName }: { functionName: string }) => answers[functionName],
  };
  const contract = { address: SWAP };
  return {
    chain: { client, chainId: DOMAIN.chainId } as unknown as Chain,
    contracts: { Swap: contract, SwapPayments: contract } as unknown as SwapReader["contracts"],
    startBlock: 0n,
  };
}

describe("swap: a reservation", () => {
  it("has an id and an address that change with whatever they commit to", () => {
    const others: ReservationTerms[] = [
      { ...TERMS, offer: 8 },
      { ...TERMS, taker: MALLORY },
      { ...TERMS, lots: 41n },
      { ...TERMS, nonce: 100n },
    ];
    const ids = [TERMS, ...others].map((terms) => reservationIdOf(terms, DOMAIN));
    ids.push(reservationIdOf(TERMS, { ...DOMAIN, chainId: 1 }), reservationIdOf(TERMS, { ...DOMAIN, swap: MALLORY }));
    expect(new Set(ids).size).to.equal(7);
    const { address, leaseId } = reservationAddress(TERMS, DOMAIN, KEY, "regtest");
    expect(leaseId).to.equal(ID);
    expect(address).to.match(/^bcrt1p/);
  });

  it("is read with the address that is derived here", async () => {
    const read = await readReservation(ID, "regtest", nodeThatSays(TERMS));
    expect(read.payTo).to.deep.equal(reservationAddress(TERMS, DOMAIN, KEY, "regtest"));
    expect(read).to.deep.include({ state: "reserved", terms: TERMS, price: 80_000_000n });
  });

  it("is not believed of a node that gives it other terms, such as another taker or another maker's offer", async () => {
    for (const change of [{ taker: MALLORY }, { offer: 8 }, { lots: 1n }]) {
      const error: unknown = await readReservation(ID, "regtest", nodeThatSays({ ...TERMS, ...change })).catch(
        (e) => e,
      );
      expect(error).to.include({ code: "WRONG_RESERVATION" });
    }
  });

  it("goes from reserved to delivered or expired", () => {
    const counts = { lots: 10n, reserved: 10n, held: 0n, delivered: 0n, deadline: 100 };
    expect(stateOf(counts, 100)).to.equal("reserved");
    expect(stateOf(counts, 101)).to.equal("overdue");
    expect(stateOf({ ...counts, reserved: 0n, held: 10n }, 101)).to.equal("held");
    expect(stateOf({ ...counts, reserved: 0n, delivered: 10n }, 101)).to.equal("delivered");
    expect(stateOf({ ...counts, reserved: 0n, delivered: 4n }, 101)).to.equal("expired");
  });
});
