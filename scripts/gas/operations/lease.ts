// SPDX-License-Identifier: Apache-2.0
import { keccak256, parseEther } from "ethers";
import { active, LAUNCH, live, NO_LAUNCH, pending, type State, take, termsOf } from "../leases.ts";
import { askOf, GOOD_TILL, ORDER, orderAt } from "../market.ts";
import { type Operation, operationsOf } from "../operation.ts";
import { signAsHolder } from "../signatures.ts";
import { BOND, CONFIRMATIONS, DAY, GRACE, HOUR, HOURS_PAID, PRICES, SEALED } from "../values.ts";

const TOP_UP = 58_000;
const SETTLE = 60_000;
const CLOSE = 50_000;
const START = 70_000;
const ANONYMOUS_START = 85_000;

const GRACE_HOURS = GRACE / HOUR;
const PREPAID = HOURS_PAID * PRICES.token.perHour;
const PREPAID_BITCOIN = HOURS_PAID * PRICES.bitcoin.perHour;

/** Lets the leases of the state run out, and grace pass. */
const toTheEnd = (s: State) => live(s, Number(HOURS_PAID) + GRACE_HOURS);

const opening = operationsOf("Leases", {
  open: {
    "by Exchange, token": async (s) => {
      const { asExchange, leases, relayer } = s;
      const terms = await termsOf(s, "token", 2n);
      const price = PRICES.token.code;
      const none = { startFee: 0, confirmations: 0, bond: 0n, collateral: 0n };
      const at = { order: ORDER.token, market: 2n, price, opener: relayer.address, ...none };
      return leases.connect(asExchange).open(terms, await signAsHolder(s, "Terms", terms), LAUNCH, at);
    },
    "by Exchange, bitcoin": async (s) => {
      const { asExchange, leases, relayer } = s;
      const terms = await termsOf(s, "bitcoin", 2n);
      const price = PRICES.bitcoin.code;
      const more = { startFee: 0, confirmations: CONFIRMATIONS, bond: BOND, collateral: terms.prepayment * 10n ** 12n };
      const at = { order: ORDER.bitcoin, market: 1n, price, opener: relayer.address, ...more };
      return leases.connect(asExchange).open(terms, await signAsHolder(s, "Terms", terms), LAUNCH, at);
    },
  },
});

const fills = operationsOf("Leases", {
  openFills: {
    "by Exchange, one": async ({ asExchange, holder, leases }) => {
      const slot0 = BigInt(holder.address) | (BigInt(PRICES.token.code) << 224n) | (3n << 240n);
      const fill = { order: ORDER.token, first: 1, count: 1, slot0, slot1: 1n | (2n << 32n) | (PREPAID << 64n) };
      return leases.connect(asExchange).openFills([fill], NO_LAUNCH);
    },
  },
});

const resales = operationsOf("Leases", {
  handOver: {
    "by Resale, an active lease": async (s) => {
      const asResale = await s.chain.impersonate(await s.leases.RESALE());
      return s.leases.connect(asResale).handOver(s.tokenLease, s.relayer, s.token, PREPAID, "0x", LAUNCH);
    },
  },
});

const payments = operationsOf("Leases", {
  topUp: {
    "by the holder": [TOP_UP, (s) => s.leases.topUp(s.tokenLease, PREPAID)],
    "of a pending lease": [TOP_UP, async (s) => s.leases.topUp(await pending(s, "token", 2n), PREPAID)],
    "within grace, so that a new period begins": async (s) => {
      await live(s, Number(HOURS_PAID));
      return s.leases.topUp(s.tokenLease, PREPAID);
    },
  },
  credit: {
    "by BitcoinPayments, that funds": async (s) => {
      const { id } = await take(s, "bitcoin", 2n);
      return s.leases.connect(s.asPayments).credit(id, PREPAID_BITCOIN);
    },
    "by BitcoinPayments, more": (s) => s.leases.connect(s.asPayments).credit(s.bitcoinLease, PREPAID_BITCOIN),
    "by BitcoinPayments, in grace": async (s) => {
      await live(s, Number(HOURS_PAID));
      return s.leases.connect(s.asPayments).credit(s.bitcoinLease, PREPAID_BITCOIN);
    },
  },
  uncredit: {
    "by BitcoinPayments, of a lease that runs": (s) =>
      s.leases.connect(s.asPayments).uncredit(s.bitcoinLease, PREPAID_BITCOIN),
    "by BitcoinPayments, so that it is unfunded again": async (s) => {
      const id = await pending(s, "bitcoin", 2n);
      return s.leases.connect(s.asPayments).uncredit(id, PREPAID_BITCOIN);
    },
  },
  settle: {
    again: [
      SETTLE,
      async (s) => {
        await live(s, 1);
        return s.leases.settle(s.tokenLease);
      },
    ],
    "for the first time": [
      SETTLE,
      async (s) => {
        const id = await active(s, "token", 2n);
        await live(s, 1);
        return s.leases.settle(id);
      },
    ],
    "after the close": [
      SETTLE,
      async (s) => {
        await live(s, 1);
        await s.leases.stop(s.tokenLease);
        return s.leases.settle(s.tokenLease);
      },
    ],
  },
});

/** Signs for the lease's holder, with the limits of the signature. */
async function signed(s: State, type: "Launch" | "Stop", leaseId: string) {
  const deadline = s.chain.now() + HOUR;
  const nonce = await s.leases.nonces(s.holder);
  const launchSpecHash = keccak256(SEALED);
  const message = type === "Launch" ? { leaseId, launchSpecHash, nonce, deadline } : { leaseId, nonce, deadline };
  return { deadline, signature: await signAsHolder(s, type, message) };
}

const holders = operationsOf("Leases", {
  launch: {
    "of a reserved lease": async (s) => s.leases.launch(await pending(s, "token", 2n, NO_LAUNCH), LAUNCH),
    "again, of a lease that runs": (s) => s.leases.launch(s.tokenLease, LAUNCH),
  },
  launchBySig: {
    "of a reserved lease, the holder's first signature": async (s) => {
      const id = await pending(s, "token", 2n, NO_LAUNCH);
      const { deadline, signature } = await signed(s, "Launch", id);
      return s.leases.connect(s.relayer).launchBySig(id, LAUNCH, deadline, signature);
    },
  },
  stop: {
    "token, with a refund": [CLOSE, (s) => s.leases.stop(s.tokenLease)],
    "token, of a pending lease": [CLOSE, async (s) => s.leases.stop(await pending(s, "token", 2n))],
    bitcoin: [CLOSE, (s) => s.leases.stop(s.bitcoinLease)],
  },
  stopBySig: {
    "token, with a refund, the holder's first signature": async (s) => {
      const { deadline, signature } = await signed(s, "Stop", s.tokenLease);
      return s.leases.connect(s.relayer).stopBySig(s.tokenLease, deadline, signature);
    },
    "bitcoin, a later signature": async (s) => {
      const first = await signed(s, "Stop", s.tokenLease);
      await s.leases.connect(s.relayer).stopBySig(s.tokenLease, first.deadline, first.signature);
      const { deadline, signature } = await signed(s, "Stop", s.bitcoinLease);
      return s.leases.connect(s.relayer).stopBySig(s.bitcoinLease, deadline, signature);
    },
  },
});

/** The code of 34 × 10^3, and what it is. */
const [FEE_CODE, FEE] = [295, 34_000n];

/** A lease that waits for its start, of an ask behind the first that charges for it. */
async function pendingWithFee(s: State): Promise<string> {
  await s.exchange.placeAsk({ ...askOf(s, "token"), startFee: FEE_CODE }, GOOD_TILL);
  const terms = await termsOf(s, "token", 2n);
  const agreed = { ...terms, startFee: FEE, prepayment: terms.prepayment + FEE };
  const order = orderAt(2n, BigInt(PRICES.token.code), 0n, 1n);
  await s.exchange.connect(s.holder).take(order, agreed, "0x", LAUNCH);
  return s.leases.idOf(agreed);
}

/** The VA starts a lease of a holder whose deposit suffices. */
async function startWithin(s: State, id: string) {
  await s.trust.deposit(parseEther("100"));
  return s.leases.connect(s.hotKey).start(id, SEALED);
}

const providers = operationsOf("Leases", {
  start: {
    "token, within the holder's limit": [START, async (s) => startWithin(s, await pending(s, "token", 2n))],
    "bitcoin, within the holder's limit": [START, async (s) => startWithin(s, await pending(s, "bitcoin", 2n))],
    "of a lease that was reserved, within the holder's limit": [
      START,
      async (s) => {
        const id = await pending(s, "token", 2n, NO_LAUNCH);
        await s.leases.launch(id, LAUNCH);
        return startWithin(s, id);
      },
    ],
    "token, anonymous": [
      ANONYMOUS_START,
      async (s) => s.leases.connect(s.hotKey).start(await pending(s, "token", 2n), SEALED),
    ],
    "bitcoin, anonymous": [
      ANONYMOUS_START,
      async (s) => s.leases.connect(s.hotKey).start(await pending(s, "bitcoin", 2n), SEALED),
    ],
    "token, anonymous, with a start fee": [
      ANONYMOUS_START,
      async (s) => s.leases.connect(s.hotKey).start(await pendingWithFee(s), SEALED),
    ],
    "token, anonymous, paid from the vault balance": async (s) => {
      await s.trust.connect(s.provider).empty((await s.trust.purseOf(s.provider)).left);
      return s.leases.connect(s.hotKey).start(await pending(s, "token", 2n), SEALED);
    },
    "after a new launch": [
      START,
      async (s) => {
        await s.leases.launch(s.tokenLease, LAUNCH);
        return s.leases.connect(s.hotKey).start(s.tokenLease, SEALED);
      },
    ],
  },
  postAccess: { "of one byte": (s) => s.leases.connect(s.hotKey).postAccess(s.tokenLease, SEALED) },
  decline: {
    token: async (s) => s.leases.connect(s.hotKey).decline(await pending(s, "token", 2n), "x"),
    "bitcoin, unfunded": async (s) => s.leases.connect(s.hotKey).decline((await take(s, "bitcoin", 2n)).id, "x"),
    "bitcoin, funded": async (s) => s.leases.connect(s.hotKey).decline(await pending(s, "bitcoin", 2n), "x"),
  },
  evict: {
    "by the provider": (s) => s.leases.connect(s.provider).evict(s.tokenLease, "x"),
    "by the hot key": async (s) => {
      await s.providers.setEvictionLimit(1, 4);
      return s.leases.connect(s.hotKey).evict(s.tokenLease, "x");
    },
  },
  giveNotice: { "": (s) => s.leases.connect(s.hotKey).giveNotice(s.tokenLease) },
});

const ends = operationsOf("Leases", {
  close: {
    "token, over": [
      CLOSE,
      async (s) => {
        await toTheEnd(s);
        return s.leases.connect(s.stranger).close(s.tokenLease);
      },
    ],
    "bitcoin, over": [
      CLOSE,
      async (s) => {
        await toTheEnd(s);
        return s.leases.connect(s.stranger).close(s.bitcoinLease);
      },
    ],
    "token, not started: refund and penalty": async (s) => {
      const id = await pending(s, "token", 2n);
      s.chain.pass(HOUR);
      return s.leases.connect(s.stranger).close(id);
    },
    "bitcoin, unpaid: the bond goes to the provider": async (s) => {
      const { id } = await take(s, "bitcoin", 2n);
      s.chain.pass(2 * HOUR);
      return s.leases.connect(s.stranger).close(id);
    },
  },
  releaseCollateral: {
    "of a lease that was stopped": async (s) => {
      await s.leases.stop(s.bitcoinLease);
      s.chain.pass(2 * DAY);
      return s.leases.connect(s.stranger).releaseCollateral(s.bitcoinLease);
    },
  },
});

/** Of leases. */
export const leaseOperations: readonly Operation[] = [
  ...opening,
  ...fills,
  ...resales,
  ...payments,
  ...holders,
  ...providers,
  ...ends,
  {
    operation: "A lease ends at zero",
    variant: "no transaction is needed",
    goal: 0,
    measure: async (s) => {
      await toTheEnd(s);
      const { state } = await s.leases.statusOf(s.tokenLease);
      const closed = 5n;
      if (state !== closed) throw new Error(`the lease has state ${state}`);
      return 0;
    },
  },
];
