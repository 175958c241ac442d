// SPDX-License-Identifier: Apache-2.0
import type { Response } from "express";

/** Names of Nova's errors by status. */
const FAULTS: Readonly<Record<number, string>> = {
  400: "badRequest",
  401: "unauthorized",
  403: "forbidden",
  404: "itemNotFound",
  405: "badMethod",
  406: "computeFault",
  409: "conflictingRequest",
  413: "overLimit",
  429: "overLimit",
  503: "serviceUnavailable",
};

/** Nova's form of an error. */
export function computeFault(res: Response, status: number, message: string): void {
  res.status(status).json({ [FAULTS[status] ?? "computeFault"]: { code: status, message } });
}

/** Neutron's. */
export function neutronError(res: Response, status: number, type: string, message: string): void {
  res.status(status).json({ NeutronError: { type, message, detail: "" } });
}

/** Keystone's, and that of the middleware before every service. */
export function keystoneError(res: Response, status: number, title: string, message: string): void {
  res.status(status).json({ error: { code: status, title, message } });
}

/** What the WSGI framework of Nova and Glance says where the service itself says nothing. */
export function bareError(res: Response, status: number, title: string, message: string): void {
  res.status(status).json({ message: `${message}<br /><br />\n\n\n`, code: `${status} ${title}`, title });
}
