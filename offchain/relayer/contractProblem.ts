// SPDX-License-Identifier: Apache-2.0
import { BaseError, ContractFunctionRevertedError, hexToString } from "viem";
import { TransactionError } from "../chain/transactionError.ts";
import { customErrors } from "./contracts.ts";
import { type Problem, ProblemError } from "./problem.ts";

/** The caller could come at another time, or with another ask. */
const CONFLICTS: ReadonlySet<string> = new Set([
  "Exchange_Expired",
  "Exchange_SoldOut",
  "Exchange_TooManyUnfunded",
  "Exchange_UnknownOrder",
  "Leases_AlreadyOpened",
  "Leases_NotLaunchable",
  "Leases_NotStoppable",
  "Leases_SealKeyRotated",
  "Requests_NotActive",
]);
/** What this relayer lacks, not the caller. */
const OURS: ReadonlySet<string> = new Set(["Vault_BalanceTooSmall"]);

/** A contract's refusal as a problem; undefined when the error is no revert, and so says nothing about the call. */
export function contractProblem(error: unknown): Problem | undefined {
  const revert = revertOf(error);
  if (revert === undefined) return undefined;
  const code = revert.errorName ?? "REVERTED";
  const args = argsOf(revert);
  const { have, need } = haveAndNeed(args);
  const said = Object.entries(args).map(([name, value]) => `${name} ${value}`);
  return new ProblemError({
    code,
    status: OURS.has(code) ? 503 : CONFLICTS.has(code) ? 409 : 422,
    title: "The contracts refuse this",
    detail: said.length === 0 ? code : `${code}: ${said.join(", ")}`,
    ...(have === undefined ? {} : { have }),
    ...(need === undefined ? {} : { need }),
    args,
  }).problem;
}

interface Revert {
  readonly errorName: string | undefined;
  readonly args: readonly unknown[];
}

function revertOf(error: unknown): Revert | undefined {
  if (error instanceof TransactionError) return error.revert;
  const cause = error instanceof BaseError ? error.walk((e) => e instanceof ContractFunctionRevertedError) : undefined;
  if (!(cause instanceof ContractFunctionRevertedError)) return undefined;
  return { errorName: cause.data?.errorName, args: cause.data?.args ?? [] };
}

function argsOf({ errorName, args }: Revert): Record<string, string> {
  const inputs = customErrors.find(({ name }) => name === errorName)?.inputs ?? [];
  return Object.fromEntries(inputs.map(({ name }, i) => [name ?? `${i}`, textOf(name, args[i])]));
}

function textOf(name: string | undefined, value: unknown): string {
  // The one short text among the arguments: which of the terms does not match.
  return name === "field" ? hexToString(value as `0x${string}`, { size: 32 }) : String(value);
}

function haveAndNeed({ have, need, min, max, time, deadline, expiry, length }: Record<string, string | undefined>) {
  const bounds = min === undefined || max === undefined ? max : `${min} to ${max}`;
  return { have: have ?? length ?? time, need: need ?? bounds ?? deadline ?? expiry };
}
