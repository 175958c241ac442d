// SPDX-License-Identifier: Apache-2.0
import { createHmac } from "node:crypto";
import { type LookupAddress, lookup as resolve } from "node:dns";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import type { Clock } from "../../core/clock.ts";
import { isPrivateAddress } from "./allowed.ts";

/**
 * The signature of a request as https://www.standardwebhooks.com has it: HMAC-SHA256 over `id.timestamp.body`, in base64.
 * @param timestamp unix seconds
 */
export function signatureOf(secret: Uint8Array, id: string, timestamp: number, body: string): string {
  return `v1,${createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
}

export interface SendParameters {
  readonly url: string;
  /** Otherwise it is not called where its host's name leads to a private address. */
  readonly mayBePrivate: boolean;
  readonly secret: Uint8Array;
  readonly id: string;
  readonly body: string;
  readonly clock: Clock;
  /** For the whole exchange. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface Sent {
  /** Whether the other side took it: any status of 200 to 299. */
  readonly ok: boolean;
  /** `HTTP 200`, or why there is no answer. */
  readonly said: string;
}

/** Sends one signed request; follows no redirect. */
export async function send(parameters: SendParameters): Promise<Sent> {
  const { url: text, mayBePrivate, secret, id, body, clock, timeoutMs, signal } = parameters;
  const url = new URL(text);
  const timestamp = Math.floor(clock.now() / 1000);
  const headers = {
    "content-type": "application/json",
    "content-length": `${Buffer.byteLength(body)}`,
    "user-agent": "xov-relayer",
    "webhook-id": id,
    "webhook-timestamp": `${timestamp}`,
    "webhook-signature": signatureOf(secret, id, timestamp, body),
  };
  const lookup = mayBePrivate ? resolve : publicOnly;
  const late = new AbortController();
  const done = new AbortController();
  // Rejects only because of `done`, when there is an answer.
  void clock.sleep(timeoutMs, done.signal).then(
    () => late.abort(),
    () => undefined,
  );
  const ending = AbortSignal.any([signal, late.signal]);
  const start = url.protocol === "https:" ? httpsRequest : httpRequest;
  const answer = new Promise<Sent>((resolveTo) => {
    const failed = (error: Error & { code?: string }) => {
      const why = late.signal.aborted ? `no answer within ${timeoutMs} ms` : (error.code ?? error.name);
      resolveTo({ ok: false, said: why });
    };
    const request = start(
      url,
      { method: "POST", headers, lookup: lookup as LookupFunction, signal: ending },
      (response) => {
        const { statusCode = 0 } = response;
        // What it says besides is of no interest, and may be long.
        response.destroy();
        resolveTo({ ok: statusCode >= 200 && statusCode < 300, said: `HTTP ${statusCode}` });
      },
    );
    request.once("error", failed);
    request.end(body);
  });
  return await answer.finally(() => done.abort());
}

/** As `dns.lookup`, but a name of a private address does not resolve: it may have changed since it was looked at. */
const publicOnly = (
  name: string,
  options: { all?: boolean; family?: number | string },
  callback: (error: Error | null, address: string | LookupAddress[], family?: number) => void,
) => {
  resolve(name, { all: true }, (error, found) => {
    const [first] = found ?? [];
    if (error !== null || first === undefined) return callback(error ?? new Error("no address"), []);
    if (found.some(({ address }) => isPrivateAddress(address))) {
      return callback(Object.assign(new Error("a private address"), { code: "PRIVATE_ADDRESS" }), []);
    }
    if (options.all === true) return callback(null, found);
    return callback(null, first.address, first.family);
  });
};
