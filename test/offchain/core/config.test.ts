// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { z } from "zod";
import { ConfigError, integer, readConfig, urlList } from "../../../offchain/core/config.ts";

const schema = z.object({
  RPC_URLS: urlList,
  PORT: integer(1, 65535).default(8080),
  API_TOKEN: z.string().min(20).describe("at least 20 characters"),
});

function problems(source: Record<string, string>) {
  try {
    readConfig(schema, source);
  } catch (error) {
    if (error instanceof ConfigError) return error;
  }
  throw new Error("accepted");
}

describe("readConfig", () => {
  it("reads what is right, with defaults", () => {
    const config = readConfig(schema, {
      RPC_URLS: "http://a, https://b/x",
      PORT: "",
      API_TOKEN: "t".repeat(20),
      HOME: "/",
    });
    expect(config).to.deep.equal({ RPC_URLS: ["http://a", "https://b/x"], PORT: 8080, API_TOKEN: "t".repeat(20) });
  });

  it("names each key with what it is and what it needs, all at once", () => {
    const error = problems({ PORT: "70000", API_TOKEN: "short-secret" });
    expect(error.problems).to.deep.include({
      key: "RPC_URLS",
      have: "not set",
      need: "http(s) URLs, separated by commas",
    });
    expect(error.problems).to.deep.include({ key: "PORT", have: '"70000"', need: "a whole number from 1 to 65535" });
    expect(error.message).to.include("API_TOKEN: is [redacted], needs at least 20 characters");
    expect(error.message).not.to.include("short-secret");
  });

  it("does not show credentials of a bad URL", () => {
    const { message } = problems({ RPC_URLS: "ftp://me:pw@h, https://me:hunter2@h/", API_TOKEN: "t".repeat(20) });
    expect(message).to.include("RPC_URLS");
    expect(message).not.to.include("hunter2");
  });
});
