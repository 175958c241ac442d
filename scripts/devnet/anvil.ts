// SPDX-License-Identifier: Apache-2.0
import { createRequire } from "node:module";
import { startProcess } from "./process.ts";

export interface StartAnvilParameters {
  /** Chain state is loaded from here if it exists and kept here, so that the chain survives a restart. */
  stateFile?: string;
  /** Default 0: the system chooses. */
  port?: number;
  /** Default 31337. */
  chainId?: number;
  /** BIP-39; default: anvil's own "test … junk". Accounts are m/44'/60'/0'/0/i. */
  mnemonic?: string;
  /** Funded accounts; default 10. */
  accounts?: number;
  /** Seconds between empty blocks (a transaction is mined at once as well); "manual" mines only on `evm_mine`. Default 1. */
  blockTime?: number | "manual";
  logFile?: string;
  signal?: AbortSignal;
}

export interface Anvil {
  /** HTTP; the same port speaks WebSocket. */
  url: string;
  chainId: number;
  pid: number;
  /** Ends it; its state has been written when this resolves. */
  stop(): Promise<void>;
  kill9(): void;
}

/**
 * Starts anvil on the loopback interface. One slot an epoch makes `safe` lag `latest` by one block and `finalized`
 * by two, as tags do on a real chain. Gas and code size limits are the mainnet's.
 */
export async function startAnvil(parameters: StartAnvilParameters = {}): Promise<Anvil> {
  const { stateFile, port = 0, chainId = 31337, mnemonic, accounts, blockTime = 1, logFile, signal } = parameters;
  const args = ["--host", "127.0.0.1", "--port", `${port}`, "--chain-id", `${chainId}`];
  args.push("--slots-in-an-epoch", "1", "--color", "never");
  if (blockTime === "manual") args.push("--no-mining");
  else args.push("--block-time", `${blockTime}`, "--mixed-mining");
  if (stateFile !== undefined) args.push("--state", stateFile, "--state-interval", "10");
  if (mnemonic !== undefined) args.push("--mnemonic", mnemonic);
  if (accounts !== undefined) args.push("--accounts", `${accounts}`);
  const running = await startProcess({
    command: anvilBinary(),
    args,
    // Reading the port from its own output leaves no gap in which another process could take the port.
    ready: (line) => /^Listening on 127\.0\.0\.1:(\d+)/.exec(line)?.[1],
    readyTimeoutMs: 30_000,
    ...(logFile === undefined ? {} : { logFile }),
    ...(signal === undefined ? {} : { signal }),
  });
  return {
    url: `http://127.0.0.1:${running.ready}`,
    chainId,
    pid: running.pid,
    stop: () => running.stop(),
    kill9: running.kill9,
  };
}

/** The native executable: the package's JavaScript shim would not pass signals on. */
function anvilBinary(): string {
  const require = createRequire(import.meta.url);
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  const shim = createRequire(require.resolve("@foundry-rs/anvil/package.json"));
  const name = process.platform === "win32" ? "anvil.exe" : "anvil";
  return shim.resolve(`@foundry-rs/anvil-${process.platform}-${arch}/bin/${name}`);
}
