// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";

/** Something in a committed file that belongs to one machine or to one person. */
export interface Finding {
  readonly path: string;
  /** Counted from 1. */
  readonly line: number;
  readonly what: string;
}

const PATTERNS: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: "a path of one machine", pattern: /(?<![\w.$}-])\/(?:home\/\w+|Users\/\w+|root|work)\// },
  {
    what: "an npm registry's host",
    pattern: /"resolved": "https?:\/\/(?!registry\.npmjs\.org\/)|^\s*(?:@[\w-]+:)?registry\s*=/,
  },
  { what: "a private key", pattern: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----|AGE-SECRET-KEY-1[0-9A-Z]{50}/ },
  {
    what: "an access token",
    pattern: /\b(?:gh[pousr]_\w{36}|github_pat_\w{50}|npm_\w{36}|AKIA[0-9A-Z]{16}|xox[bp]-[\w-]{20})|_authToken\s*=/,
  },
];

/** Looks through the text files that git keeps (or would, were they added) for machine paths, registry hosts and secrets. */
export async function findingsInCommittedFiles(): Promise<readonly Finding[]> {
  const options = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"];
  const paths = execFileSync("git", options, { encoding: "utf8", maxBuffer: 64 << 20 })
    .split("\0")
    .filter(Boolean);
  const findings: Finding[] = [];
  for (const path of paths) {
    const text = await readFile(path, "utf8").catch(() => ""); // deleted but not yet committed, or a link to a folder
    if (!text.includes("\0")) findings.push(...findingsIn(path, text));
  }
  return findings;
}

/** The findings in one file's text. */
export function findingsIn(path: string, text: string): readonly Finding[] {
  return text
    .split("\n")
    .flatMap((content, index) =>
      PATTERNS.filter(({ pattern }) => pattern.test(content)).map(({ what }) => ({ path, line: index + 1, what })),
    );
}
