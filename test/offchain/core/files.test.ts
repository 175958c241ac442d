// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { z } from "zod";
import { readJson, writeFileAtomic } from "../../../offchain/core/files.ts";

describe("files", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "xov-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("replaces a file as a whole, private by default, and leaves nothing beside it", async () => {
    const path = join(folder, "a.json");
    await Promise.all(["1", "22", "333"].map((text) => writeFileAtomic(path, text)));
    expect(await readFile(path, "utf8")).to.be.oneOf(["1", "22", "333"]);
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    expect(await readdir(folder)).to.deep.equal(["a.json"]);
  });

  it("leaves no temporary file when it fails", async () => {
    const path = join(folder, "is-a-folder");
    await writeFileAtomic(join(folder, "x"), "");
    let failed = false;
    await writeFileAtomic(join(path, "missing", "y"), "").catch(() => {
      failed = true;
    });
    expect(failed).to.equal(true);
    expect(await readdir(folder)).to.deep.equal(["x"]);
  });

  it("reads JSON of a known form, and says what is wrong with another", async () => {
    const path = join(folder, "a.json");
    const schema = z.object({ n: z.number() });
    expect(await readJson(path, schema)).to.equal(undefined);
    await writeFile(path, '{"n":1}');
    expect(await readJson(path, schema)).to.deep.equal({ n: 1 });
    const code = (text: string) =>
      writeFile(path, text)
        .then(() => readJson(path, schema))
        .catch((error: { code: string }) => error.code);
    expect(await code("{")).to.equal("NOT_JSON");
    expect(await code('{"n":"1"}')).to.equal("BAD_CONTENT");
  });
});
