// SPDX-License-Identifier: Apache-2.0
import { ConfigError } from "../offchain/core/config.ts";
import { messageOf } from "../offchain/core/errors.ts";

/** Loads what the configuration names, and when that fails says which key of it is wrong. @throws ConfigError */
export async function named<T>(key: string, have: string, load: Promise<T>): Promise<T> {
  try {
    return await load;
  } catch (error) {
    throw new ConfigError([{ key, have, need: messageOf(error) }]);
  }
}
