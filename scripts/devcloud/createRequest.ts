// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";

const uuid = z.string().regex(/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i);
const base64 = z.string().regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/);
const metadata = z.record(z.string().regex(/^[a-zA-Z0-9-_:. ]{1,255}$/), z.string().max(255));

/** The body of POST /servers as far as this cloud knows it (API reference of Nova, microversion 2.90). */
export const createSchema = z.object({
  server: z.strictObject({
    name: z.string().min(1).max(255),
    imageRef: z.string(),
    flavorRef: z.string(),
    networks: z.union([
      z.enum(["none", "auto"]),
      z.array(z.union([z.strictObject({ uuid }), z.strictObject({ port: uuid })])).min(1),
    ]),
    tags: z
      .array(
        z
          .string()
          .min(1)
          .max(60)
          .regex(/^[^,/]*$/),
      )
      .max(50)
      .optional(),
    metadata: metadata.optional(),
    user_data: base64.max(65_535).optional(),
    config_drive: z.boolean().optional(),
    key_name: z.string().optional(),
    min_count: z.number().int().min(1).optional(),
    max_count: z.number().int().min(1).optional(),
    description: z.string().nullable().optional(),
    hostname: z.string().optional(),
    security_groups: z.array(z.object({ name: z.string() })).optional(),
  }),
  "os:scheduler_hints": z.looseObject({ group: uuid.optional() }).optional(),
});

export type CreateBody = z.infer<typeof createSchema>;

/** The body of the rebuild action. */
export const rebuildSchema = z.strictObject({
  imageRef: z.string(),
  name: z.string().min(1).max(255).optional(),
  user_data: base64.max(65_535).nullable().optional(),
  metadata: metadata.optional(),
  key_name: z.string().nullable().optional(),
});

/** Nova's words for a body that its JSON schema refuses; like Nova's they repeat the refused value. */
export function invalidInput(body: unknown, error: z.ZodError): string {
  const issue = error.issues[0];
  const path = issue?.path ?? [];
  let value: unknown = body;
  for (const key of path) value = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  const shown = typeof value === "string" ? value : JSON.stringify(value);
  return `Invalid input for field/attribute ${String(path.at(-1) ?? "body")}. Value: ${shown}. ${issue?.message}`;
}
