// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { ConfigError } from "../../core/config.ts";
import { isPrivateName } from "./allowed.ts";
import { EVENT_TYPES, type EventType } from "./event.ts";

const SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;
const BYTES = { min: 24, max: 64 } as const;

const secret = z
  .string({ error: "not set" })
  .refine((text) => {
    const { length } = Buffer.from(SECRET.exec(text)?.[1] ?? "", "base64");
    return length >= BYTES.min && length <= BYTES.max;
  }, `whsec_ and base64 of ${BYTES.min} to ${BYTES.max} bytes`)
  .transform((text) => Buffer.from(SECRET.exec(text)?.[1] ?? "", "base64"));

const host = z.string().regex(/^(\*\.)?[A-Za-z0-9.:_-]+$/, "a host name, *. and a domain, or an IP address");

/** What a file of webhooks holds. */
const webhooksSchema = z.strictObject({
  /**
   * The only hosts that webhooks may have: names, `*.` and a domain for all below it, or IP addresses. Only those that are
   * named here in full may be private or local. Default: every public host.
   */
  allow: z.array(host).min(1).optional(),
  webhooks: z
    .array(
      z.strictObject({
        /** Tells it apart in lists and logs, and from one start to the next. */
        name: z.string().regex(/^[a-z0-9-]{1,32}$/, "1 to 32 of a-z, 0-9 and -"),
        url: z.url({ protocol: /^https?$/, error: "an http(s) URL" }),
        secret,
        /** Which events it gets; default: all. */
        events: z.array(z.enum(EVENT_TYPES)).min(1).optional(),
      }),
    )
    .min(1),
});

export interface Webhook extends Omit<z.output<typeof webhooksSchema>["webhooks"][number], "events"> {
  readonly events: readonly EventType[] | undefined;
  /** Whether its host may be private or local, as it is named in full. */
  readonly mayBePrivate: boolean;
}

export interface WebhooksConfig {
  readonly webhooks: readonly Webhook[];
}

/**
 * Reads what a file of webhooks, or the environment, holds. Shows neither secrets nor URLs, which may hold some.
 * @throws ConfigError
 */
export function readWebhooks(given: unknown): WebhooksConfig {
  const result = webhooksSchema.safeParse(given);
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => {
      return { key: `webhooks: ${path.map(String).join(".") || "(all)"}`, have: "something else", need: message };
    });
    throw new ConfigError(problems);
  }
  const { allow, webhooks } = result.data;
  const problems = webhooks.flatMap(({ name, url }) => {
    const need = whyNot(new URL(url), allow);
    return need === undefined ? [] : [{ key: `webhooks: url of ${name}`, have: new URL(url).host, need }];
  });
  const names = webhooks.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) problems.push({ key: "webhooks: name", have: `${twice}, twice`, need: "a name of its own" });
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    webhooks: webhooks.map((each) => {
      return { ...each, events: each.events, mayBePrivate: isNamed(hostOf(new URL(each.url)), allow) };
    }),
  };
}

function isNamed(host: string, allow: readonly string[] | undefined): boolean {
  return allow?.some((each) => each.toLowerCase() === host) === true;
}

/** What a webhook's URL would have to be; undefined when it is allowed. */
function whyNot(url: URL, allow: readonly string[] | undefined): string | undefined {
  const name = hostOf(url);
  if (url.username !== "" || url.password !== "") return "a URL without user and password: requests are signed";
  if (allow !== undefined && !allow.some((each) => covers(each, name))) return "a host that is allowed";
  if (isPrivateName(name) && !isNamed(name, allow)) return "a public host, or one that is named in full as allowed";
  if (url.protocol === "http:" && !(isPrivateName(name) && isNamed(name, allow))) return "https, but for a local host";
  return undefined;
}

/** Of a URL, without the brackets of an IPv6 address. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

function covers(pattern: string, name: string): boolean {
  return pattern.startsWith("*.") ? name.endsWith(pattern.slice(1).toLowerCase()) : pattern.toLowerCase() === name;
}
