// SPDX-License-Identifier: Apache-2.0
import { open } from "node:fs/promises";
import { isHex, type PrivateKeyAccount, size } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { TaggedError } from "../core/errors.ts";

/**
 * - KEY_FILE_MISSING: there is no such file
 * - KEY_FILE_EXPOSED: somebody but its owner may read or write it
 * - KEY_FILE_UNUSABLE: it does not hold a private key
 */
export type KeyFileErrorCode = "KEY_FILE_MISSING" | "KEY_FILE_EXPOSED" | "KEY_FILE_UNUSABLE";

/** Never shows what the file holds. */
export class KeyFileError extends TaggedError<KeyFileErrorCode> {
  override readonly name = "KeyFileError";
}

/**
 * The account whose private key is in a file: 0x and 64 hex digits, with nothing but white space around.
 * @throws KeyFileError
 */
export async function loadAccount(path: string): Promise<PrivateKeyAccount> {
  const text = (await readPrivate(path)).trim();
  const need = "0x and 64 hex digits, a key of secp256k1";
  const unusable = new KeyFileError({ code: "KEY_FILE_UNUSABLE", message: `${path} does not hold ${need}`, need });
  if (!isHex(text) || size(text) !== 32 || text.length !== 66) throw unusable;
  try {
    return privateKeyToAccount(text);
  } catch {
    // Zero, or not below the curve's order; the error's own message has the key in it.
    throw unusable;
  }
}

async function readPrivate(path: string): Promise<string> {
  const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    throw new KeyFileError({ code: "KEY_FILE_MISSING", message: `there is no key file ${path}` });
  });
  try {
    // Of the open file, so that it cannot be exchanged between the look and the reading. Windows has no such modes.
    const mode = (await file.stat()).mode & 0o777;
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      const have = `0${mode.toString(8)}`;
      const message = `the key file ${path} has mode ${have}: others may get at it; chmod 600 it, and think of the key as seen`;
      throw new KeyFileError({ code: "KEY_FILE_EXPOSED", message, have, need: "0600" });
    }
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}
