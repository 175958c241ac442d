// SPDX-License-Identifier: Apache-2.0

/** Which SPDX identifiers count as open source. */
export interface LicencePolicy {
  readonly licences: readonly string[];
  /** What may stand after WITH. */
  readonly exceptions: readonly string[];
}

/**
 * Whether a policy accepts an SPDX licence expression (SPDX specification, annex "SPDX license expressions"): of `A OR B` one side, of
 * `A AND B` both, of `A WITH E` the licence and the exception, `A+` where `A`. Identifiers are compared without regard to case;
 * AND binds closer than OR. What is no expression is not accepted.
 */
export function accepts(policy: LicencePolicy, expression: string): boolean {
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
  const has = (list: readonly string[], id: string) => list.some((each) => each.toLowerCase() === id.toLowerCase());
  let at = 0;
  const isNext = (word: string) => tokens[at]?.toUpperCase() === word;
  const fail = (): never => {
    throw new SyntaxError("no SPDX expression");
  };
  const identifier = (): string => {
    const token = tokens[at++];
    return token !== undefined && /^[A-Za-z0-9.-]+\+?$/.test(token) && !RESERVED.has(token.toUpperCase())
      ? token
      : fail();
  };
  const simple = (): boolean => {
    if (isNext("(")) {
      at++;
      const inner = either();
      if (!isNext(")")) fail();
      at++;
      return inner;
    }
    const licence = has(policy.licences, identifier().replace(/\+$/, ""));
    if (!isNext("WITH")) return licence;
    at++;
    return has(policy.exceptions, identifier()) && licence;
  };
  const all = (): boolean => {
    let result = simple();
    while (isNext("AND")) {
      at++;
      result = simple() && result;
    }
    return result;
  };
  const either = (): boolean => {
    let result = all();
    while (isNext("OR")) {
      at++;
      result = all() || result;
    }
    return result;
  };
  try {
    const result = either();
    return at === tokens.length && result;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

const RESERVED: ReadonlySet<string> = new Set(["AND", "OR", "WITH"]);

/**
 * Licences that the Open Source Initiative has approved and that hypervisors, networks and storage are under. What counts in the
 * end is the contracts' policy: this is to refuse early.
 */
export const OPEN_LICENCES: LicencePolicy = {
  licences: [
    ...["AGPL-3.0-only", "AGPL-3.0-or-later", "Apache-2.0", "Artistic-2.0", "BSD-2-Clause", "BSD-3-Clause", "CDDL-1.0"],
    ...["EPL-2.0", "GPL-2.0-only", "GPL-2.0-or-later", "GPL-3.0-only", "GPL-3.0-or-later", "ISC", "LGPL-2.0-only"],
    ...["LGPL-2.0-or-later", "LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "MIT"],
    ...["MPL-2.0", "PostgreSQL", "Python-2.0", "Zlib"],
  ],
  exceptions: [
    ...["Classpath-exception-2.0", "GCC-exception-3.1", "LLVM-exception", "Linux-syscall-note", "OpenSSL-exception"],
  ],
};
