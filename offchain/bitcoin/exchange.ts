// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../core/clock.ts";
import { BitcoinNodeError } from "./errors.ts";

export interface ExchangeParameters {
  url: string;
  init: RequestInit;
  /** What is asked, for errors. */
  name: string;
  /** What kind of node is asked, for errors. Default bitcoind. */
  node?: string;
  clock: Clock;
  /** Milliseconds until the whole answer is here. Default 30,000. */
  timeoutMs?: number | undefined;
  signal: AbortSignal | undefined;
}

/**
 * One HTTP request and its whole answer, whatever its status.
 * @throws BitcoinNodeError UNREACHABLE, TIMED_OUT; the signal's reason
 */
export async function exchange(parameters: ExchangeParameters): Promise<{ status: number; bytes: Buffer }> {
  const { url, init, name, node, clock, timeoutMs = 30_000, signal } = parameters;
  const details = node === undefined ? {} : { node };
  const deadline = new AbortController();
  const done = new AbortController();
  // Rejects only because of `done`, when the answer is here.
  void clock.sleep(timeoutMs, done.signal).then(
    () => deadline.abort(),
    () => undefined,
  );
  const signals = [deadline.signal, ...(signal === undefined ? [] : [signal])];
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.any(signals) });
    return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) };
  } catch (error) {
    signal?.throwIfAborted();
    if (deadline.signal.aborted) {
      throw new BitcoinNodeError("TIMED_OUT", name, `no answer within ${timeoutMs} ms`, details);
    }
    throw new BitcoinNodeError("UNREACHABLE", name, `no answer from ${url}`, { ...details, cause: error });
  } finally {
    done.abort();
  }
}
