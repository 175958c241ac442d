// SPDX-License-Identifier: Apache-2.0
import { type Block, GENESIS, headersOf, hex, mine, mineChain } from "./blocks.ts";
import { connection, deployRegtest } from "./lightClient.ts";
import {
  blockProof,
  fill,
  keyOf,
  leaseKeyOf,
  leaseOf,
  type Payment,
  pay,
  scriptOf,
  transactionProof,
} from "./payments.ts";

/** The appliance's key and a lease, with the address that the lease is paid to. */
export const KEY = keyOf("appliance");
export const LEASE = leaseOf("one");
export const ADDRESS = leaseKeyOf(KEY, LEASE);
export const CONFIRMATIONS = 3;
export const SATS = 123_456n;
export const MSATS = SATS * 1000n;

/** An output beside the payment, as change. */
export const CHANGE = { script: Buffer.concat([Buffer.from("0014", "hex"), Buffer.alloc(20, 7)]), value: 5_000n };

/** A payment of `SATS` to the lease in its second output. */
export const PAYMENT: Payment = pay([CHANGE, { script: scriptOf(ADDRESS), value: SATS }]);

/** The paid output as `prove` takes it. */
export const OUTPUT = { vout: 1, outputKeyY: hex(ADDRESS.y), leaseId: hex(LEASE) };

/** A block with the payment at index 5 of 13 transactions, and as many blocks on it as the lease asks for. */
export const PAID: Block = mine(GENESIS, { txids: fill(13, new Map([[5, PAYMENT]])) });
export const CHAIN: readonly Block[] = [PAID, ...mineChain(PAID, CONFIRMATIONS - 1)];

/** Arguments of `prove`. */
export type Proof = [ReturnType<typeof blockProof>, ReturnType<typeof transactionProof>, (typeof OUTPUT)[]];

/** Those for the payment. */
export const PROOF: Proof = [blockProof(PAID), transactionProof(PAID, 5, PAYMENT.legacy), [OUTPUT]];

/** Light client with `CHAIN`, the lease, and the contract that credits it. */
export async function withPaidBlock() {
  const client = await deployRegtest();
  await client.submit(1, headersOf(CHAIN));
  const leases = await connection.ethers.deployContract("CreditableMock");
  const payments = await connection.ethers.deployContract("BitcoinPayments", [client, leases]);
  await leases.open(hex(LEASE), hex(KEY), CONFIRMATIONS);
  const balance = async () => (await leases.leases(hex(LEASE))).balance - 1n;
  return { client, leases, payments, balance };
}
