// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import type { Clock } from "../core/clock.ts";
import { type ActionBody, type Payment, paymentSchema, type TakeBody, type Taken, takenSchema } from "./api.ts";
import { ProblemError } from "./problem.ts";
import { type Problem, problemSchema } from "./problemSchema.ts";

/** What the relayer knows of a lease that the chain may not know yet. */
export interface RelayerLease {
  /** queued, refused, or what the chain says. */
  readonly state: string;
  /** Undefined for a lease that is not paid in bitcoin. */
  readonly address?: string | undefined;
  readonly payments: readonly Payment[];
  readonly refusal: Problem | undefined;
}

/** The relayer on the loopback interface: the one that signs transactions. Each call throws ProblemError. */
export interface RelayerClient {
  /** @returns the lease, and whether it is open already */
  take(body: TakeBody): Promise<Taken & { open: boolean }>;
  /** Hands on what a holder has signed. */
  act(body: ActionBody): Promise<void>;
  /** Undefined for a lease that neither the chain nor the relayer knows. */
  lease(leaseId: string): Promise<RelayerLease | undefined>;
  /** Whether it answers and says that it works. */
  healthy(): Promise<boolean>;
}

export interface RelayerClientParameters {
  readonly url: string;
  readonly clock: Clock;
  /** For one request. Default 10,000. */
  readonly timeoutMs?: number;
}

/** Absent where the API says null. */
const paymentReply = z
  .object({
    ...paymentSchema.shape,
    needed: z.int().optional(),
    replacedBy: z.string().optional(),
  })
  .transform(
    (payment): Payment => ({ ...payment, needed: payment.needed ?? null, replacedBy: payment.replacedBy ?? null }),
  );

const leaseReply = z.object({
  state: z.string(),
  address: z.string().optional(),
  payments: z.array(paymentReply),
  refusal: problemSchema.optional(),
});

export function createRelayerClient({ url, clock, timeoutMs = 10_000 }: RelayerClientParameters): RelayerClient {
  const ask = async (path: string, body?: object) => {
    const done = new AbortController();
    void clock.sleep(timeoutMs, done.signal).then(
      () => done.abort(),
      () => undefined,
    );
    try {
      const post = { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
      const response = await fetch(new URL(path, url), { ...(body && post), signal: done.signal });
      return { status: response.status, reply: parseJson(await response.text()) };
    } catch (error) {
      throw unreachable(error);
    } finally {
      done.abort();
    }
  };
  return {
    async take(body) {
      const { status, reply } = await ask("/takes", body);
      if (status >= 400) throw refusal(status, reply);
      return { ...understood(takenSchema, reply), open: status === 200 };
    },
    async act(body) {
      const { status, reply } = await ask("/actions", body);
      if (status >= 400) throw refusal(status, reply);
    },
    async lease(leaseId) {
      const { status, reply } = await ask(`/leases/${leaseId}`);
      if (status === 404) return undefined;
      if (status >= 400) throw refusal(status, reply);
      const { refusal: refused, ...rest } = understood(leaseReply, reply);
      return { ...rest, refusal: refused };
    },
    async healthy() {
      try {
        return (await ask("/health")).status === 200;
      } catch {
        return false;
      }
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function understood<S extends z.ZodType>(schema: S, reply: unknown): z.output<S> {
  const result = schema.safeParse(reply);
  if (result.success) return result.data;
  throw unreachable(new Error(`the relayer's answer has another form: ${z.prettifyError(result.error)}`));
}

/** The relayer's own problem, as it stands. */
function refusal(status: number, reply: unknown): ProblemError {
  const problem = problemSchema.safeParse(reply);
  if (problem.success) return new ProblemError({ ...problem.data, status });
  return unreachable(new Error(`the relayer answers ${status} without saying why`));
}

function unreachable(cause: unknown): ProblemError {
  const error = new ProblemError(
    {
      code: "RELAYER_UNREACHABLE",
      status: 503,
      title: "The relayer does not answer",
      detail: "It may have got what you sent. Send the same again: it counts once.",
    },
    5,
  );
  error.cause = cause;
  return error;
}
