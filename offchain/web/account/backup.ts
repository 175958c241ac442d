// SPDX-License-Identifier: Apache-2.0

/** What the downloaded backup says. `findSecret` reads it back. */
export function backupText(secret: string, origin: string): string {
  return `Account secret for ${origin}

${secret}

Whoever has this secret can reach and extend your servers. Nobody can restore it for you.
To use it in another browser, open this link, or enter the secret at ${origin}/account

${origin}/leases#${secret}
`;
}
