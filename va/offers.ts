// SPDX-License-Identifier: Apache-2.0
import { getAddress, type Hex, isAddress, stringToHex } from "viem";
import { z } from "zod";
import { BITCOIN } from "../offchain/lease/terms.ts";
import { accessPolicySchema } from "./accessPolicy.ts";
import { cardOf, MAX_CARD_BYTES } from "./card.ts";
import type { ClassSpec } from "./chain/applianceChain.ts";

const ascii = (bytes: number) =>
  z
    .string()
    .regex(/^[\x21-\x7e]*$/, "must be printable ASCII")
    .max(bytes);

const classSchema = z.strictObject({
  vcpus: z.number().int().min(1).max(65_535),
  memoryMiB: z.number().int().min(1).max(4_294_967_295),
  diskGiB: z.number().int().min(0).max(4_294_967_295),
  gpus: z.number().int().min(0).max(255).default(0),
  gpuModel: ascii(16).default(""),
  architecture: ascii(8).min(1),
});

const bitcoinTerms = { confirmations: [1, 144], prepaidHours: [1, 168] } as const;
const tokenTerms = { confirmations: [0, 0], prepaidHours: [720, 720] } as const;

/** Cost-plus: `cost × (1 + margin + rush × utilisation)`, where utilisation is the leased share of `maximum`; see `askPrice`. */
const priceRuleSchema = z.strictObject({
  /** Quote units (bitcoin: millisatoshi) that an instance costs the provider an hour, as a decimal string. */
  cost: z
    .string()
    .regex(/^[1-9]\d{0,30}$/, "must be a whole number of quote units")
    .transform(BigInt),
  /** Share of the cost: 0.2 is a fifth. */
  margin: z.number().min(0).max(100),
  /** Share of the cost that is added when all is leased. */
  rush: z.number().min(0).max(100).default(0),
});

/** Start price × `perXov` × (1 + margin): what starts beyond a holder's limit cost the provider, passed on. */
const feeRuleSchema = z.strictObject({
  /** Quote units (bitcoin: millisatoshi) that an XOV is worth, as a decimal string. */
  perXov: z
    .string()
    .regex(/^[1-9]\d{0,30}$/, "must be a whole number of quote units")
    .transform(BigInt),
  /** Share of the price, for what it may rise until a start: 0.25 is a quarter. */
  margin: z.number().min(0).max(10).default(0.25),
});

const termsSchema = z.strictObject({
  class: classSchema,
  /** Name of the cloud's flavor that is such an instance. */
  flavor: z.string().min(1),
  /** A price code (see PriceCode.sol), or the rule that it follows. */
  price: z.union([z.number().int().min(0).max(62_999), priceRuleSchema]),
  /** The most instances to have on offer and leased at a time. */
  maximum: z.number().int().min(0).max(65_535),
  /** What is paid with: an ERC-20; native bitcoin by default. */
  quote: z
    .string()
    .refine((text) => isAddress(text), "must be an address (EIP-55, or in lower case)")
    .transform((text) => getAddress(text))
    .default(BITCOIN),
  /** The longest prepayment, hours: at most 168; in a token it is 720 for all. */
  prepaidHours: z.number().int().default(720),
  /** Depth that a payment needs, 1 to 144; none in a token. */
  confirmations: z.number().int().default(0),
  /** XOV base units that a reservation costs until it is paid, as a decimal string; none in a token. */
  bond: z
    .string()
    .regex(/^\d{1,28}$/, "must be a whole number of XOV base units")
    .transform(BigInt)
    .default(0n),
  /** What a start beyond the holder's limit costs it; without it the provider bears the start price. */
  startFee: feeRuleSchema.optional(),
});

const offerSchema = termsSchema.superRefine((offer, context) => {
  const isBitcoin = offer.quote === BITCOIN;
  const refuse = (field: string, need: string) => context.addIssue({ code: "custom", path: [field], message: need });
  for (const [field, [min, max]] of Object.entries(isBitcoin ? bitcoinTerms : tokenTerms)) {
    const have = offer[field as keyof typeof bitcoinTerms];
    if (have < min || have > max) refuse(field, `must be ${min === max ? min : `${min} to ${max}`}`);
  }
  if (!isBitcoin && offer.bond !== 0n) refuse("bond", "must be left out: a lease in a token is paid when it is taken");
});

/** What an appliance sells: the offers file (JSON). */
export const offersSchema = z.strictObject({
  /** Name of the cloud's network that instances are attached to. */
  network: z.string().min(1),
  /** How they are reached there and from outside. */
  access: accessPolicySchema.prefault({}),
  /** What holders may boot. */
  images: z
    .array(
      z.strictObject({
        /** As launch specs name it. */
        name: z.string().min(1).max(255),
        /** Name in the cloud, if it is another. */
        cloudName: z.string().min(1).max(255).optional(),
        /** User whom the image lets in with SSH keys. */
        user: z.string().min(1).max(32),
        /** Whether it writes its SSH host keys to the console, as cloud-init does: the access details wait for them. */
        hostKeys: z.boolean().default(true),
      }),
    )
    .min(1)
    .refine((images) => cardOf(images).length <= 2 + 2 * MAX_CARD_BYTES, `must fit in ${MAX_CARD_BYTES} bytes of JSON`),
  offers: z.array(offerSchema),
  /** Nothing new is sold; what is leased runs on. */
  maintenance: z.boolean().default(false),
});

/** The offers file's content. */
export type Offers = z.output<typeof offersSchema>;
export type Offer = Offers["offers"][number];
export type PriceRule = z.output<typeof priceRuleSchema>;

/** The class as the contracts have it. */
export function classSpecOf({ class: spec }: Offer): ClassSpec {
  return { ...spec, gpuModel: left(spec.gpuModel, 16), architecture: left(spec.architecture, 8) };
}

function left(text: string, size: number): Hex {
  return stringToHex(text, { size });
}
