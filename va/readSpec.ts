// SPDX-License-Identifier: Apache-2.0
import { type Hex, hexToBytes } from "viem";
import { ZodError } from "zod";
import { openLaunchSpec } from "../offchain/lease/launchSpec.ts";
import type { Offers } from "./offers.ts";
import type { SpecReading } from "./types.ts";

/**
 * Opens a sealed launch spec with the first identity that fits. The reason for a failure is shown in public: it names fields,
 * never what stands in them.
 *
 * @param identities `AGE-SECRET-KEY-1…`, the present one and those of before a rotation
 */
export async function readSpec(sealedSpec: Hex, identities: readonly string[]): Promise<SpecReading> {
  for (const identity of identities) {
    try {
      return { kind: "open", spec: await openLaunchSpec(hexToBytes(sealedSpec), identity) };
    } catch (error) {
      const fault = malformed(error);
      if (fault !== undefined) return { kind: "bad", reason: `The launch spec is malformed${fault}` };
    }
  }
  return {
    kind: "bad",
    reason: "The launch spec cannot be opened: it is not sealed to this appliance's key, or was altered",
  };
}

/** Turns a spec down that names an image which is not offered. */
export function refuseUnoffered(reading: SpecReading, { images }: Offers): SpecReading {
  if (reading.kind !== "open" || images.some(({ name }) => name === reading.spec.image)) return reading;
  return { kind: "bad", reason: "The image that the launch spec names is not offered here" };
}

/** Undefined when it could not be opened at all. */
function malformed(error: unknown): string | undefined {
  if (error instanceof SyntaxError) return ": it is not JSON";
  if (!(error instanceof ZodError)) return undefined;
  const fields = error.issues.map(({ path }) => String(path[0] ?? "")).filter((name) => FIELDS.has(name));
  return fields.length === 0 ? "" : ` in: ${[...new Set(fields)].join(", ")}`;
}

const FIELDS: ReadonlySet<string> = new Set(["image", "sshKeys", "userData", "recipient"]);
