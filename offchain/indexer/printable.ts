// SPDX-License-Identifier: Apache-2.0

/**
 * A text that somebody else has put on the chain, without control characters and those that change the direction of
 * writing: PostgreSQL takes no NUL, and what a page shows should be what was meant.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}\p{Cs}]/gu, "\ufffd");
}
