// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { Router } from "express";
import { namedHex, namedUuid } from "./ids.ts";
import { bareError } from "./replies.ts";
import type { Cloud, ImageConfig } from "./types.ts";

/** Glance, below /image/v2. */
export function imageRoutes(cloud: Cloud): Router {
  const router = Router();
  router.get("/images", (req, res) => {
    const { name } = req.query;
    const found = cloud.options.images.filter((image) => name === undefined || image.name === name);
    res.json({ images: found.map(imageView), first: `/v2${req.url}`, schema: "/v2/schemas/images" });
  });
  router.use((_req, res) => bareError(res, 404, "Not Found", "The resource could not be found."));
  return router;
}

function imageView(image: ImageConfig) {
  const id = namedUuid("image", image.name);
  return {
    hw_disk_bus: "virtio",
    hw_vif_model: "virtio",
    os_type: "linux",
    name: image.name,
    disk_format: "qcow2",
    container_format: "bare",
    visibility: "public",
    size: 13_486_080,
    virtual_size: 33_554_432,
    status: "active",
    checksum: namedHex("checksum", image.name),
    protected: false,
    min_ram: image.minRam ?? 0,
    min_disk: image.minDisk ?? 0,
    owner: namedHex("project", "admin"),
    os_hidden: false,
    os_hash_algo: "sha512",
    os_hash_value: createHash("sha512").update(image.name).digest("hex"),
    id,
    created_at: "2026-01-01T00:00:00Z",
    updated_at: "2026-01-01T00:00:00Z",
    tags: [],
    self: `/v2/images/${id}`,
    file: `/v2/images/${id}/file`,
    schema: "/v2/schemas/image",
    stores: "fs",
  };
}
