// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { FileError } from "../../../offchain/core/files.ts";
import { openJournal } from "../../../offchain/relayer/journal.ts";
import { ProblemError } from "../../../offchain/relayer/problem.ts";
import { type Take, takeSchema, takeToJson } from "../../../offchain/relayer/take.ts";
import { leaseId } from "./support/model.ts";

const TAKE: Take = {
  order: 2n ** 120n - 1n,
  terms: {
    holder: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    appliance: 1,
    class: leaseId(7),
    quote: "0x0000000000000000000000000000000000000000",
    price: 1_000_000n,
    startFee: 0n,
    prepayment: 2n ** 256n - 1n,
    refundScript: "0x",
    launchSpecHash: leaseId(8),
    salt: 0n,
    deadline: 1n,
  },
  signature: "0x1234",
  launch: { sealKeyHash: leaseId(9), sealedSpec: "0x00" },
};

describe("journal", () => {
  let folder: string;
  const id = leaseId(1);
  const entry = { leaseId: id, take: TAKE, refusal: undefined };

  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), "xov-journal-")), "takes");
  });
  afterEach(() => rm(join(folder, ".."), { recursive: true }));

  it("has after a restart what was put, and not what was removed", async () => {
    const journal = await openJournal(folder);
    await journal.put(entry);
    await journal.put({ ...entry, leaseId: leaseId(2) });
    await journal.remove(leaseId(2));
    const again = await openJournal(folder);
    expect(again.all()).to.deep.equal([entry]);
    expect(again.get(id)).to.deep.equal(entry);
    expect(again.get(leaseId(2))).to.equal(undefined);
  });

  it("keeps why a take was refused", async () => {
    const { problem } = new ProblemError({ code: "X", status: 409, title: "t", detail: "d", args: { have: "1" } });
    await (await openJournal(folder)).put({ ...entry, refusal: problem });
    expect((await openJournal(folder)).get(id)?.refusal).to.deep.equal(problem);
  });

  it("passes over what was half written, and nothing else", async () => {
    await (await openJournal(folder)).put(entry);
    await writeFile(join(folder, `.${leaseId(3)}.json.123456`), "{");
    expect((await openJournal(folder)).all()).to.have.length(1);
    expect(await readdir(folder)).to.have.length(2);
    await writeFile(join(folder, `${leaseId(3)}.json`), "{");
    const error = await openJournal(folder).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(FileError);
  });
});

describe("take", () => {
  it("is read as it was written", () => {
    expect(takeSchema.parse(JSON.parse(JSON.stringify(takeToJson(TAKE))))).to.deep.equal(TAKE);
  });

  it("takes no number that does not fit", () => {
    const json = takeToJson(TAKE);
    for (const price of [`${2n ** 256n}`, "-1", "1.5", "0x10", "1e3", "", "01", " 1"]) {
      expect(takeSchema.safeParse({ ...json, terms: { ...json.terms, price } }).success, price).to.equal(false);
    }
    for (const order of ["0", "-1", "1.5", `${2n ** 120n}`, 1]) {
      expect(takeSchema.safeParse({ ...json, order }).success, `${order}`).to.equal(false);
    }
  });
});
