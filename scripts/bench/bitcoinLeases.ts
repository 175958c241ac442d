// SPDX-License-Identifier: Apache-2.0
import { type Abi, type Address, createPublicClient, createWalletClient, type Hex, http, keccak256, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { type LeaseAddress, leaseAddress } from "../../offchain/bitcoin/leaseAddress.ts";
import { abis } from "../../offchain/chain/abis.ts";
import { createChain } from "../../offchain/chain/clients.ts";
import { BITCOIN, leaseIdOf, signTerms, type Terms } from "../../offchain/lease/terms.ts";
import { ascii, createProvisioner } from "../devnet/provision.ts";
import { providerRoles, type Role, role } from "../devnet/roles.ts";
import type { Stack } from "../devnet/stack.ts";

const XOV = 10n ** 18n;
/** The x of the generator of secp256k1: anybody's key, good enough to receive. */
const BITCOIN_KEY: Hex = "0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
const SEAL_KEY: Hex = `0x${"11".repeat(32)}`;
/** A thousand satoshi an hour, in millisatoshi, and its code. */
const PRICE = 1_000_000n;
const PRICE_CODE = 27_000;
/** Of one take. */
const GAS = 700_000n;

/** Opens leases that wait for their payment in bitcoin, in as few blocks as hold them. @returns where to pay each */
export async function openBitcoinLeases(stack: Stack, count: number): Promise<LeaseAddress[]> {
  const { anvil, deployment } = stack;
  const { Exchange } = deployment.contracts as Record<string, Address>;
  const { client } = createChain({ rpcUrls: [anvil.url], chainId: anvil.chainId });
  const place = await openMarket(stack, count);
  const account = privateKeyToAccount(role("user").privateKey);
  const wallet = createWalletClient({ account, transport: http(anvil.url) });
  const rpc = createPublicClient({ transport: http(anvil.url) });
  const call = (method: string, params: readonly unknown[]) => rpc.request({ method, params } as never);
  const sealedSpec = toHex(new Uint8Array(64));
  const { timestamp } = await client.getBlock();
  const domain = { chainId: anvil.chainId, leases: deployment.contracts.Leases as Address };
  let nonce = await client.getTransactionCount({ address: account.address });
  const addresses: LeaseAddress[] = [];
  await call("evm_setAutomine", [false]);
  await call("evm_setIntervalMining", [0]);
  for (let i = 0; i < count; i++) {
    const terms: Terms = {
      holder: account.address,
      appliance: place.appliance,
      class: place.class,
      quote: BITCOIN,
      price: PRICE,
      startFee: 0n,
      prepayment: PRICE,
      refundScript: "0x",
      launchSpecHash: keccak256(sealedSpec),
      salt: BigInt(i),
      deadline: timestamp + 86_400n,
    };
    const launch = { sealKeyHash: keccak256(SEAL_KEY), sealedSpec };
    const args = [place.order, terms, await signTerms(terms, domain, account), launch] as const;
    const contract = { address: Exchange as Address, abi: abis.Exchange, functionName: "take", args } as const;
    await wallet.writeContract({ ...contract, chain: null, nonce: nonce++, gas: GAS });
    addresses.push(leaseAddress(BITCOIN_KEY, leaseIdOf(terms, domain), "regtest"));
    if (i % 40 === 39) await call("evm_mine", []);
  }
  for (let open = false; !open; ) {
    await call("evm_mine", []);
    open = (await client.getTransactionCount({ address: account.address })) === nonce;
  }
  await call("evm_setIntervalMining", [1]);
  await call("evm_setAutomine", [true]);
  await requireOpen(stack, addresses.at(-1));
  return addresses;
}

async function requireOpen({ anvil, deployment }: Stack, last: LeaseAddress | undefined): Promise<void> {
  const { client } = createChain({ rpcUrls: [anvil.url], chainId: anvil.chainId });
  const address = deployment.contracts.Leases as Address;
  const args = [last?.leaseId ?? "0x"] as const;
  // Reverts when there is no such lease.
  await client.readContract({ address, abi: abis.Leases, functionName: "lease", args });
}

/** A provider with an ask of enough instances that all leases may wait at once. */
async function openMarket({ anvil, deployment }: Stack, count: number) {
  const { client } = createChain({ rpcUrls: [anvil.url], chainId: anvil.chainId });
  const contracts = deployment.contracts as Record<string, Address>;
  const { cold, hot } = providerRoles(0);
  const provisioner = createProvisioner(anvil.url, deployment, role("deployer"));
  await provisioner.fund(cold, 100_000_000n * XOV);
  const rules = { minimumStake: XOV, collateralPerMsat: 1000n, fee: 0n, admission: 0 };
  const pool = await provisioner.createPool(role("poolOperator"), "bench", rules);
  const size = { vcpus: 1, memoryMiB: 1024, diskGiB: 10, gpus: 0 };
  const classId = await provisioner.registerClass(cold, {
    ...size,
    gpuModel: ascii("", 16),
    architecture: ascii("x86_64", 8),
  });
  await provisioner.stake(cold, 90_000_000n * XOV);
  const keys = { bitcoinKey: BITCOIN_KEY, sealKey: SEAL_KEY, hotKey: hot.address };
  const appliance = await provisioner.registerAppliance(cold, { pool, grace: 3600, region: "bench", ...keys });
  provisioner.close();
  const write = async (by: Role, contract: keyof typeof abis, functionName: string, args: readonly unknown[]) => {
    const account = privateKeyToAccount(by.privateKey);
    const wallet = createWalletClient({ account, transport: http(anvil.url) });
    const call = { address: contracts[contract] as Address, abi: abis[contract] as Abi, functionName, args };
    const { result } = await client.simulateContract({ ...call, account: account.address });
    const hash = await wallet.writeContract({ ...call, chain: null });
    await client.waitForTransactionReceipt({ hash, pollingInterval: 50 });
    return result;
  };
  const market = await write(cold, "Markets", "open", [pool, classId, BITCOIN]);
  const expiry = Number((await client.getBlock()).timestamp) + 6 * 86_400;
  const ask = {
    price: PRICE_CODE,
    quantity: 4 * count,
    expiry,
    confirmations: 1,
    prepaidHours: 1,
    bond: 0n,
    startFee: 0,
  };
  const execution = { timeInForce: 0, selfTrade: 0, maxFills: 20 };
  const [order] = (await write(cold, "Exchange", "placeAsk", [{ appliance, market, ...ask }, execution])) as [bigint];
  return { appliance, class: classId, order };
}
