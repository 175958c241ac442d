// SPDX-License-Identifier: Apache-2.0
import {
  type Abi,
  type AbiEvent,
  type Address,
  type ContractEventName,
  decodeEventLog,
  type GetEventArgs,
  type Hash,
  type Hex,
  toEventSelector,
} from "viem";
import { messageOf } from "../core/errors.ts";
import type { RawLog } from "./block.ts";
import { ChainError } from "./errors.ts";

/** A contract whose events are followed. */
export interface FollowedContract {
  readonly address: Address;
  readonly abi: Abi;
}

export type FollowedContracts = Readonly<Record<string, FollowedContract>>;

/** A decoded event of one of the contracts: a union told apart by `contract` and `eventName`. */
export type ChainEvent<C extends FollowedContracts> = {
  [K in keyof C & string]: {
    [E in ContractEventName<C[K]["abi"]>]: {
      /** Its name among the followed contracts. */
      contract: K;
      eventName: E;
      args: GetEventArgs<C[K]["abi"], E, { EnableUnion: false; IndexedOnly: false; Required: true }>;
      address: Address;
      blockNumber: bigint;
      blockHash: Hash;
      transactionHash: Hash;
      /** Position among all logs of the block. */
      logIndex: number;
    };
  }[ContractEventName<C[K]["abi"]>];
}[keyof C & string];

export type DecodeLogs<C extends FollowedContracts> = (logs: readonly RawLog[]) => ChainEvent<C>[];

/**
 * A decoder of the contracts' logs. Events that the ABI does not have are left out: nobody asked for them.
 * @throws ChainError UNDECODABLE_LOG
 */
export function eventDecoder<const C extends FollowedContracts>(contracts: C): DecodeLogs<C> {
  const byAddress = new Map<string, { contract: string; events: Map<Hex, AbiEvent> }>();
  for (const [contract, { address, abi }] of Object.entries(contracts)) {
    const events = abi.filter((item) => item.type === "event" && item.anonymous !== true) as AbiEvent[];
    byAddress.set(address.toLowerCase(), {
      contract,
      events: new Map(events.map((event) => [toEventSelector(event), event])),
    });
  }
  return (logs) =>
    logs.flatMap((log) => {
      const known = byAddress.get(log.address.toLowerCase());
      const [selector] = log.topics;
      const event = selector === undefined ? undefined : known?.events.get(selector);
      if (known === undefined || event === undefined) return [];
      const { address, blockNumber, blockHash, transactionHash, logIndex } = log;
      const place = { address, blockNumber, blockHash, transactionHash, logIndex };
      const decoded = { contract: known.contract, eventName: event.name, args: argsOf(log, event), ...place };
      return [decoded as unknown as ChainEvent<C>];
    });
}

function argsOf({ topics, data, address, transactionHash }: RawLog, event: AbiEvent): unknown {
  try {
    // Without parameters viem returns no args at all.
    return decodeEventLog({ abi: [event], topics: [...topics] as [Hex, ...Hex[]], data, strict: true }).args ?? {};
  } catch (error) {
    const message = `${event.name} of ${address} in ${transactionHash} is not as its ABI says: ${messageOf(error)}`;
    throw new ChainError({ code: "UNDECODABLE_LOG", message, cause: error });
  }
}
