// SPDX-License-Identifier: Apache-2.0

/** One component of each level. */
export const STACK = ["QEMU", "Open vSwitch", "Ceph"].map((name, level) => ({
  level,
  name,
  version: "9.2",
  licence: level === 2 ? "LGPL-2.1-only OR LGPL-3.0-only" : "GPL-2.0-or-later",
  source: "https://example.org/source.git",
  commit: "v9.2.0",
}));
