// SPDX-License-Identifier: Apache-2.0
import { parseArgs } from "node:util";
import { address as addresses, networks } from "bitcoinjs-lib";
import { z } from "zod";
import { bytesToHex, type Hex } from "../../offchain/bitcoin/bytes.ts";
import { createRpc, type RpcParameters } from "../../offchain/bitcoin/rpc.ts";
import { createChain } from "../../offchain/chain/clients.ts";
import { contractsOf, readDeployment } from "../../offchain/chain/deployment.ts";
import { systemClock as clock } from "../../offchain/core/clock.ts";
import { ConfigError, integer, readConfig, urlList } from "../../offchain/core/config.ts";
import { runMain } from "../../offchain/core/shutdown.ts";
import { extract, originOf, signDerived, unsignedPsbt } from "../bitcoin/psbt.ts";
import { applianceAbis } from "../chain/abis.ts";
import { readBitcoinKey } from "../config.ts";
import { bitcoindCoins } from "../refunds/bitcoindCoins.ts";
import { coinsAt, derivedAddresses, SCAN_TIMEOUT_MS } from "./addresses.ts";
import { bitcoinLeases } from "./leases.ts";
import { planSweep, type Sweep } from "./plan.ts";

const USAGE = `Usage: node --import tsx va/sweep/main.ts <command>

  psbt --to ADDRESS [--fee-rate SATS] [--send]
      One transaction that spends the coins at all addresses of the appliance, but for what refunds need, as JSON with
      the PSBT. With BITCOIN_KEY_FILE it is signed, and with --send sent. Without --fee-rate (satoshi per vbyte) the node's
      estimate for a day is taken.
  descriptors
      All addresses as output descriptors, in the form that bitcoind's importdescriptors takes.

Settings, as of va/main.ts: RPC_URLS CHAIN_ID DEPLOYMENT_FILE APPLIANCE BITCOIN_URL BITCOIN_USER BITCOIN_PASSWORD
BITCOIN_COOKIE_FILE BITCOIN_KEY_FILE BITCOIN_KEY_ORIGIN
`;

const settingsSchema = z.object({
  RPC_URLS: urlList,
  CHAIN_ID: integer(1, Number.MAX_SAFE_INTEGER),
  DEPLOYMENT_FILE: z.string().min(1).describe("path of the deployment file"),
  APPLIANCE: integer(1, 4_294_967_295),
  BITCOIN_URL: z.url({ protocol: /^https?$/ }).describe("an http(s) URL of bitcoind's RPC"),
  BITCOIN_USER: z.string().default(""),
  BITCOIN_PASSWORD: z.string().default(""),
  BITCOIN_COOKIE_FILE: z.string().min(1).optional(),
  BITCOIN_KEY_FILE: z.string().min(1).optional(),
  BITCOIN_KEY_ORIGIN: z
    .string()
    .regex(/^[0-9a-f]{8}(\/\d+[h']?)+$/)
    .describe("fingerprint and path, such as 1a2b3c4d/86h/0h/0h/0/0")
    .optional(),
});
type Settings = z.output<typeof settingsSchema>;

const NETWORKS = { main: networks.bitcoin, regtest: networks.regtest } as const;
/** A day. */
const TARGET_BLOCKS = 144;

async function main(signal: AbortSignal): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { to: { type: "string" }, "fee-rate": { type: "string" }, send: { type: "boolean", default: false } },
  });
  const [command] = positionals;
  if (command !== "psbt" && command !== "descriptors") {
    throw new ConfigError([{ key: "command", have: command ?? "none", need: `psbt or descriptors\n\n${USAGE}` }]);
  }
  const settings = readConfig(settingsSchema, process.env);
  const deployment = await readDeployment(settings.DEPLOYMENT_FILE, settings.CHAIN_ID);
  const contracts = contractsOf(deployment, applianceAbis);
  const { client } = createChain({ rpcUrls: settings.RPC_URLS, chainId: settings.CHAIN_ID });
  const { APPLIANCE: appliance } = settings;
  const { bitcoinKey } = await client.readContract({
    ...contracts.Providers,
    functionName: "appliance",
    args: [appliance],
  });
  const leases = await bitcoinLeases({ client, contracts, appliance, startBlock: deployment.startBlock });
  const origin = originOf(settings.BITCOIN_KEY_ORIGIN);
  const derived = derivedAddresses(
    bitcoinKey,
    leases.map(({ leaseId }) => leaseId),
    origin,
  );
  if (command === "descriptors") {
    const requests = derived.map(({ descriptor, leaseId }) => ({
      desc: descriptor,
      timestamp: 0,
      label: leaseId === undefined ? "xov change" : `xov ${leaseId}`,
    }));
    return print(requests);
  }
  const connection = { ...rpcOf(settings), timeoutMs: SCAN_TIMEOUT_MS, retries: 0 };
  const node = bitcoindCoins(rpcOf(settings), undefined);
  const { chain } = await node.blockchainInfo(signal);
  const script = scriptOf(values.to, NETWORKS[chain === "main" ? "main" : "regtest"], chain);
  const feeRate = feeRateOf(values["fee-rate"]) ?? (await node.feeRate(TARGET_BLOCKS, signal));
  if (feeRate === undefined) {
    throw new ConfigError([
      { key: "--fee-rate", have: "not given", need: "satoshi per vbyte: the node has no estimate" },
    ]);
  }
  const coins = await coinsAt(createRpc(connection), bitcoinKey, derived, signal);
  const needed = new Map(leases.map((lease) => [lease.leaseId, lease.needed]));
  const sweep = planSweep({ coins, needed, script, feeRate });
  const psbt = unsignedPsbt({ inputs: sweep.inputs, outputs: [sweep.output], origin });
  const keyFile = settings.BITCOIN_KEY_FILE;
  if (keyFile === undefined) return print({ ...summary(sweep), signed: false, psbt: psbt.toBase64() });
  signDerived(psbt, sweep.inputs, await readBitcoinKey("BITCOIN_KEY_FILE", keyFile));
  const signed = { ...summary(sweep), signed: true, psbt: psbt.toBase64() };
  const raw = extract(psbt);
  const transaction = bytesToHex(raw).slice(2);
  if (!values.send) return print({ ...signed, transaction });
  print({ ...signed, transaction, txid: await node.sendRawTransaction(raw, signal) });
}

function rpcOf(settings: Settings): RpcParameters {
  const {
    BITCOIN_URL: url,
    BITCOIN_USER: user,
    BITCOIN_PASSWORD: password,
    BITCOIN_COOKIE_FILE: cookieFile,
  } = settings;
  return { url, auth: cookieFile === undefined ? { user, password } : { cookieFile }, clock };
}

function scriptOf(to: string | undefined, network: (typeof NETWORKS)["main"], chain: string): Hex {
  const fault = { key: "--to", have: to ?? "not given", need: `an address of Bitcoin's ${chain} chain` };
  if (to === undefined) throw new ConfigError([fault]);
  const candidates = chain === "main" ? [network] : [networks.testnet, networks.regtest];
  for (const candidate of candidates) {
    try {
      return bytesToHex(addresses.toOutputScript(to, candidate));
    } catch {
      // of another network, or none
    }
  }
  throw new ConfigError([fault]);
}

function feeRateOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const rate = Number(text);
  if (Number.isFinite(rate) && rate >= 0.1 && rate <= 100_000) return rate;
  throw new ConfigError([{ key: "--fee-rate", have: text, need: "satoshi per vbyte, from 0.1 to 100000" }]);
}

/** Amounts in satoshi. */
function summary({ inputs, output, fee, kept, left }: Sweep) {
  const worth = (coins: readonly { value: bigint }[]) => Number(coins.reduce((sum, { value }) => sum + value, 0n));
  const of = (coins: readonly { value: bigint }[]) => ({ coins: coins.length, sats: worth(coins) });
  return {
    swept: of(inputs),
    receives: Number(output.value),
    fee: Number(fee),
    keptForRefunds: of(kept),
    left: of(left),
  };
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

await runMain(main);
