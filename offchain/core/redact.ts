// SPDX-License-Identifier: Apache-2.0

export const REDACTED = "[redacted]";

const SECRET_NAME =
  /secret|passw|passphrase|mnemonic|seed|private|credential|authorization|cookie|bearer|token|identity|^keys$|(?<!pub(lic)?[_-]?)key$/i;
const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

/** Whether a field of this name holds what nobody else may see. An EVM address never is (`token` is one, mostly). */
export function isSecret(name: string, value: unknown): boolean {
  return SECRET_NAME.test(name) && !(typeof value === "string" && ADDRESS.test(value));
}

const AGE_IDENTITY = /AGE-SECRET-KEY-[A-Z0-9-]+/gi;
const PEM_PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g;
const BEARER = /\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi;
const URL_TEXT = /\b(?:https?|wss?|postgres(?:ql)?):\/\/[^\s"'<>`]+/gi;
/** What hosted RPC services put in a path as a key; an UUID with its dashes is not one. */
const KEY_SEGMENT = /^(?=.*\d)[A-Za-z0-9_-]{20,}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Takes out of a text what looks like a secret: age identities, PEM keys, credentials, and keys within URLs. */
export function redactText(text: string): string {
  return text
    .replace(AGE_IDENTITY, REDACTED)
    .replace(PEM_PRIVATE_KEY, REDACTED)
    .replace(BEARER, `$1 ${REDACTED}`)
    .replace(URL_TEXT, redactUrl);
}

function redactUrl(text: string): string {
  if (!URL.canParse(text)) return REDACTED;
  const url = new URL(text);
  const userinfo = url.username === "" && url.password === "" ? "" : `${REDACTED}@`;
  const path = url.pathname
    .split("/")
    .map((segment) => (KEY_SEGMENT.test(segment) && !UUID.test(segment) ? REDACTED : segment))
    .join("/");
  const bare = path === "/" && !text.endsWith("/") ? "" : path;
  const rest = `${url.search === "" ? "" : `?${REDACTED}`}${url.hash === "" ? "" : `#${REDACTED}`}`;
  return `${url.protocol}//${userinfo}${url.host}${bare}${rest}`;
}

/** A copy of a JSON value without its secrets. */
export function redact(value: unknown): unknown {
  if (typeof value === "string") return redactText(value);
  if (Array.isArray(value)) return value.map(redact);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, isSecret(name, field) ? REDACTED : redact(field)]),
  );
}
