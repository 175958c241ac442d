// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { type RequestHandler, type Response, Router } from "express";
import { z } from "zod";
import { isoMicros, namedHex } from "./ids.ts";
import { keystoneError } from "./replies.ts";
import type { Cloud } from "./types.ts";

const NEEDS_LOGIN = "The request you have made requires authentication.";

const loginSchema = z.object({
  auth: z.object({
    identity: z.object({
      methods: z.array(z.string()),
      application_credential: z.object({ id: z.string(), secret: z.string() }),
    }),
  }),
});

/** Keystone, below /identity/v3. Knows one application credential. */
export function identityRoutes(cloud: Cloud): Router {
  const router = Router();
  router.use((_req, res, next) => {
    res.set("vary", "X-Auth-Token");
    next();
  });
  router.get("/", (_req, res) => {
    res.json({
      version: {
        id: "v3.14",
        status: "stable",
        updated: "2020-04-07T00:00:00Z",
        links: [{ rel: "self", href: `${cloud.url}/identity/v3/` }],
        "media-types": [{ base: "application/json", type: "application/vnd.openstack.identity-v3+json" }],
      },
    });
  });
  router.post("/auth/tokens", (req, res) => {
    const parsed = loginSchema.safeParse(req.body);
    if (!parsed.success) return keystoneError(res, 400, "Bad Request", "'identity' is a required property");
    const { id, secret } = parsed.data.auth.identity.application_credential;
    if (id !== cloud.state.credentialId) {
      return keystoneError(res, 404, "Not Found", `Could not find Application Credential: ${id}.`);
    }
    if (secret !== cloud.state.credentialSecret) {
      res.set("www-authenticate", `Keystone uri="${cloud.url}/identity/v3"`);
      return keystoneError(res, 401, "Unauthorized", NEEDS_LOGIN);
    }
    const token = `gAAAAA${randomBytes(90).toString("base64url")}`;
    const expires = cloud.now() + cloud.options.tokenSeconds * 1000;
    cloud.tokens.set(token, expires);
    res.status(201).set("x-subject-token", token);
    res.json({ token: tokenView(cloud, expires) });
  });
  router.delete("/auth/tokens", requireToken(cloud), (req, res) => {
    cloud.tokens.delete(req.get("x-subject-token") ?? "");
    res.status(204).end();
  });
  return router;
}

/** Answers 401 to a request without a valid token, as the middleware before every service does. */
export function requireToken(cloud: Cloud, refuse: (res: Response) => void = unauthorized): RequestHandler {
  return (req, res, next) => {
    const expires = cloud.tokens.get(req.get("x-auth-token") ?? "");
    if (expires !== undefined && expires > cloud.now()) return next();
    res.set("www-authenticate", `Keystone uri="${cloud.url}/identity"`);
    refuse(res);
  };
}

function unauthorized(res: Response): void {
  keystoneError(res, 401, "Unauthorized", NEEDS_LOGIN);
}

function tokenView(cloud: Cloud, expires: number) {
  const domain = { id: "default", name: "Default" };
  return {
    methods: ["application_credential"],
    user: { domain, id: cloud.state.userId, name: "xov-va", password_expires_at: null },
    audit_ids: [randomBytes(16).toString("base64url")],
    expires_at: `${isoMicros(expires)}Z`,
    issued_at: `${isoMicros(cloud.now())}Z`,
    project: { domain, id: cloud.state.projectId, name: "xov" },
    is_domain: false,
    roles: [{ id: namedHex("role", "member"), name: "member" }],
    catalog: [
      service(cloud, "image", "glance", "/image"),
      service(cloud, "compute", "nova", "/compute/v2.1"),
      service(cloud, "placement", "placement", "/placement"),
      service(cloud, "network", "neutron", "/network"),
      service(cloud, "identity", "keystone", "/identity/v3"),
    ],
    application_credential: { id: cloud.state.credentialId, name: "xov-app", restricted: true },
  };
}

function service(cloud: Cloud, type: string, name: string, path: string) {
  const endpoint = (face: string) => ({
    id: namedHex("endpoint", `${type}/${face}`),
    interface: face,
    region_id: "RegionOne",
    url: cloud.url + path,
    region: "RegionOne",
  });
  return { endpoints: ["public", "admin", "internal"].map(endpoint), id: namedHex("service", type), type, name };
}
