// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { createLog } from "../../../offchain/core/log.ts";
import { redactText } from "../../../offchain/core/redact.ts";

const AGE = "AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ";

function logged(write: (log: ReturnType<typeof createLog>) => void): string {
  let text = "";
  const destination = {
    write(line: string) {
      text += line;
    },
  };
  write(createLog({ name: "test", level: "trace", destination }));
  return text;
}

describe("log", () => {
  it("masks fields that are named like secrets, at any depth and in child loggers", () => {
    const text = logged((log) => {
      log
        .child({ apiKey: "s1" })
        .info({ a: { b: [{ seed: "s2", private_key: "s3" }] }, TOKEN: "s4", password: "s5" }, "m");
    });
    for (const secret of ["s1", "s2", "s3", "s4", "s5"]) expect(text).not.to.include(secret);
  });

  it("masks secrets within messages and errors", () => {
    const text = logged((log) => {
      log.error(new Error(`failed: https://user:hunter2@rpc.example/v3/0123456789abcdef0123456789abcdef?k=v ${AGE}`));
      log.info("-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----");
      log.info({ err: { headers: "Authorization: Bearer abcdefghijk" } }, "x");
    });
    for (const secret of ["hunter2", "0123456789abcdef", "k=v", "QQQQ", "c2VjcmV0", "abcdefghijk"]) {
      expect(text).not.to.include(secret);
    }
    expect(text).to.include("rpc.example/v3/");
  });

  it("keeps what is public: hashes, addresses, also of a token, public keys, plain URLs", () => {
    const address = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
    const [line] = logged((log) =>
      log.info({ token: address, hash: `0x${"ab".repeat(32)}`, publicKey: "p" }, "m"),
    ).split("\n");
    expect(JSON.parse(line ?? "")).to.include({
      token: address,
      hash: `0x${"ab".repeat(32)}`,
      publicKey: "p",
      msg: "m",
    });
    expect(redactText("GET http://127.0.0.1:8545 and http://h/a/b")).to.equal(
      "GET http://127.0.0.1:8545 and http://h/a/b",
    );
  });

  it("writes bigints whole and errors with their fields", () => {
    const error = Object.assign(new Error("no"), { code: "C", have: 10n ** 30n });
    const line = JSON.parse(logged((log) => log.warn({ err: error, amount: 2n ** 255n }, "m")));
    expect(line.amount).to.equal((2n ** 255n).toString());
    expect(line.err).to.include({ message: "no", code: "C", have: (10n ** 30n).toString() });
    expect(line.err.stack).to.include("Error: no");
  });
});
