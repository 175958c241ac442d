// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { TypedDataEncoder } from "ethers";
import { ContractWallet__factory, type Requests, Requests__factory } from "../../typechain-types/index.js";
import { active, at, DAY, ethers, loadFixture, SEALED_ACCESS, State, taken, time, unfunded } from "./fixture.ts";
import { takeForToken, tokenListed } from "./tokenFixture.ts";

const TYPES = {
  Console: [
    { name: "leaseId", type: "bytes32" },
    { name: "deadline", type: "uint256" },
  ],
};

async function running() {
  const s = await active();
  const requests = await new Requests__factory(s.relayer).deploy(s.leases);
  return { ...s, requests };
}

async function domainOf(requests: Requests) {
  const { chainId } = await ethers.provider.getNetwork();
  return { name: "XOV Requests", version: "1", chainId, verifyingContract: await requests.getAddress() };
}

async function asked() {
  const s = await loadFixture(running);
  const domain = await domainOf(s.requests);
  const deadline = (await time.latest()) + 600;
  const sign = (signer = s.holder, message = { leaseId: s.id, deadline }) =>
    signer.signTypedData(domain, TYPES, message);
  const digest = (message = { leaseId: s.id, deadline }) => TypedDataEncoder.hash(domain, TYPES, message);
  return { ...s, deadline, sign, digest };
}

describe("Requests.requestConsole", () => {
  it("tells the appliance what the holder of an active lease asks for", async () => {
    const s = await asked();
    const tx = s.requests.connect(s.holder).requestConsole(s.id);
    await expect(tx)
      .to.emit(s.requests, "ConsoleRequested")
      .withArgs(s.id, (await s.leases.lease(s.id)).appliance);
  });

  it("is the holder's alone", async () => {
    const s = await asked();
    await expect(s.requests.connect(s.relayer).requestConsole(s.id))
      .to.be.revertedWithCustomError(s.requests, "Requests_NotHolder")
      .withArgs(s.id, s.relayer, s.holder);
  });

  it("is about leases that there are", async () => {
    const s = await asked();
    const unknown = ethers.id("no lease");
    await expect(s.requests.connect(s.holder).requestConsole(unknown)).to.be.revertedWithCustomError(
      s.leases,
      "Leases_UnknownLease",
    );
  });

  it("needs an active lease: before its start and after its end there is no console", async () => {
    const s = await loadFixture(unfunded);
    const requests = await new Requests__factory(s.relayer).deploy(s.leases);
    await expect(requests.connect(s.holder).requestConsole(s.id))
      .to.be.revertedWithCustomError(requests, "Requests_NotActive")
      .withArgs(s.id, State.Unfunded);
    const over = await asked();
    await over.leases.connect(over.holder).stop(over.id);
    await expect(over.requests.connect(over.holder).requestConsole(over.id))
      .to.be.revertedWithCustomError(over.requests, "Requests_NotActive")
      .withArgs(over.id, State.Closed);
  });
});

describe("Requests.requestConsoleBySig", () => {
  it("takes the holder's signature from anyone", async () => {
    const s = await asked();
    const tx = s.requests.requestConsoleBySig(s.id, s.deadline, await s.sign());
    await expect(tx).to.emit(s.requests, "ConsoleRequested");
  });

  it("refuses another's signature, and one of another lease or deadline", async () => {
    const s = await asked();
    const other = await taken(s, 2n);
    const wrong = [
      await s.sign(s.relayer),
      await s.sign(s.holder, { leaseId: other, deadline: s.deadline }),
      await s.sign(s.holder, { leaseId: s.id, deadline: s.deadline + 1 }),
    ];
    for (const signature of wrong) {
      await expect(s.requests.requestConsoleBySig(s.id, s.deadline, signature))
        .to.be.revertedWithCustomError(s.requests, "Requests_InvalidSignature")
        .withArgs(s.digest(), s.holder);
    }
  });

  it("counts to the last second of its deadline", async () => {
    const s = await asked();
    const signature = await s.sign();
    await at(s.deadline);
    await expect(s.requests.requestConsoleBySig(s.id, s.deadline, signature)).to.emit(s.requests, "ConsoleRequested");
    await at(s.deadline + 1);
    await expect(s.requests.requestConsoleBySig(s.id, s.deadline, signature))
      .to.be.revertedWithCustomError(s.requests, "Requests_SignatureExpired")
      .withArgs(s.deadline, s.deadline + 1);
  });

  it("refuses a signature that would count for more than a day", async () => {
    const s = await asked();
    const now = (await time.latest()) + 10;
    for (const [deadline, late] of [
      [now + DAY, false],
      [now + 1 + DAY + 1, true],
    ] as const) {
      const signature = await s.sign(s.holder, { leaseId: s.id, deadline });
      await at(late ? now + 1 : now);
      const tx = s.requests.requestConsoleBySig(s.id, deadline, signature);
      if (!late) await expect(tx).to.emit(s.requests, "ConsoleRequested");
      else {
        await expect(tx)
          .to.be.revertedWithCustomError(s.requests, "Requests_DeadlineTooLate")
          .withArgs(deadline, now + 1 + DAY);
      }
    }
  });

  it("takes what a holder that is a contract says is its signature (ERC-1271)", async () => {
    const s = await loadFixture(tokenListed);
    const requests = await new Requests__factory(s.relayer).deploy(s.leases);
    const wallet = await new ContractWallet__factory(s.relayer).deploy(s.holder);
    const { id, tx } = await takeForToken(s, { terms: { holder: await wallet.getAddress() } });
    await tx;
    await s.leases.connect(s.hotKey).start(id, SEALED_ACCESS);
    const deadline = (await time.latest()) + 600;
    const sign = async (signer = s.holder) =>
      signer.signTypedData(await domainOf(requests), TYPES, { leaseId: id, deadline });
    await expect(requests.requestConsoleBySig(id, deadline, await sign(s.relayer))).to.be.revertedWithCustomError(
      requests,
      "Requests_InvalidSignature",
    );
    await expect(requests.requestConsoleBySig(id, deadline, await sign())).to.emit(requests, "ConsoleRequested");
  });
});
