// SPDX-License-Identifier: Apache-2.0
import { messageOf } from "../../offchain/core/errors.ts";

/** What one check of an appliance's surroundings found. */
export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  /** What is so. */
  readonly detail: string;
  /** What to do; where it is not ok. */
  readonly fix?: string;
}

/** What a check says: text when all is well, {@link Wrong} when not. */
export type Verdict = string | Wrong;

/** What is wrong, and how to mend it. */
export class Wrong {
  readonly detail: string;
  readonly fix: string;

  constructor(detail: string, fix: string) {
    this.detail = detail;
    this.fix = fix;
  }
}

/** Runs a check. @param fix what to do when it throws */
export async function look(name: string, fix: string, check: () => Promise<Verdict>): Promise<Finding> {
  try {
    const verdict = await check();
    if (typeof verdict === "string") return { name, ok: true, detail: verdict };
    return { name, ok: false, detail: verdict.detail, fix: verdict.fix };
  } catch (error) {
    return { name, ok: false, detail: messageOf(error).split("\n")[0] ?? "", fix };
  }
}
