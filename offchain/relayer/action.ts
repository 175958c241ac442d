// SPDX-License-Identifier: Apache-2.0
import { type Address, encodeAbiParameters, keccak256 } from "viem";
import { z } from "zod";
import { type Folder, openFolder } from "./folder.ts";
import { bytes, bytes32, launchSchema, uint256 } from "./take.ts";
import type { Hex } from "./types.ts";

const signed = { leaseId: bytes32, deadline: uint256, signature: bytes(2048) };

/** Body of `POST /actions`: integers of more than 40 bits are decimal strings. */
export const actionSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("stop"), ...signed }),
  z.strictObject({ kind: z.literal("launch"), ...signed, launch: launchSchema }),
]);

/** What a holder has signed about its lease, as `stopBySig` and `launchBySig` of ILeases get it. */
export type HolderAction = z.infer<typeof actionSchema>;

/** Body of `POST /actions` that asks for the console: nothing is promised, so no journal keeps it. */
export const consoleRequestSchema = z.strictObject({ kind: z.literal("console"), ...signed });

/** What a holder has signed for `requestConsoleBySig` of IRequests. */
export type ConsoleRequest = z.infer<typeof consoleRequestSchema>;

/** The form that `actionSchema` reads. */
export function actionToJson(action: HolderAction): z.input<typeof actionSchema> {
  return { ...action, deadline: `${action.deadline}` };
}

/** An action that this relayer has promised to submit. */
export interface JournaledAction {
  readonly holder: Address;
  /** The holder's nonce that it uses up. */
  readonly nonce: bigint;
  readonly action: HolderAction;
}

/** Actions on disk, by {@link actionKey}. */
export type ActionJournal = Folder<JournaledAction>;

/** One nonce is used up once, whatever by. */
export function actionKey(holder: Address, nonce: bigint): Hex {
  return keccak256(encodeAbiParameters([{ type: "address" }, { type: "uint256" }], [holder, nonce]));
}

const address = z.custom<Address>((value) => typeof value === "string" && /^0x[0-9a-fA-F]{40}$/.test(value), "address");
const fileSchema = z.object({ holder: address, nonce: uint256, action: actionSchema });

/**
 * Opens the journal of actions in a folder; makes the folder if it is not there.
 * @throws FileError when a file is not what was written
 */
export function openActionJournal(path: string): Promise<ActionJournal> {
  return openFolder<JournaledAction>(path, fileSchema, ({ holder, nonce, action }) => {
    return { holder, nonce: `${nonce}`, action: actionToJson(action) };
  });
}
