// SPDX-License-Identifier: Apache-2.0

/**
 * What the licence policy accepts from the start, by SPDX identifier: licences that the Open Source Initiative has approved
 * and that hypervisors, networks and storage are under. Its owner may accept more.
 */
export const LICENCES = [
  "AGPL-3.0-only",
  "AGPL-3.0-or-later",
  "Apache-2.0",
  "Artistic-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CDDL-1.0",
  "EPL-2.0",
  "GPL-2.0-only",
  "GPL-2.0-or-later",
  "GPL-3.0-only",
  "GPL-3.0-or-later",
  "ISC",
  "LGPL-2.0-only",
  "LGPL-2.0-or-later",
  "LGPL-2.1-only",
  "LGPL-2.1-or-later",
  "LGPL-3.0-only",
  "LGPL-3.0-or-later",
  "MIT",
  "MPL-2.0",
  "PostgreSQL",
  "Python-2.0",
  "Zlib",
] as const;

/** Likewise, the exceptions that may stand after WITH. */
export const EXCEPTIONS = [
  "Classpath-exception-2.0",
  "GCC-exception-3.1",
  "LLVM-exception",
  "Linux-syscall-note",
  "OpenSSL-exception",
] as const;
