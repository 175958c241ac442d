// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";

/** Something that a committed file may not have, such as what belongs to one machine or to one person. */
export interface Finding {
  readonly path: string;
  /** Counted from 1. */
  readonly line: number;
  readonly what: string;
}

interface Dependencies {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const MOST_LINES = 500;
const PATTERNS: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: "a path of one machine", pattern: /(?<![\w.$}-])\/(?:home\/\w+|Users\/\w+|root|work)\// },
  {
    what: "an npm registry's host",
    pattern: /"resolved": "https?:\/\/(?!registry\.npmjs\.org\/)|^\s*(?:@[\w-]+:)?registry\s*=/,
  },
  {
    what: "a private key",
    pattern: /^-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----$|AGE-SECRET-KEY-1(?!(.)\1{9})[0-9A-Z]{50}/,
  },
  {
    what: "an access token",
    pattern: /\b(?:gh[pousr]_\w{36}|github_pat_\w{50}|npm_\w{36}|AKIA[0-9A-Z]{16}|xox[bp]-[\w-]{20})|_authToken\s*=/,
  },
];

/** Looks through the text files that git keeps (or would, were they added) and compares the lock file with package.json. */
export async function findingsInCommittedFiles(): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const path of committedPaths()) {
    const text = await readFile(path, "utf8").catch(() => ""); // deleted but not yet committed, or a link to a folder
    if (!text.includes("\0")) findings.push(...findingsIn(path, text));
  }
  const [manifest, lock] = await Promise.all(
    ["package.json", "package-lock.json"].map((path) => readFile(path, "utf8")),
  );
  return [...findings, ...findingsInLock(manifest ?? "", lock ?? "")];
}

function committedPaths(): readonly string[] {
  const list = [
    "-c",
    "safe.directory=*",
    "ls-files",
    "-z",
    "--cached",
    "--others",
    "--exclude-standard",
    "--deduplicate",
  ];
  const { status, stdout } = spawnSync("git", list, { encoding: "utf8", maxBuffer: 64 << 20 });
  if (status === 0) return stdout.split("\0").filter(Boolean);
  return globSync("**/*", { exclude: ["node_modules", "artifacts", "cache", ".xov", ".git"] }); // not a git work tree
}

/** The dependencies that package.json and the lock file do not agree on. */
export function findingsInLock(manifest: string, lock: string): readonly Finding[] {
  const wanted: Dependencies = JSON.parse(manifest);
  const locked: Dependencies | undefined = JSON.parse(lock).packages?.[""];
  const isSame = (["dependencies", "devDependencies"] as const).every((kind) =>
    isDeepStrictEqual(wanted[kind] ?? {}, locked?.[kind] ?? {}),
  );
  return isSame ? [] : [{ path: "package-lock.json", line: 1, what: "not in step with package.json" }];
}

/** The findings in one file's text. */
export function findingsIn(path: string, text: string): readonly Finding[] {
  const lines = text.split("\n");
  const findings = lines.flatMap((content, index) =>
    PATTERNS.filter(({ pattern }) => pattern.test(content)).map(({ what }) => ({ path, line: index + 1, what })),
  );
  if (!/^(?!typechain-types\/).*\.(?:[mc]?tsx?|mjs|sol|sh)$/.test(path)) return findings;
  if (!lines.slice(0, 2).some((line) => line.includes("SPDX-License-Identifier: Apache-2.0"))) {
    findings.push({ path, line: 1, what: "no SPDX header" });
  }
  if (lines.length > MOST_LINES + 1)
    findings.push({ path, line: MOST_LINES + 1, what: `more than ${MOST_LINES} lines` });
  return findings;
}
