// SPDX-License-Identifier: Apache-2.0

/** An address in groups of four, to be compared with a wallet's screen. What is selected and copied has no gaps. */
export function Address({ address }: { address: string }) {
  const groups = address.match(/.{1,4}/g) ?? [];
  return (
    <p className="pay-address mono" data-testid="address">
      {groups.map((group, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: groups have no other name than their place
        <span key={at}>{group}</span>
      ))}
    </p>
  );
}
