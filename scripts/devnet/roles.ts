// SPDX-License-Identifier: Apache-2.0
import { HDNodeWallet, Mnemonic } from "ethers";

/** The mnemonic of every local network. Public: what it owns elsewhere belongs to everybody. */
export const MNEMONIC = "test test test test test test test test test test test junk";

/** An account of a local network. */
export interface Role {
  readonly address: `0x${string}`;
  readonly privateKey: `0x${string}`;
}

const INDEX = { deployer: 0, poolOperator: 1, relayer: 2, user: 3 } as const;
const FIRST_PROVIDER = 10;

/** Accounts that a local network funds with ether. */
export const ACCOUNTS = 30;

/** The account of a role: one index of {@link MNEMONIC} each. */
export function role(name: keyof typeof INDEX): Role {
  return accountAt(INDEX[name]);
}

/** A provider's cold account and its VA's hot key. `n` counts from 0 to 9. */
export function providerRoles(n: number): { cold: Role; hot: Role } {
  return { cold: accountAt(FIRST_PROVIDER + 2 * n), hot: accountAt(FIRST_PROVIDER + 2 * n + 1) };
}

function accountAt(index: number): Role {
  const wallet = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(MNEMONIC), `m/44'/60'/0'/0/${index}`);
  return { address: wallet.address as `0x${string}`, privateKey: wallet.privateKey as `0x${string}` };
}
