// SPDX-License-Identifier: Apache-2.0
import { parseArgs } from "node:util";
import { type Address, formatUnits, getAddress, type Hex, isAddress, parseUnits } from "viem";
import { z } from "zod";
import { bip21Uri } from "../bitcoin/bip21Uri.ts";
import { displayOrder } from "../bitcoin/bytes.ts";
import { abis } from "../chain/abis.ts";
import { createChain } from "../chain/clients.ts";
import { readDeployment } from "../chain/deployment.ts";
import { loadAccount } from "../chain/keystore.ts";
import { createSender } from "../chain/sender.ts";
import { systemClock as clock } from "../core/clock.ts";
import { ConfigError, integer, readConfig, urlList } from "../core/config.ts";
import { runMain } from "../core/shutdown.ts";
import {
  closeOffer,
  makeOffer,
  releaseHeld,
  reserveLots,
  type SwapActor,
  settleReservation,
  swapErrors,
  withdrawAll,
} from "./act.ts";
import {
  type OfferNow,
  type ReservationNow,
  readOffer,
  readOffers,
  readReservation,
  readReservations,
  swapContracts,
} from "./read.ts";

const USAGE = `Usage: npm run swap -- <command>, whose answer is JSON

  offers                      what is for sale
  offer    --token ADDRESS --lot AMOUNT --lots N --price SATS --bitcoin-key HEX [--minimum N] [--bond-per-lot XOV]
           [--bound SATS] [--window SECONDS] [--confirmations N]
                              sells N lots, each of AMOUNT tokens for SATS; HEX is the x-only key that is paid
  close    --offer N          ends an offer of yours
  reservations --offer N      what was reserved of an offer, and paid where
  reserve  --offer N --lots N [--taker ADDRESS]
                              locks lots, posts the bond, and says what to pay where
  status   --reservation ID   what was paid and delivered; what is left to pay, and where
  release  --reservation ID   hands over lots that were held for three days
  assign   --reservation ID   gives lots that are free by now for what was paid beyond those that were reserved
  expire   --reservation ID   frees what was not paid for in time; its bond is the maker's
  withdraw --token ADDRESS    sends what is yours in the vault to your account

Only the maker's key spends from an address: in a PSBT, bitcoinKey is the input's tapInternalKey and merkleRoot its
tapMerkleRoot. Amounts of tokens are decimal. Settings: XOV_RPC_URLS XOV_CHAIN_ID XOV_DEPLOYMENT_FILE XOV_BITCOIN_NETWORK, and XOV_KEY_FILE to
send transactions.
`;

const settingsSchema = z.object({
  XOV_RPC_URLS: urlList,
  XOV_CHAIN_ID: integer(1, Number.MAX_SAFE_INTEGER),
  XOV_DEPLOYMENT_FILE: z.string().min(1).describe("the path of the deployment file"),
  XOV_BITCOIN_NETWORK: z
    .enum(["mainnet", "testnet", "signet", "regtest"])
    .describe("mainnet, testnet, signet or regtest"),
  XOV_KEY_FILE: z.string().min(1).optional().describe("the path of a file with the private key of your account"),
});

const option = { type: "string" } as const;
const OPTIONS = {
  token: option,
  lot: option,
  lots: option,
  price: option,
  minimum: { ...option, default: "1" },
  "bond-per-lot": { ...option, default: "0" },
  bound: { ...option, default: "0" },
  window: { ...option, default: "3600" },
  confirmations: { ...option, default: "3" },
  "bitcoin-key": option,
  offer: option,
  taker: option,
  reservation: option,
} as const;
type Given = { readonly [K in keyof typeof OPTIONS]?: string | undefined };

type Context = Omit<SwapActor, "sender"> & {
  readonly given: Given;
  readonly network: z.output<typeof settingsSchema>["XOV_BITCOIN_NETWORK"];
  /** @throws ConfigError without XOV_KEY_FILE */
  actor(): Promise<SwapActor>;
};

const COMMANDS: Readonly<Record<string, (context: Context) => Promise<unknown>>> = {
  offers: async (context) => Promise.all((await readOffers(context)).map((each) => shownOffer(each, context))),
  offer: async (context) => {
    const terms = await offerTerms(context);
    const offer = await makeOffer(terms, await context.actor());
    return await shownOffer(await readOffer(offer, context), context);
  },
  close: async (context) => {
    const offer = offerNumber(context);
    await closeOffer(offer, await context.actor());
    return await shownOffer(await readOffer(offer, context), context);
  },
  reservations: async (context) => {
    const all = await readReservations(offerNumber(context), context.network, context);
    return await Promise.all(all.map((each) => shown(each, context)));
  },
  reserve: async (context) => {
    const actor = await context.actor();
    const { given } = context;
    const taker = given.taker === undefined ? actor.sender.address : addressIn("taker", given);
    const wish = { offer: offerNumber(context), lots: wholeIn("lots", given), taker };
    return await shown(await reserveLots(wish, context.network, actor), context);
  },
  status: async (context) => shown(await reservationIn(context), context),
  release: async (context) => {
    await releaseHeld(await reservationIn(context), await context.actor());
    return await shown(await reservationIn(context), context);
  },
  assign: (context) => settle("assign", context),
  expire: (context) => settle("expire", context),
  withdraw: async (context) => {
    const token = addressIn("token", context.given);
    const amount = await withdrawAll(token, await context.actor());
    return { token, withdrawn: formatUnits(amount, await decimalsOf(token, context)) };
  },
};

async function main(signal: AbortSignal): Promise<void> {
  const { positionals, values: given } = parseArgs({ allowPositionals: true, options: OPTIONS });
  const [name = ""] = positionals;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    throw new ConfigError([{ key: "command", have: name || "none", need: `one of these\n\n${USAGE}` }]);
  }
  const settings = readConfig(settingsSchema, process.env);
  const { XOV_CHAIN_ID: chainId, XOV_RPC_URLS: rpcUrls, XOV_KEY_FILE: keyFile } = settings;
  const deployment = await readDeployment(settings.XOV_DEPLOYMENT_FILE, chainId);
  const chain = createChain({ rpcUrls, chainId });
  const reader = { chain, contracts: swapContracts(deployment), startBlock: deployment.startBlock };
  const actor = async () => {
    if (keyFile === undefined) throw missing("XOV_KEY_FILE", "the path of a file with the private key of your account");
    const sender = createSender({ chain, account: await loadAccount(keyFile), errors: swapErrors, clock });
    return { ...reader, sender, signal };
  };
  const answer = await command({ ...reader, signal, given, network: settings.XOV_BITCOIN_NETWORK, actor });
  process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
}

async function settle(step: "expire" | "assign", context: Context) {
  await settleReservation(step, idIn(context), await context.actor());
  return await shown(await reservationIn(context), context);
}

async function offerTerms(context: Context) {
  const { given } = context;
  const token = addressIn("token", given);
  return {
    token,
    lot: amountIn("lot", given, await decimalsOf(token, context)),
    lots: wholeIn("lots", given),
    price: wholeIn("price", given),
    minimum: wholeIn("minimum", given),
    bondPerLot: amountIn("bond-per-lot", given, XOV_DECIMALS),
    bound: wholeIn("bound", given),
    window: Number(wholeIn("window", given)),
    confirmations: Number(wholeIn("confirmations", given)),
    bitcoinKey: hex32In("bitcoin-key", given),
  };
}

const XOV_DECIMALS = 18;

function decimalsOf(token: Address, { chain }: Context): Promise<number> {
  return chain.client.readContract({ address: token, abi: abis.XovToken, functionName: "decimals" });
}

function reservationIn(context: Context): Promise<ReservationNow> {
  return readReservation(idIn(context), context.network, context);
}

const idIn = ({ given }: Context) => hex32In("reservation", given);
const offerNumber = ({ given }: Context) => Number(wholeIn("offer", given));

async function shownOffer(offer: OfferNow, context: Context) {
  const decimals = await decimalsOf(offer.token, context);
  return {
    offer: offer.offer,
    maker: offer.maker,
    token: offer.token,
    lot: formatUnits(offer.lot, decimals),
    satsPerLot: Number(offer.price),
    lotsFree: Number(offer.lots),
    minimumLots: Number(offer.minimum),
    bondPerLot: formatUnits(offer.bondPerLot, XOV_DECIMALS),
    payWithinSeconds: offer.window,
    confirmations: offer.confirmations,
    satsReleasedAtOnce: Number(offer.immediate),
    closed: offer.closed,
  };
}

async function shown(reservation: ReservationNow, context: Context) {
  const { offer, terms, payTo, state, price, paid } = reservation;
  const decimals = await decimalsOf(offer.token, context);
  const missingSats = price > paid ? (price - paid + 999n) / 1000n : 0n;
  const isPayable = state === "reserved" && missingSats > 0n;
  const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
  return {
    reservation: reservation.id,
    offer: terms.offer,
    taker: terms.taker,
    state,
    ...(isPayable ? { pay: { sats: Number(missingSats), uri: uriOf(payTo.address, missingSats) } } : {}),
    address: payTo.address,
    bitcoinKey: payTo.bitcoinKey,
    merkleRoot: payTo.merkleRoot,
    payUntil: iso(reservation.deadline),
    confirmations: offer.confirmations,
    lots: {
      ordered: Number(terms.lots),
      reserved: Number(reservation.reserved),
      held: Number(reservation.held),
      delivered: Number(reservation.delivered),
    },
    ...(reservation.heldUntil === undefined ? {} : { heldUntil: iso(reservation.heldUntil) }),
    token: offer.token,
    delivered: formatUnits(reservation.delivered * offer.lot, decimals),
    sats: { price: Number(price / 1000n), paid: Number(paid / 1000n) },
    payments: reservation.payments.map(({ txid, vout, msat, stands }) => {
      return { txid: displayOrder(txid), vout, sats: Number(msat / 1000n), stands };
    }),
  };
}

const uriOf = (address: string, amountSats: bigint) => bip21Uri({ address, amountSats, label: "XOV swap" });

function wholeIn(name: keyof Given, given: Given): bigint {
  const text = given[name];
  if (text === undefined || !/^\d{1,20}$/.test(text)) throw missing(`--${name}`, "a whole number", text);
  return BigInt(text);
}

function amountIn(name: keyof Given, given: Given, decimals: number): bigint {
  const text = given[name];
  const need = `a decimal number with at most ${decimals} decimals`;
  const [, fraction = ""] = text?.split(".") ?? [];
  if (text === undefined || !/^\d+(\.\d+)?$/.test(text) || fraction.length > decimals) {
    throw missing(`--${name}`, need, text);
  }
  return parseUnits(text, decimals);
}

function addressIn(name: keyof Given, given: Given): Address {
  const text = given[name];
  if (text === undefined || !isAddress(text)) throw missing(`--${name}`, "an EVM address, its checksum right", text);
  return getAddress(text);
}

function hex32In(name: keyof Given, given: Given): Hex {
  const text = given[name];
  if (text === undefined || !/^0x[0-9a-fA-F]{64}$/.test(text)) throw missing(`--${name}`, "0x and 64 hex digits", text);
  return text.toLowerCase() as Hex;
}

function missing(key: string, need: string, have = "not given"): ConfigError {
  return new ConfigError([{ key, have, need }]);
}

await runMain(main);
