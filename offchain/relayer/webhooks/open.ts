// SPDX-License-Identifier: Apache-2.0
import type { Router } from "express";
import type { Clock } from "../../core/clock.ts";
import type { Logger } from "../../core/log.ts";
import { createWake, type Wake } from "../wake.ts";
import type { WebhooksConfig } from "./config.ts";
import { deliver } from "./deliver.ts";
import type { PaymentNow } from "./event.ts";
import { openOutbox } from "./outbox.ts";
import { webhookRoutes } from "./routes.ts";
import { send } from "./send.ts";
import { tell } from "./tell.ts";

export interface OpenWebhooksParameters extends WebhooksConfig {
  /** Of the outbox. */
  readonly file: string;
  /** How all payments stand; undefined while that is not known yet. */
  payments(): readonly PaymentNow[] | undefined;
  /** Of what changes them. */
  readonly wake: Wake;
  readonly pollMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** @throws what `openOutbox` does */
export async function openWebhooks(
  parameters: OpenWebhooksParameters,
): Promise<{ routes: Router; run(): Promise<void> }> {
  const { file, webhooks, wake, clock } = parameters;
  const outbox = await openOutbox({ file, webhooks, clock });
  const outgoing = createWake();
  const names = webhooks.map(({ name }) => name);
  const run = async () => {
    const deliveries = webhooks.map((webhook) => deliver({ ...parameters, outbox, webhook, send, wake: outgoing }));
    await Promise.all([tell({ ...parameters, outbox, waiter: wake.waiter(), outgoing }), ...deliveries]);
  };
  return { routes: webhookRoutes({ outbox, names, outgoing, now: clock.now }), run };
}
