// SPDX-License-Identifier: Apache-2.0
// What the contracts know of holders and providers, as `ITrustLens.sol` says it at the block that an answer names. XOV is in base
// units, as decimal strings; compute units and compute-unit-hours are numbers, exact to thousandths as far as they are below 2^43.
import { z } from "zod";
import { addressSchema, amountSchema, blockSchema, hexSchema, timeSchema } from "./basics.ts";

const unitsSchema = z.number().nonnegative().meta({ description: "Compute units." });
const unitHoursSchema = z.number().nonnegative().meta({ description: "Compute-unit-hours." });
const countSchema = z.int().nonnegative();

/** Instances of one ask at most. */
const MAX_COUNT = 65_535;

export const accountTrustQuerySchema = z.strictObject({
  units: z
    .string()
    .regex(/^\d{1,6}(\.\d{1,3})?$/, "must be a number of compute units, with at most three decimals")
    .optional()
    .meta({ description: "Compute units of an instance: what starting it would mean is answered, too." }),
  count: z.coerce.number().int().min(1).max(MAX_COUNT).default(1).meta({ description: "Instances of so many units." }),
});

/** What starts would mean for an account now. What it has asked for and what has not started yet is not counted. */
export const startQuoteSchema = z.object({
  units: unitsSchema,
  count: countSchema,
  /** All of them: then no start fee is charged. */
  withinLimit: z.boolean(),
  withinLimitCount: countSchema,
  /** What starting the others now costs their provider, XOV base units; an ask's start fee passes it on. */
  price: amountSchema,
  /** So many cannot start now: too many have lately. */
  exhausted: z.boolean(),
});

/** An account as a user: how much compute it may use at once without paying for starts. */
export const accountTrustSchema = z.object({
  account: addressSchema,
  deposit: amountSchema,
  cooling: amountSchema,
  /** Of both, by claims. */
  frozen: amountSchema,
  /** From when the oldest request can be withdrawn. */
  leavesAt: timeSchema.nullable(),
  /** What it has consumed and what was metered. */
  karma: unitHoursSchema,
  limit: unitsSchema,
  used: unitsSchema,
  available: unitsSchema,
  /** Claims against it that were upheld. */
  upheld: countSchema,
  /** Null unless `units` was asked for. */
  start: startQuoteSchema.nullable(),
  block: blockSchema,
});
export type AccountTrust = z.infer<typeof accountTrustSchema>;

export const startPriceSchema = z.object({
  /** XOV base units that starting one compute unit beyond a limit costs now, at the margin; and in a quiet time. */
  perUnit: amountSchema,
  floor: amountSchema,
  /** Until it is the floor again, if nobody starts anonymously. */
  secondsToFloor: z.int().nonnegative(),
  /** Compute units an hour that may start so at a steady price. */
  target: unitsSchema,
  /** What the network runs on average. */
  globalRate: unitsSchema,
  block: blockSchema,
});
export type StartPrice = z.infer<typeof startPriceSchema>;

/** What a provider has done, over all its appliances and pools; of leases that have ended. */
const providerRecordSchema = z.object({
  /** Starts: those that it made, declined or was silent to. */
  asked: countSchema,
  made: countSchema,
  promised: unitHoursSchema,
  delivered: unitHoursSchema,
  /** Claims against it that were upheld. */
  upheld: countSchema,
});

export const standingSchema = z.object({
  record: providerRecordSchema,
  /** XOV base units at stake: free, locked or leaving. */
  staked: amountSchema,
});
export type Standing = z.infer<typeof standingSchema>;

const attestationSchema = z.object({
  attestedAt: timeSchema,
  /** Of one that was revoked, when. */
  expiresAt: timeSchema,
  /** After a claim: no new one before. */
  barredUntil: timeSchema.nullable(),
  componentsHash: hexSchema,
  /** Whether it counts now. */
  listable: z.boolean(),
});

export const providerSchema = z.object({
  provider: addressSchema,
  ...standingSchema.shape,
  stake: z.object({
    free: amountSchema,
    locked: amountSchema,
    leaving: amountSchema,
    leavesAt: timeSchema.nullable(),
    /** Lost of what is locked. */
    short: amountSchema,
    frozen: amountSchema,
  }),
  /** For its fees and start prices, XOV base units. */
  purse: amountSchema,
  /** What a claim could take, XOV base units. */
  seizable: amountSchema,
  appliances: z.array(
    z.object({
      id: z.int(),
      region: z.string(),
      /** The pool's number. */
      pool: z.int(),
      /** Null if it never attested. */
      attestation: attestationSchema.nullable(),
    }),
  ),
  block: blockSchema,
});
export type Provider = z.infer<typeof providerSchema>;
