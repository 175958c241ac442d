// SPDX-License-Identifier: Apache-2.0
import { getAddress, isAddress } from "viem";
import { z } from "zod";
import type { Hex } from "../bitcoin/bytes.ts";
import { MAX_ORDER } from "../lease/orderId.ts";

const MAX_UINT256 = 2n ** 256n - 1n;
const MAX_UINT32 = 2 ** 32 - 1;
/** What the contracts take at most as a sealed launch spec, bytes. */
const MAX_SEALED = 4096;

/** Bytes in hexadecimal, at most so many. */
export const bytes = (max: number) =>
  z
    .string()
    .regex(/^0x([0-9a-fA-F]{2})*$/, "must be bytes in hexadecimal, with 0x")
    .refine((hex) => hex.length <= 2 + 2 * max, `must be at most ${max} bytes`)
    .transform((hex) => hex.toLowerCase() as Hex);
export const bytes32 = bytes(32).refine((hex) => hex.length === 66, "must be 32 bytes");
const address = z
  .string()
  .refine((text) => isAddress(text), "must be an address (EIP-55, or in lower case)")
  .transform((text) => getAddress(text));
/** As a decimal string. */
export const uint256 = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,77})$/, "must be a decimal integer")
  .transform(BigInt)
  .refine((value) => value <= MAX_UINT256, "must fit in 256 bits");

/** A launch spec as the contracts get it. */
export const launchSchema = z.strictObject({ sealKeyHash: bytes32, sealedSpec: bytes(MAX_SEALED) });

/** Body of `POST /takes`: orders and integers of more than 32 bits are decimal strings. */
export const takeSchema = z.strictObject({
  order: z
    .string()
    .regex(/^[1-9][0-9]{0,36}$/, "must be a decimal integer")
    .transform(BigInt)
    .refine((value) => value <= MAX_ORDER, "must fit in 120 bits"),
  terms: z.strictObject({
    holder: address,
    appliance: z.number().int().min(0).max(MAX_UINT32),
    class: bytes32,
    quote: address,
    price: uint256,
    startFee: uint256,
    prepayment: uint256,
    refundScript: bytes(10_000),
    launchSpecHash: bytes32,
    salt: uint256,
    deadline: uint256,
  }),
  signature: bytes(2048),
  launch: launchSchema,
});

/** A holder's signed take of an ask, as `IExchange.take` gets it. */
export type Take = z.infer<typeof takeSchema>;

/** The form that `takeSchema` reads. */
export function takeToJson(take: Take): z.input<typeof takeSchema> {
  const { terms } = take;
  return {
    ...take,
    order: `${take.order}`,
    terms: {
      ...terms,
      price: `${terms.price}`,
      startFee: `${terms.startFee}`,
      prepayment: `${terms.prepayment}`,
      salt: `${terms.salt}`,
      deadline: `${terms.deadline}`,
    },
  };
}
