// SPDX-License-Identifier: Apache-2.0

const INPUT = "0123456789()[],'/*abcdefgh@:$%{}IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~ijklmnopqrstuvwxyzABCDEFGH`#\"\\ ";
const OUTPUT = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR = [0xf5dee51989n, 0xa9fdca3312n, 0x1bab10e32dn, 0x3706b1677an, 0x644d626ffdn];

/**
 * An output descriptor with its checksum.
 * Source: BIP-380.
 * @throws RangeError when the descriptor has a character that none may have
 */
export function withChecksum(descriptor: string): string {
  const symbols: bigint[] = [];
  let groups: bigint[] = [];
  for (const character of descriptor) {
    const at = INPUT.indexOf(character);
    if (at === -1) throw new RangeError(`a descriptor cannot have the character ${JSON.stringify(character)}`);
    symbols.push(BigInt(at & 31));
    groups.push(BigInt(at >> 5));
    if (groups.length === 3) {
      symbols.push(groups.reduce((sum, group) => sum * 3n + group, 0n));
      groups = [];
    }
  }
  if (groups.length > 0) symbols.push(groups.reduce((sum, group) => sum * 3n + group, 0n));
  const checksum = polymod([...symbols, ...Array.from({ length: 8 }, () => 0n)]) ^ 1n;
  const digits = Array.from({ length: 8 }, (_, i) => OUTPUT[Number((checksum >> BigInt(5 * (7 - i))) & 31n)]);
  return `${descriptor}#${digits.join("")}`;
}

function polymod(symbols: readonly bigint[]): bigint {
  let checksum = 1n;
  for (const symbol of symbols) {
    const top = checksum >> 35n;
    checksum = ((checksum & 0x7ffffffffn) << 5n) ^ symbol;
    for (const [i, generator] of GENERATOR.entries()) if ((top >> BigInt(i)) & 1n) checksum ^= generator;
  }
  return checksum;
}
