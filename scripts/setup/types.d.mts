// SPDX-License-Identifier: Apache-2.0

/** Sorts each run of consecutive lines that export from elsewhere or declare overloads by a contract's name. */
export function sortListings(text: string): string;
