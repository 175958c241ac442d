// SPDX-License-Identifier: Apache-2.0
import { displayOrder } from "../../bitcoin/bytes.ts";
import type { EventOf, HandlerContext } from "../events.ts";

export async function handleLightClient(event: EventOf<"BitcoinLightClient">, { rows }: HandlerContext): Promise<void> {
  if (event.eventName !== "HeadersAccepted") return;
  await rows.get("bitcoin", { id: 1 });
  rows.put("bitcoin", { id: 1, height: event.args.to, tip_hash: displayOrder(event.args.tipHash) });
}
