// SPDX-License-Identifier: Apache-2.0
import { keccak256 } from "ethers";
import { LAUNCH, NO_LAUNCH, take, termsOf } from "../leases.ts";
import { askOf, type Currency, GOOD_TILL, ORDER, orderAt } from "../market.ts";
import { type Measure, type Operation, operationsOf } from "../operation.ts";
import { permitOf, signAsHolder } from "../signatures.ts";
import { BITCOIN, DAY, PRICES, SPEC } from "../values.ts";

const PLACE_REUSED = 70_000;
const PLACE_FRESH = 95_000;
const CANCEL = 45_000;
const TAKE = 110_000;

const markets = operationsOf("Markets", {
  open: {
    "in a token": async (s) => {
      await s.classes.register({ ...SPEC, vcpus: 4 });
      return s.markets.open(1, await s.classes.idOf({ ...SPEC, vcpus: 4 }), s.token);
    },
    "in bitcoin": async (s) => {
      await s.classes.register({ ...SPEC, vcpus: 4 });
      return s.markets.open(1, await s.classes.idOf({ ...SPEC, vcpus: 4 }), BITCOIN);
    },
    "one that is open": (s) => s.markets.open(1, s.class, s.token),
  },
});

const place =
  (currency: Currency): Measure =>
  (s) =>
    s.exchange.placeAsk(askOf(s, currency), GOOD_TILL);

const replace =
  (currency: Currency): Measure =>
  async (s) => {
    await s.exchange.placeAsk(askOf(s, currency), GOOD_TILL);
    // the second lane of the first order's page
    await s.exchange.cancel(ORDER[currency] + (1n << 32n));
    return s.exchange.placeAsk(askOf(s, currency), GOOD_TILL);
  };

const cancel =
  (currency: Currency): Measure =>
  (s) =>
    s.exchange.cancel(ORDER[currency]);

const orders = operationsOf("Exchange", {
  placeAsk: {
    "token ask, fresh slot": [PLACE_FRESH, place("token")],
    "token ask, after a cancelled one": [PLACE_REUSED, replace("token")],
    "bitcoin ask, fresh slot": [PLACE_FRESH, place("bitcoin")],
    "bitcoin ask, after a cancelled one": [PLACE_REUSED, replace("bitcoin")],
    "token ask at a price floor, by the hot key": async (s) => {
      await s.providers.setPriceFloor(1, s.token, 1n);
      return s.exchange.connect(s.hotKey).placeAsk(askOf(s, "token"), GOOD_TILL);
    },
  },
  reduce: {
    "token ask": (s) => s.exchange.reduce(ORDER.token, 5),
    "bitcoin ask": (s) => s.exchange.reduce(ORDER.bitcoin, 5),
  },
  cancel: {
    "token ask": [CANCEL, cancel("token")],
    "bitcoin ask": [CANCEL, cancel("bitcoin")],
    "expired token ask, by anyone": [
      CANCEL,
      async (s) => {
        s.chain.pass(6 * DAY);
        return s.exchange.connect(s.stranger).cancel(ORDER.token);
      },
    ],
  },
  endReservation: {
    "by Leases": async (s) => {
      await take(s, "bitcoin", 2n);
      return s.exchange.connect(s.asLeases).endReservation(ORDER.bitcoin);
    },
  },
});

const takes = operationsOf("Exchange", {
  take: {
    "token, by the holder, from its vault balance → pending": [
      TAKE,
      async (s) => (await take(s, "token", 2n)).transaction,
    ],
    "token, without a launch spec → reserved": [TAKE, async (s) => (await take(s, "token", 2n, NO_LAUNCH)).transaction],
    "token, the market's first": async (s) => {
      await s.classes.register({ ...SPEC, vcpus: 4 });
      const class_ = await s.classes.idOf({ ...SPEC, vcpus: 4 });
      await s.markets.open(1, class_, s.token);
      await s.exchange.placeAsk({ ...askOf(s, "token"), market: 3n }, GOOD_TILL);
      const terms = { ...(await termsOf(s, "token", 2n)), class: class_ };
      return s.exchange.connect(s.holder).take(orderAt(3n, BigInt(PRICES.token.code)), terms, "0x", LAUNCH);
    },
    "token, by another who pays, with the holder's signature": async (s) => {
      const terms = await termsOf(s, "token", 2n);
      return s.exchange.connect(s.relayer).take(ORDER.token, terms, await signAsHolder(s, "Terms", terms), LAUNCH);
    },
    "bitcoin, by a relayer → unfunded": async (s) => (await take(s, "bitcoin", 2n)).transaction,
    "bitcoin, the longest prepayment": async (s) => {
      const agreed = await termsOf(s, "bitcoin", 2n, keccak256(LAUNCH.sealedSpec));
      const terms = { ...agreed, prepayment: agreed.price * 24n };
      return s.exchange.connect(s.relayer).take(ORDER.bitcoin, terms, await signAsHolder(s, "Terms", terms), LAUNCH);
    },
  },
  takeWithPermit: {
    "token, by the holder": async (s) => {
      const terms = await termsOf(s, "token", 2n);
      const permit = await permitOf(s, "token", terms.prepayment);
      return s.exchange.connect(s.holder).takeWithPermit(ORDER.token, terms, "0x", LAUNCH, terms.prepayment, permit);
    },
  },
});

/** Of markets and the exchange. */
export const exchangeOperations: readonly Operation[] = [...markets, ...orders, ...takes];
