// SPDX-License-Identifier: Apache-2.0

/** Something that only the operator can mend; it is logged, and looked at again later. */
export class AttentionNeeded extends Error {
  override readonly name = "AttentionNeeded";
}
