// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { findingsIn, findingsInLock } from "../../scripts/setup/committed.ts";

const HOME_PATH = ["", "home", "someone", "xov"].join("/"); // in pieces, since this file is looked through as well
const KEY = ["-----BEGIN", "PRIVATE", "KEY-----"].join(" ");
const TOKEN = `npm${"_"}${"a".repeat(36)}`;

describe("findingsIn", () => {
  it("reports a home folder, a key and a token with their lines", () => {
    const found = findingsIn("x.md", `fine\nconst a = "${HOME_PATH}/b";\n${KEY}\n${TOKEN}\n`);
    expect(found.map(({ line, what }) => [line, what])).to.deep.equal([
      [2, "a path of one machine"],
      [3, "a private key"],
      [4, "an access token"],
    ]);
  });

  it("leaves addresses, relative paths and the public registry alone", () => {
    const text = [
      "https://example.org/home/page/x",
      "./work/now",
      `"resolved": "https://registry.npmjs.org/a/-/a-1.0.0.tgz"`,
    ].join("\n");
    expect(findingsIn("x.md", text)).to.deep.equal([]);
  });

  it("reports any other registry", () => {
    const resolved = JSON.stringify({ resolved: "https://npm.example.org/a.tgz" }, null, 1);
    expect(findingsIn("package-lock.json", resolved)).to.have.length(1);
  });
});

describe("findingsIn a source file", () => {
  const HEADER = "// SPDX-License-Identifier: Apache-2.0\n";

  it("reports a missing header, but not in what is generated", () => {
    expect(findingsIn("va/a.ts", "export {};\n")).to.have.length(1);
    expect(findingsIn("va/a.ts", `${HEADER}export {};\n`)).to.deep.equal([]);
    expect(findingsIn("typechain-types/a.ts", "export {};\n")).to.deep.equal([]);
  });

  it("reports one of more than 500 lines", () => {
    expect(findingsIn("contracts/A.sol", HEADER + "\n".repeat(499))).to.deep.equal([]);
    expect(findingsIn("contracts/A.sol", HEADER + "\n".repeat(500))).to.have.length(1);
  });
});

describe("findingsInLock", () => {
  const lockOf = (dependencies: object) => JSON.stringify({ packages: { "": { dependencies } } });

  it("accepts a lock file that agrees, whatever the order", () => {
    const manifest = JSON.stringify({ dependencies: { a: "1.0.0", b: "2.0.0" } });
    expect(findingsInLock(manifest, lockOf({ b: "2.0.0", a: "1.0.0" }))).to.deep.equal([]);
  });

  it("reports one that does not", () => {
    const manifest = JSON.stringify({ dependencies: { a: "1.0.0" } });
    expect(findingsInLock(manifest, lockOf({ a: "1.0.1" }))).to.have.length(1);
  });
});
