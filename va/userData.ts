// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import type { LaunchSpec } from "../offchain/lease/launchSpec.ts";

/** MIME types by the first line, as cloud-init sniffs them (docs.cloud-init.io, "User-data formats"); the longer first. */
const TYPES: readonly (readonly [start: string, type: string])[] = [
  ["## template: jinja", "text/jinja2"],
  ["#cloud-config-archive", "text/cloud-config-archive"],
  ["#cloud-config", "text/cloud-config"],
  ["#cloud-boothook", "text/cloud-boothook"],
  ["#include-once", "text/x-include-once-url"],
  ["#include", "text/x-include-url"],
  ["#part-handler", "text/part-handler"],
  ["#!", "text/x-shellscript"],
];

/** Lists are appended and nothing of the holder's own document is replaced. */
const MERGE = "list(append)+dict(no_replace,recurse_list)+str()";

/**
 * What cloud-init gets: the holder's document as it is when there are no SSH keys, a cloud-config with the keys when there is
 * no document, else a MIME multipart of both, in which the keys add to those that the document may name.
 */
export function userData(spec: Pick<LaunchSpec, "sshKeys" | "userData">): Uint8Array {
  const own = spec.userData ?? "";
  const encode = (text: string) => new TextEncoder().encode(text);
  if (spec.sshKeys.length === 0) return encode(own);
  const keys = keysDocument(spec.sshKeys);
  return encode(
    own === "" ? keys : multipart([ownPart(own), part("text/cloud-config", keys, [`Merge-Type: ${MERGE}`])]),
  );
}

/** YAML reads JSON strings, whatever they hold. */
function keysDocument(keys: readonly string[]): string {
  return `#cloud-config\nssh_authorized_keys:\n${keys.map((key) => `  - ${JSON.stringify(key)}\n`).join("")}`;
}

/** A document that is MIME itself has headers already, and is a part as it stands. */
function ownPart(text: string): string {
  if (/^(Content-Type|MIME-Version):/i.test(text)) return text.endsWith("\n") ? text : `${text}\n`;
  const type = TYPES.find(([start]) => text.startsWith(start))?.[1] ?? "text/plain";
  return part(type, text, []);
}

function part(type: string, text: string, headers: readonly string[]): string {
  const base64 = Buffer.from(text, "utf8").toString("base64");
  const lines = base64.match(/.{1,76}/g) ?? [];
  const head = [
    `Content-Type: ${type}; charset="utf-8"`,
    "MIME-Version: 1.0",
    "Content-Transfer-Encoding: base64",
    ...headers,
  ];
  return `${head.join("\n")}\n\n${lines.join("\n")}\n`;
}

/** The boundary is a hash of the parts, so that equal specs make equal bytes and no part can hold it. */
function multipart(parts: readonly string[]): string {
  const boundary = `xov-${createHash("sha256").update(parts.join("\0")).digest("hex")}`;
  const body = parts.map((each) => `--${boundary}\n${each}`).join("");
  return `Content-Type: multipart/mixed; boundary="${boundary}"\nMIME-Version: 1.0\n\n${body}--${boundary}--\n`;
}
