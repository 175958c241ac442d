// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { userData } from "../../va/userData.ts";

const KEYS = ["ssh-ed25519 AAAAC3Nz me@home", 'ssh-rsa AAAAB3 "quoted" \\ ü'];
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

interface Part {
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Reads MIME as far as cloud-init's own parser would (RFC 2046). */
function parts(message: string): Part[] {
  const boundary = /^Content-Type: multipart\/mixed; boundary="([^"]+)"$/m.exec(message)?.[1];
  if (boundary === undefined) throw new Error("no multipart message");
  const [, ...sections] = message.split(`--${boundary}`);
  expect(sections.pop()).to.equal("--\n");
  return sections.map((section) => {
    const [head = "", ...rest] = section.slice(1).split("\n\n");
    const headers = new Map(
      head.split("\n").map((line) => {
        const [name = "", ...value] = line.split(": ");
        return [name.toLowerCase(), value.join(": ")];
      }),
    );
    const raw = rest.join("\n\n");
    const encoded = headers.get("content-transfer-encoding") === "base64";
    return { headers, body: encoded ? Buffer.from(raw, "base64").toString("utf8") : raw };
  });
}

describe("userData", function () {
  this.timeout(20_000);
  it("is empty when nothing is asked for", () => {
    expect(userData({ sshKeys: [] })).to.have.length(0);
  });
  it("passes the holder's document as it is when there are no keys", () => {
    expect(text(userData({ sshKeys: [], userData: "#!/bin/sh\necho hi\n" }))).to.equal("#!/bin/sh\necho hi\n");
  });
  it("is a cloud-config with the keys when there is no document", () => {
    const document = text(userData({ sshKeys: KEYS }));
    const [first, second, ...lines] = document.trimEnd().split("\n");
    expect([first, second]).to.deep.equal(["#cloud-config", "ssh_authorized_keys:"]);
    expect(lines.map((line) => JSON.parse(line.replace(/^ {2}- /, "")))).to.deep.equal(KEYS);
  });
  for (const [document, type] of [
    ["#!/bin/sh\necho hi\n", "text/x-shellscript"],
    ["#cloud-config\npackages: [vim]\n", "text/cloud-config"],
    ["#cloud-config-archive\n- type: text/plain\n", "text/cloud-config-archive"],
    ["#include-once\nhttp://a\n", "text/x-include-once-url"],
    ["#include\nhttp://a\n", "text/x-include-url"],
    ["#cloud-boothook\nx\n", "text/cloud-boothook"],
    ["## template: jinja\n#cloud-config\n", "text/jinja2"],
    ["#part-handler\n", "text/part-handler"],
    ["anything ü\n", "text/plain"],
  ] as const) {
    it(`has both as parts: ${type}`, () => {
      const [own, keys, ...more] = parts(text(userData({ sshKeys: KEYS, userData: document })));
      expect(more).to.have.length(0);
      expect(own?.headers.get("content-type")).to.equal(`${type}; charset="utf-8"`);
      expect(own?.body).to.equal(document);
      expect(keys?.headers.get("content-type")).to.equal('text/cloud-config; charset="utf-8"');
      expect(keys?.headers.get("merge-type")).to.contain("list(append)");
      expect(keys?.body).to.equal(text(userData({ sshKeys: KEYS })));
    });
  }
  it("keeps a document that is MIME itself as a part", () => {
    const mime =
      'Content-Type: multipart/mixed; boundary="in"\nMIME-Version: 1.0\n\n--in\nContent-Type: text/plain\n\nx\n--in--';
    const message = text(userData({ sshKeys: KEYS, userData: mime }));
    expect(message).to.contain(`\n${mime}\n`);
    expect(parts(message)[0]?.headers.get("content-type")).to.equal('multipart/mixed; boundary="in"');
  });
  it("makes the same bytes of the same spec", () => {
    const spec = { sshKeys: KEYS, userData: "#!/bin/sh\n" };
    expect(userData(spec)).to.deep.equal(userData(spec));
  });
});
