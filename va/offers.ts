// SPDX-License-Identifier: Apache-2.0
import { type Hex, stringToHex } from "viem";
import { z } from "zod";
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

const offerSchema = z.strictObject({
  class: classSchema,
  /** Name of the cloud's flavor that is such an instance. */
  flavor: z.string().min(1),
  /** Price code; see PriceCode.sol. */
  price: z.number().int().min(0).max(62_999),
  /** The most instances to have on offer and leased at a time. */
  maximum: z.number().int().min(0).max(65_535),
  /** The longest prepayment, hours. */
  prepaidHours: z.number().int().min(1).max(168),
  /** Depth that a payment needs. */
  confirmations: z.number().int().min(1).max(144),
  /** XOV base units that a reservation costs until it is paid, as a decimal string. */
  bond: z
    .string()
    .regex(/^\d{1,28}$/, "must be a whole number of XOV base units")
    .transform(BigInt),
});

/** What an appliance sells: the offers file (JSON). */
export const offersSchema = z.strictObject({
  /** Name of the cloud's network that instances are attached to. */
  network: z.string().min(1),
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
    .min(1),
  offers: z.array(offerSchema),
});

/** The offers file's content. */
export type Offers = z.output<typeof offersSchema>;
export type Offer = Offers["offers"][number];

/** The class as the contracts have it. */
export function classSpecOf({ class: spec }: Offer): ClassSpec {
  return { ...spec, gpuModel: left(spec.gpuModel, 16), architecture: left(spec.architecture, 8) };
}

function left(text: string, size: number): Hex {
  return stringToHex(text, { size });
}
