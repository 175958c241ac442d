// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { openApiSchema } from "../../../offchain/pool/api.ts";
import { openApi } from "../../../offchain/pool/openApi.ts";
import { ROUTES } from "../../../offchain/pool/routes/index.ts";
import { SCHEMAS } from "../../../offchain/pool/schemas.ts";
import { pgliteDatabase } from "../indexer/support/databases.ts";
import { startPool } from "./support/pool.ts";

/** All `$ref`s within a document. */
function refsIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => (key === "$ref" ? [String(each)] : refsIn(each)));
}

function at(document: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document);
}

describe("the OpenAPI document", function () {
  this.timeout(60_000);

  it("is served, before the index is there too", async () => {
    const pool = await startPool({ db: (await pgliteDatabase()).db });
    pool.ready = false;
    try {
      const document = await pool.get("/api/openapi.json", openApiSchema);
      expect(document.openapi).to.equal("3.1.0");
      const paths = [...ROUTES.map(({ path }) => path), "/api/openapi.json"];
      expect(Object.keys(document.paths)).to.have.members(paths);
      for (const path of paths) {
        // Each is answered by something that is not the 404 of an unknown path.
        const method = Object.keys(at(document, ["paths", path]) as object)[0] ?? "";
        const { status } = await fetch(`${pool.url}${path.replace(/\{\w+\}/, "1")}`, { method: method.toUpperCase() });
        expect(status, path).not.to.equal(404);
      }
    } finally {
      await pool.stop();
    }
  });

  it("names only schemas that it has, and every parameter of each path", () => {
    const document = openApi(ROUTES);
    for (const ref of refsIn(document).filter((each) => each.startsWith("#/components"))) {
      expect(at(document, ref.slice(2).split("/")), ref).to.be.an("object");
    }
    for (const { path, method } of ROUTES) {
      const parameters = at(document, ["paths", path, method, "parameters"]) as { name: string; in: string }[];
      const named = parameters.filter((each) => each.in === "path").map(({ name }) => `{${name}}`);
      expect(path.match(/\{\w+\}/g) ?? [], path).to.deep.equal(named);
    }
  });

  it("describes bodies, queries and errors as they are checked", () => {
    const document = openApi(ROUTES);
    const take = at(document, ["components", "schemas", "Take"]);
    expect(at(take, ["properties", "terms", "required"])).to.include.members(["holder", "price", "salt", "deadline"]);
    expect(at(take, ["additionalProperties"])).to.equal(false);
    const query = at(document, ["paths", "/api/offers", "get", "parameters"]) as { name: string; required: boolean }[];
    expect(query.map(({ name }) => name)).to.include.members([
      "image",
      "region",
      "minVcpus",
      "maxPrice",
      "sort",
      "cursor",
    ]);
    expect(query.some(({ required }) => required)).to.equal(false);
    const problem = at(document, ["paths", "/api/takes", "post", "responses", "default", "content"]);
    expect(problem).to.have.property("application/problem+json");
    expect(Object.keys(at(document, ["components", "schemas"]) as object)).to.have.members(Object.keys(SCHEMAS));
  });
});
