// SPDX-License-Identifier: Apache-2.0
// The pool's REST API as zod schemas: the service validates and documents with them, the page takes its types from them.
// Amounts are decimal strings: bitcoin in millisatoshi (msat), tokens in base units (XOV: 10⁻¹⁸). Times are Unix seconds of the
// EVM chain's blocks, never of a machine; "provider clock" times are seconds of an appliance's own clock.
import { z } from "zod";
import { MAX_ORDER } from "../lease/orderId.ts";
import { addressSchema, amountSchema, blockSchema, hexSchema, timeSchema } from "./basics.ts";
import { TIMELINE_KINDS } from "./timelineKinds.ts";
import { standingSchema } from "./trustApi.ts";

/** A month of prices: hours. */
export const HOURS_PER_MONTH = 730;
/** What the contracts take at most as a sealed launch spec, bytes. */
const MAX_SEALED = 4096;

const givenHex = z.string().regex(/^0x([0-9a-fA-F]{2})*$/, "must be bytes in hexadecimal, with 0x");
const bytes32 = givenHex.length(66, "must be 32 bytes in hexadecimal, with 0x");
const atMost = (bytes: number) => givenHex.max(2 + 2 * bytes, `must be at most ${bytes} bytes`);

export const leaseIdSchema = bytes32.meta({ description: "A lease's id: the EIP-712 digest of its terms." });
const uint256 = amountSchema.max(78, "must fit in 256 bits");
const clockTimeSchema = z.int().nonnegative().meta({ description: "Seconds of the appliance's provider clock." });

export const networkSchema = z.object({
  chainId: z.int().positive(),
  /** Addresses by contract name; `Leases` is the verifying contract of terms. */
  contracts: z.record(z.string(), addressSchema),
  bitcoinNetwork: z.enum(["mainnet", "testnet", "signet", "regtest"]),
  pool: z.object({ id: z.int().nonnegative(), name: z.string(), operator: addressSchema }),
  block: blockSchema,
  /** The tip of Bitcoin as the contracts know it; null before the first header. */
  bitcoinHeight: z.int().nonnegative().nullable(),
});
export type Network = z.infer<typeof networkSchema>;

export const classSchema = z.object({
  id: hexSchema,
  vcpus: z.int(),
  memoryMiB: z.int(),
  diskGiB: z.int(),
  gpus: z.int(),
  gpuModel: z.string().nullable(),
  architecture: z.string(),
});
export type ComputeClass = z.infer<typeof classSchema>;

export const priceSchema = z.object({
  /** Exact; what terms name. */
  msatPerHour: amountSchema,
  /** Exact, with up to three decimals. */
  satsPerHour: z.string(),
  /** For 730 hours, rounded up to whole satoshi. */
  satsPerMonth: amountSchema,
});
export type Price = z.infer<typeof priceSchema>;

/** What an appliance did with the starts that it was asked for, as the pool has counted. */
export const recordSchema = z.object({
  /** Leases that were paid, and launches of other specs. */
  asked: z.int(),
  made: z.int(),
  declined: z.int(),
  /** Not answered within the start window. */
  missed: z.int(),
  /** From asking to start, over all starts made. */
  meanStartSeconds: z.int().nullable(),
});
export type StartRecord = z.infer<typeof recordSchema>;

/** An order's id, of 120 bits. */
export const orderSchema = z
  .string()
  .regex(/^[1-9][0-9]{0,36}$/, { error: "must be a decimal integer", abort: true })
  .refine((text) => BigInt(text) <= MAX_ORDER, "must fit in 120 bits");

export const offerSchema = z.object({
  order: orderSchema,
  appliance: z.int().nonnegative(),
  provider: addressSchema,
  region: z.string(),
  class: classSchema,
  computeUnits: z.number(),
  price: priceSchema,
  /** Confirmations that a payment needs. */
  confirmations: z.int(),
  /** The longest prepayment that the provider's stake covers, hours; the shortest is one. */
  prepaidHours: z.int(),
  /** XOV base units that the opener posts until the lease is paid. */
  bond: amountSchema,
  /** What the start costs a holder beyond its limit, beside the price; within it nothing. Terms name it. */
  startFeeMsat: amountSchema,
  /** Instances left. */
  quantity: z.int(),
  /** Of these, how many can be reserved now: unpaid reservations hold at most a quarter of an ask. */
  reservable: z.int(),
  /** When the ask leaves the book. */
  expiry: timeSchema,
  /** Names of images, as the appliance's card lists them, or else the pool's catalogue; empty where neither has any. */
  images: z.array(z.string()),
  /** What launch specs are sealed to. */
  sealKey: z.object({ recipient: z.string(), hash: hexSchema }),
  /** x-only; with the lease's id it gives the address to pay to. */
  bitcoinKey: hexSchema,
  /** From exhaustion to the end, seconds of the provider clock. */
  graceSeconds: z.int(),
  /** When the VA last proved that it is alive. */
  lastBeat: timeSchema,
  /** The last second at which what the appliance has attested of its stack counts. */
  attestedUntil: timeSchema,
  record: recordSchema,
  /** What the contracts know of its provider, over all its appliances and pools; null while the chain does not answer. */
  standing: standingSchema.nullable(),
});
export type Offer = z.infer<typeof offerSchema>;

export const OFFER_SORTS = ["price", "unit-price", "vcpus", "memory", "disk", "newest"] as const;
const sorts = OFFER_SORTS.flatMap((sort) => [sort, `-${sort}`] as const);
const count = z.coerce
  .number()
  .int()
  .nonnegative()
  .max(2 ** 31 - 1);
const word = (length: number) =>
  z
    .string()
    .max(length)
    .regex(/^\P{Cc}*$/u, "must have no control characters");

/** A form sends what is not filled in as an empty text. */
const filter = <S extends z.ZodType>(schema: S) =>
  z.preprocess((value) => (value === "" ? undefined : value), schema.optional());

export const offersQuerySchema = z.strictObject({
  image: filter(word(255)).meta({ description: "Only offers that list this image." }),
  region: filter(word(64)),
  minVcpus: filter(count),
  minMemory: filter(count).meta({ description: "MiB." }),
  minDisk: filter(count).meta({ description: "GiB." }),
  maxPrice: filter(z.coerce.number().nonnegative().max(1e9)).meta({ description: "Satoshi per hour." }),
  gpu: filter(word(16)).meta({ description: "A GPU model, `any` for at least one, `none` for none." }),
  sort: z.enum(sorts).default("price").meta({ description: "A leading `-` reverses the order." }),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional().meta({ description: "`nextCursor` of the page before." }),
});
export type OffersQuery = z.input<typeof offersQuerySchema>;

export const offersSchema = z.object({
  offers: z.array(offerSchema),
  /** Of all pages. */
  total: z.int(),
  nextCursor: z.string().nullable(),
  /** What the filters can be set to: over all live offers, whatever the query. */
  choices: z.object({ regions: z.array(z.string()), images: z.array(z.string()), gpuModels: z.array(z.string()) }),
  block: blockSchema,
});
export type Offers = z.infer<typeof offersSchema>;

/** A signed take of one ask; terms as `offchain/lease/terms.ts` signs them, orders and integers beyond 32 bits as decimal strings. */
export const takeBodySchema = z.strictObject({
  order: orderSchema,
  terms: z.strictObject({
    holder: addressSchema,
    appliance: z
      .int()
      .nonnegative()
      .max(2 ** 32 - 1),
    class: bytes32,
    quote: addressSchema,
    price: uint256,
    startFee: uint256,
    prepayment: uint256,
    refundScript: atMost(10_000),
    launchSpecHash: bytes32,
    salt: uint256,
    deadline: uint256,
  }),
  signature: atMost(2048),
  launch: z.strictObject({ sealKeyHash: bytes32, sealedSpec: atMost(MAX_SEALED) }),
});
export type TakeBody = z.infer<typeof takeBodySchema>;

export const takenSchema = z.object({ leaseId: hexSchema });
export type Taken = z.infer<typeof takenSchema>;

const signed = { leaseId: bytes32, deadline: uint256, signature: atMost(2048) };

/**
 * What a holder signs about its lease (EIP-712); see `stopBySig` and `launchBySig` in `ILeases.sol`, and `requestConsoleBySig` in
 * `IRequests.sol`.
 */
export const actionBodySchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("stop"), ...signed }),
  z.strictObject({ kind: z.literal("console"), ...signed }),
  z.strictObject({ kind: z.literal("launch"), ...signed, launch: takeBodySchema.shape.launch }),
]);
export type ActionBody = z.infer<typeof actionBodySchema>;

export const paymentSchema = z.object({
  /** As explorers print it. */
  txid: z.string(),
  vout: z.int(),
  sats: amountSchema,
  /**
   * - seen: in the mempool
   * - confirming: in a block; `confirmations` of `needed`
   * - credited: the lease has it
   * - replaced: another transaction, `replacedBy`, spends the same coins
   * - dropped: neither in the mempool nor in a block any more
   * - revoked: it was credited, and a reorganisation of Bitcoin took its block away
   */
  status: z.enum(["seen", "confirming", "credited", "replaced", "dropped", "revoked"]),
  /** Null when only the chain's own record of the payment is at hand. */
  confirmations: z.int().nullable(),
  needed: z.int().nullable(),
  replacedBy: z.string().nullable(),
});
export type Payment = z.infer<typeof paymentSchema>;

export const paymentsSchema = z.object({
  list: z.array(paymentSchema),
  /** False when the relayer does not answer: then payments that are not credited yet are missing. */
  watched: z.boolean(),
});

/**
 * All that earnings follow from; `leaseAt` in `accrual.ts` does the arithmetic for any moment. Amounts are in the unit of
 * the lease's quote: msat, or base units of its token.
 */
export const accrualSchema = z.object({
  perHour: amountSchema,
  /** What is paid in this period and can be spent on time: without the start fee. */
  deposit: amountSchema,
  /** Bitcoin that came in grace and is too little for a new period: nothing of it is spent. */
  aside: amountSchema,
  /** Provider clock at the start of the period. */
  periodStart: clockTimeSchema,
  /** When the deposit is used up, provider clock; under notice, when the lease ends. */
  exhaustedAt: clockTimeSchema,
  /** When grace ends, provider clock: from then on the lease is closed, whoever records it. Under notice there is none. */
  overAt: clockTimeSchema,
  /** The appliance's clock at any time is `elapsed + min(time − lastBeat, window)`. */
  clock: z.object({ elapsed: clockTimeSchema, lastBeat: timeSchema, window: z.int().positive() }),
});
export type Accrual = z.infer<typeof accrualSchema>;

export const CLOSE_REASONS = ["stopped", "exhausted", "declined", "not-started", "ended", "evicted", "unpaid"] as const;

export const PHASES = [
  /** Waits for its payment. */
  "payment",
  /** Not paid in time; it may be closed by anyone. */
  "lapsed",
  /** Paid; the provider boots. Nothing is charged yet. */
  "starting",
  /** Paid, and not started in time; it may be closed by anyone. */
  "overdue",
  /** Paid, and accrues: capacity that nothing was launched on yet. */
  "reserved",
  /** It accrues, and the provider is asked for a start: of reserved capacity, or of another launch spec. */
  "launching",
  "running",
  /** The provider has given notice: it ends when what is paid is used up, without grace. */
  "notice",
  /** What was paid is used up: halted, and deleted at the end of grace unless paid. */
  "grace",
  "ended",
] as const;

const applianceBrief = z.object({ id: z.int(), provider: addressSchema, region: z.string() });

/** What a start beyond the holder's limit costs, once; within the limit it is waived. In the unit of the lease's quote. */
const startFeeSchema = z.object({
  agreed: amountSchema,
  /** Of what the provider has earned in this period; no time was bought with it. */
  earned: amountSchema,
  /** What the start has cost, in whatever period; "0" when it was waived, null before it is decided by a start. */
  charged: amountSchema.nullable(),
});
export type StartFee = z.infer<typeof startFeeSchema>;

/** What leases have in common, whatever they are paid in. */
const summaryShape = {
  leaseId: hexSchema,
  holder: addressSchema,
  /** As the contracts say it is now: closed also when grace is over and nobody has recorded it. */
  state: z.enum(["unfunded", "pending", "reserved", "active", "closed"]),
  phase: z.enum(PHASES),
  /** Why it was closed. */
  reason: z.enum(CLOSE_REASONS).nullable(),
  /** Whether the holder can end it early. */
  stoppable: z.boolean(),
  appliance: applianceBrief,
  class: classSchema,
  /** Null before it accrues; of a closed lease, null. */
  accrual: accrualSchema.nullable(),
  /** While unfunded. */
  payBy: timeSchema.nullable(),
  /** While a start is awaited. */
  startBy: timeSchema.nullable(),
  startFee: startFeeSchema,
  openedAt: timeSchema,
  /** The first start. */
  startedAt: timeSchema.nullable(),
  closedAt: timeSchema.nullable(),
};

export const leaseSummarySchema = z.object({
  ...summaryShape,
  currency: z.literal("bitcoin"),
  price: priceSchema,
  /** Paid in this period, msat. */
  depositMsat: amountSchema,
});
export type LeaseSummary = z.infer<typeof leaseSummarySchema>;

/** A lease paid in an ERC-20. Amounts are in its base units: what they are worth the token says. */
export const tokenLeaseSummarySchema = z.object({
  ...summaryShape,
  currency: z.literal("token"),
  token: addressSchema,
  perHour: amountSchema,
  /** Paid in this period. */
  deposit: amountSchema,
});

export const anyLeaseSummarySchema = z.discriminatedUnion("currency", [leaseSummarySchema, tokenLeaseSummarySchema]);
export type AnyLeaseSummary = z.infer<typeof anyLeaseSummarySchema>;

export const timelineEntrySchema = z.object({
  kind: z.enum(TIMELINE_KINDS),
  /** What happened, for a person. */
  text: z.string(),
  time: timeSchema,
  block: z.int(),
  txHash: hexSchema,
  /** How likely it is to stay: a reorg of the chain can still remove what is not finalized. */
  finality: z.enum(["latest", "safe", "finalized"]),
});
export type TimelineEntry = z.infer<typeof timelineEntrySchema>;

/** Where and how much to pay. */
export const payToSchema = z.object({
  address: z.string(),
  /** The agreed prepayment, whole satoshi, rounded up; no less than nodes pass on. */
  sats: amountSchema,
  /** The least that starts the lease: an hour and the start fee; no less than nodes pass on. */
  minimumSats: amountSchema,
  /** BIP-21: before the funding with what is missing of the agreed amount, else without an amount. */
  uri: z.string(),
});

/** What there is to say of a lease beyond its summary, whatever it is paid in. */
const detailsShape = {
  block: blockSchema,
  order: orderSchema,
  graceSeconds: z.int(),
  /** What the provider said when it declined. */
  explanation: z.string().nullable(),
  /** The newest access details, sealed to the holder's age recipient. */
  access: z.object({ sealed: hexSchema, time: timeSchema }).nullable(),
  /** Oldest first. */
  timeline: z.array(timelineEntrySchema),
};

const minedShape = { txid: z.string(), vout: z.int(), msat: amountSchema, height: z.int(), confirmations: z.int() };
/** How far the refund of a closed lease has come. */
const refundStateSchema = z.object({
  /** Owed and not refunded, less what is proven and does not count for good yet. */
  openMsat: amountSchema,
  /** Something is owed, and too little to be refunded: it counts again together with what arrives later. */
  tooSmall: z.boolean(),
  /** Until when the provider has to refund, while it has to; without a refund script it never can. */
  dueBy: timeSchema.nullable(),
  /** The deadline has passed: anyone may claim the collateral for the holder. */
  claimable: z.boolean(),
  /** The collateral is claimed for so much, and paid from then on, as far as that is still owed. */
  claim: z.object({ msat: amountSchema, payableAt: timeSchema }).nullable(),
  /** What was owed and paid from the collateral, to the holder's vault balance; `xov` in base units. */
  paidFromStake: z.object({ msat: amountSchema, xov: amountSchema }).nullable(),
  /** Credited since the close: it bought nothing and is owed, too. */
  lateMsat: amountSchema,
  refunds: z.array(
    z.object({
      ...minedShape,
      /** From when it may count for good; null once it does. */
      countsAt: timeSchema.nullable(),
    }),
  ),
});
export type RefundState = z.infer<typeof refundStateSchema>;

export const leaseSchema = leaseSummarySchema.extend({
  ...detailsShape,
  /** The terms that the holder signed, with which their digest, the lease's id, can be checked. */
  terms: takeBodySchema.shape.terms,
  confirmations: z.int(),
  payTo: payToSchema,
  payments: paymentsSchema,
  /** Of the agreed prepayment, how much the provider's stake covers, and with how much XOV; both shrink after the close. */
  cover: z.object({ coveredMsat: amountSchema, collateral: amountSchema }),
  /** Once closed: what the provider earned, and what of the deposit it owes to the refund script. */
  settlement: z.object({ earnedMsat: amountSchema, owedMsat: amountSchema, refundScript: hexSchema }).nullable(),
  /** Once the close is recorded. */
  refund: refundStateSchema.nullable(),
});

/** The chain does not tell all terms of a lease in a token: nothing is to be checked or paid at an address. */
export const tokenLeaseSchema = tokenLeaseSummarySchema.extend({
  ...detailsShape,
  prepayment: amountSchema,
  /** Once closed: what the provider earned, and what went back to the holder's vault balance. */
  settlement: z.object({ earned: amountSchema, refunded: amountSchema }).nullable(),
});

const problemBrief = z.object({ code: z.string(), title: z.string(), detail: z.string() });

/** A lease that the relayer has accepted and the chain does not have (yet). */
export const queuedLeaseSchema = z.object({
  leaseId: hexSchema,
  /** refused: the contracts did not take it after all, for the reason in `refusal`. */
  state: z.enum(["queued", "refused"]),
  /** Null for a lease that is not paid in bitcoin. */
  address: z.string().nullable(),
  payments: paymentsSchema,
  refusal: problemBrief.nullable(),
  block: blockSchema,
});

export const leaseAnswerSchema = z.union([queuedLeaseSchema, leaseSchema, tokenLeaseSchema]);
export type Lease = z.infer<typeof leaseSchema>;
export type TokenLease = z.infer<typeof tokenLeaseSchema>;
export type QueuedLease = z.infer<typeof queuedLeaseSchema>;
export type LeaseAnswer = z.infer<typeof leaseAnswerSchema>;

export const holderLeasesQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
});

export const holderLeasesSchema = z.object({
  /** Newest first. */
  leases: z.array(anyLeaseSummarySchema),
  nextCursor: z.string().nullable(),
  block: blockSchema,
});
export type HolderLeases = z.infer<typeof holderLeasesSchema>;

/** What a holder has to sign its next action with: each counts once, in this order, over all its leases. */
export const nonceSchema = z.object({ nonce: amountSchema });

const several = <S extends z.ZodType>(schema: S) =>
  z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(schema).max(50));

export const eventsQuerySchema = z
  .strictObject({
    lease: several(leaseIdSchema).optional().meta({ description: "Repeatable." }),
    holder: several(addressSchema).optional().meta({ description: "Repeatable." }),
    offers: z.string().optional().meta({ description: "Present, with any value: changes of the offers." }),
  })
  .refine(({ lease, holder, offers }) => lease !== undefined || holder !== undefined || offers !== undefined, {
    message: "one of lease, holder and offers has to be there",
    path: ["lease"],
  });

/**
 * What `GET /api/events` sends, by the event's name; each carries what holds now, so that a missed one costs nothing:
 * - lease: a lease that was asked for (`LeaseAnswer`)
 * - holder: a lease of a holder that was asked for (`AnyLeaseSummary`)
 * - offers: some offers have changed; ask again with your filter
 * - block: time has passed on the chain
 * - reset: the index no longer knows what came after your Last-Event-ID; ask for everything again
 */
export const serverEventSchemas = {
  lease: leaseAnswerSchema,
  holder: anyLeaseSummarySchema,
  offers: z.object({ block: blockSchema }),
  block: blockSchema,
  reset: z.object({}),
} as const;

export const healthSchema = z.object({
  ok: z.boolean(),
  /** Why not. */
  reasons: z.array(z.string()),
  block: blockSchema.nullable(),
});
export type Health = z.infer<typeof healthSchema>;

/** An OpenAPI 3.1 document: as much of it as every one has. */
export const openApiSchema = z.looseObject({ openapi: z.string(), info: z.looseObject({}), paths: z.looseObject({}) });
