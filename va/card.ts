// SPDX-License-Identifier: Apache-2.0
import { type Hex, stringToHex } from "viem";
import type { Logger } from "../offchain/core/log.ts";
import type { ApplianceChain } from "./chain/applianceChain.ts";

/** What `publishCard` takes. */
export const MAX_CARD_BYTES = 4_096;

/** What pages show of an appliance beside its asks, as event bytes: `{"images":[{"name","user"}]}`. */
export function cardOf(images: readonly { readonly name: string; readonly user: string }[]): Hex {
  return stringToHex(JSON.stringify({ images: images.map(({ name, user }) => ({ name, user })) }));
}

/** Keeps the published card as it should be. */
export interface CardKeeper {
  /**
   * @param published the last card that the events tell of
   * @param latest number of the block up to which they do
   */
  keep(published: Hex | undefined, latest: bigint): Promise<void>;
}

/** Publishes what `cardNow` gives when another one, or none, is published. */
export function createCardKeeper(chain: Pick<ApplianceChain, "send">, cardNow: () => Hex, log: Logger): CardKeeper {
  let actedAt = 0n;
  return {
    async keep(published, latest) {
      const card = cardNow();
      // The events do not tell yet of what was done last.
      if (latest < actedAt || published === card) return;
      actedAt = await chain.send({ kind: "publishCard", card });
      log.info({ card }, "card published");
    },
  };
}
