// SPDX-License-Identifier: Apache-2.0

/** Turns what a real cloud said into text that is the same for every recording: equal things stay equal. */
export type Sanitise = (value: unknown) => unknown;

interface Rule {
  readonly pattern: RegExp;
  readonly replace: (found: string, number: number) => string;
}

const pad = (number: number, width: number) => number.toString(16).padStart(width, "0");

const RULES: readonly Rule[] = [
  // Keystone's Fernet tokens
  { pattern: /\bgAAAA[A-Za-z0-9_-]{20,}={0,2}/g, replace: (_found, n) => `TOKEN-${n}` },
  {
    pattern: /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g,
    replace: (_, n) => `00000000-0000-4000-8000-${pad(n, 12)}`,
  },
  // hostId is a SHA-224, an image has a SHA-512, audit ids are 22 characters of base64
  { pattern: /\b[0-9a-f]{56,128}\b/g, replace: (found, n) => pad(n, found.length) },
  { pattern: /\b[0-9a-f]{32}\b/g, replace: (_, n) => pad(n, 32) },
  { pattern: /\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b/g, replace: (_, n) => `fa:16:3e:00:00:${pad(n, 2)}` },
  { pattern: /\b10\.77\.\d{1,3}\.\d{1,3}\b/g, replace: (_, n) => `192.0.2.${n}` },
  { pattern: /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/g, replace: () => "2026-01-01T00:00:00" },
  { pattern: /\bxov-record-[0-9a-z]+/g, replace: () => "xov-record" },
];

/** Keys whose values are secrets or random as a whole. */
const HIDDEN: ReadonlySet<string> = new Set(["adminPass", "secret", "audit_ids", "fingerprint"]);

/**
 * @param literals further text to replace, e.g. a service's URL by a name for it
 */
export function createSanitiser(literals: ReadonlyMap<string, string>): Sanitise {
  const seen = RULES.map(() => new Map<string, string>());
  const text = (value: string): string => {
    let result = value;
    for (const [from, to] of literals) result = result.replaceAll(from, to);
    RULES.forEach((rule, index) => {
      result = result.replace(rule.pattern, (found) => {
        const names = seen[index] ?? new Map<string, string>();
        const known = names.get(found) ?? rule.replace(found, names.size + 1);
        names.set(found, known);
        return known;
      });
    });
    return result;
  };
  const walk: Sanitise = (value) => {
    if (typeof value === "string") return text(value);
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [text(key), HIDDEN.has(key) ? hidden(each) : walk(each)]),
    );
  };
  return walk;
}

function hidden(value: unknown): unknown {
  return Array.isArray(value) ? value.map(() => "HIDDEN") : "HIDDEN";
}
