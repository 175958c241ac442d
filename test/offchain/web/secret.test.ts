// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import fc from "fast-check";
import { backupText } from "../../../offchain/web/account/backup.ts";
import { formatFragment, parseFragment } from "../../../offchain/web/account/fragment.ts";
import { decodeSecret, encodeSecret, findSecret, SecretTextError } from "../../../offchain/web/account/secretText.ts";

const secrets = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => new Uint8Array(bytes));

const codeOf = (action: () => unknown) => {
  try {
    action();
  } catch (error) {
    if (error instanceof SecretTextError) return error.code;
    throw error;
  }
  return undefined;
};

describe("web: the account secret as text", () => {
  it("is read back in any case and with blanks around it", () => {
    fc.assert(
      fc.property(secrets, (secret) => {
        const text = encodeSecret(secret);
        expect(text).to.match(/^xovsecret1/);
        expect(decodeSecret(` ${text.toUpperCase()}\n`)).to.deep.equal(secret);
      }),
    );
  });

  it("has a checksum that finds any mistyped sign", () => {
    const text = encodeSecret(new Uint8Array(32).fill(7));
    for (let at = "xovsecret1".length; at < text.length; at++) {
      const wrong = `${text.slice(0, at)}${text[at] === "q" ? "p" : "q"}${text.slice(at + 1)}`;
      expect(
        codeOf(() => decodeSecret(wrong)),
        wrong,
      ).to.equal("MISTYPED");
    }
    expect(codeOf(() => decodeSecret(text.slice(0, -1)))).to.equal("MISTYPED");
  });

  it("is told apart from other texts", () => {
    expect(codeOf(() => decodeSecret("AGE-SECRET-KEY-1QQ"))).to.equal("NOT_A_SECRET");
    expect(codeOf(() => findSecret("hello"))).to.equal("NOT_A_SECRET");
  });

  it("is found in its backup and in a link", () => {
    fc.assert(
      fc.property(secrets, (secret) => {
        const text = encodeSecret(secret);
        expect(findSecret(backupText(text, "https://pool.example"))).to.deep.equal(secret);
        expect(findSecret(`https://pool.example/lease/0x00#${text}.${"ab".repeat(32)}`)).to.deep.equal(secret);
      }),
    );
  });
});

describe("web: the fragment of a link", () => {
  it("carries the secret and the appliance's key", () => {
    fc.assert(
      fc.property(secrets, fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 })), (secret, key) => {
        const bitcoinKey = key === null ? {} : { bitcoinKey: `0x${Buffer.from(key).toString("hex")}` as const };
        const fragment = { secret, ...bitcoinKey };
        expect(parseFragment(`#${formatFragment(fragment)}`)).to.deep.equal(fragment);
      }),
    );
  });

  it("may be absent or another one", () => {
    expect(parseFragment("")).to.equal(undefined);
    expect(parseFragment("#limits")).to.equal(undefined);
  });

  it("is refused when it is damaged", () => {
    const damaged = encodeSecret(new Uint8Array(32)).slice(0, -4);
    expect(codeOf(() => parseFragment(`#${damaged}`))).to.equal("MISTYPED");
  });
});
