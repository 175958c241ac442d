// SPDX-License-Identifier: Apache-2.0
import { stat } from "node:fs/promises";
import { z } from "zod";
import { ConfigError } from "../../core/config.ts";
import { FileError, readJson } from "../../core/files.ts";
import { readWebhooks, type WebhooksConfig } from "./config.ts";

/**
 * The webhooks that a configuration has or names the file of, which holds secrets and so must be its owner's alone.
 * @throws ConfigError
 */
export async function loadWebhooks(
  config: WebhooksConfig | { readonly file: string } | undefined,
): Promise<WebhooksConfig | undefined> {
  if (config === undefined || !("file" in config)) return config;
  const { file } = config;
  const given = await readJson(file, z.unknown()).catch((error: unknown) => {
    if (!(error instanceof FileError)) throw error;
    // What is wrong with it would be shown with what it holds.
    throw new ConfigError([{ key: "XOV_WEBHOOKS_FILE", have: `${file}, which is no JSON`, need: "a file of JSON" }]);
  });
  if (given === undefined) {
    throw new ConfigError([{ key: "XOV_WEBHOOKS_FILE", have: file, need: "a file that is there" }]);
  }
  const mode = (await stat(file)).mode & 0o777;
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    const have = `a file of mode 0${mode.toString(8)}, which others may get at`;
    throw new ConfigError([{ key: "XOV_WEBHOOKS_FILE", have, need: "0600" }]);
  }
  return readWebhooks(given);
}
