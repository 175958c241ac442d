// SPDX-License-Identifier: Apache-2.0
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { createPublicClient, type Hex, http } from "viem";
import { type Anvil, startAnvil } from "../devnet/anvil.ts";
import { ACCOUNTS, MNEMONIC } from "../devnet/roles.ts";
import type { Stack } from "../devnet/stack.ts";

/** A chain node that can be killed. */
export interface ChainNode {
  /**
   * SIGKILL in the middle of its work, and a new start on what it had written. The last block is lost with the transactions in
   * it, as a node that crashes loses what is not final; never more than that.
   *
   * @param beforeMs how long that block is there for all to see
   */
  crash(beforeMs: number): Promise<void>;
  stop(): Promise<void>;
}

/** The node of a stack. It listens at the same address after each start. */
export function createChainNode({ dir, anvil }: Stack, sleep: (ms: number) => Promise<void>): ChainNode {
  const port = Number(new URL(anvil.url).port);
  const stateFile = join(dir, "crashed-chain.json");
  const rpc = createPublicClient({ transport: http(anvil.url, { retryCount: 0, timeout: 60_000 }) });
  const call = (method: string, params: readonly unknown[]) => rpc.request({ method, params } as never);
  let running: Pick<Anvil, "kill9" | "stop"> = anvil;

  return {
    async crash(beforeMs) {
      await call("evm_setAutomine", [false]);
      await call("evm_setIntervalMining", [0]);
      const written: Hex = await call("anvil_dumpState", []);
      await call("evm_mine", []);
      await sleep(beforeMs);
      running.kill9();
      // Its port is free when its group is gone.
      await running.stop();
      // It may have been killed while it wrote that file itself.
      await writeFile(stateFile, gunzipSync(Buffer.from(written.slice(2), "hex")));
      running = await startAnvil({
        ...{ stateFile, port, mnemonic: MNEMONIC, accounts: ACCOUNTS },
        logFile: join(dir, "anvil.log"),
      });
    },
    stop: () => running.stop(),
  };
}
