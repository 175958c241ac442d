// SPDX-License-Identifier: Apache-2.0
import { Signature } from "ethers";
import { type Operation, operationsOf } from "../operation.ts";
import { permitOf, sign } from "../signatures.ts";
import { HOUR } from "../values.ts";

const AMOUNT = 5_000_000n;

const xov = operationsOf("XovToken", {
  transfer: {
    "to an account that has some": (s) => s.xov.connect(s.holder).transfer(s.relayer, AMOUNT),
    "to an account that has none": (s) => s.xov.connect(s.holder).transfer(s.stranger, AMOUNT),
    "both sides have delegated": async (s) => {
      await s.xov.connect(s.holder).delegate(s.holder);
      await s.xov.connect(s.relayer).delegate(s.relayer);
      return s.xov.connect(s.holder).transfer(s.relayer, AMOUNT);
    },
  },
  approve: { "for the first time": (s) => s.xov.connect(s.holder).approve(s.stranger, AMOUNT) },
  transferFrom: {
    "with an allowance left": async (s) => {
      await s.xov.connect(s.holder).approve(s.stranger, 2n * AMOUNT);
      return s.xov.connect(s.stranger).transferFrom(s.holder, s.relayer, AMOUNT);
    },
  },
  permit: {
    "by anyone": async (s) => {
      const { deadline, v, r, s: s_ } = await permitOf(s, "xov", AMOUNT, s.stranger.address);
      return s.xov.connect(s.relayer).permit(s.holder, s.stranger, AMOUNT, deadline, v, r, s_);
    },
  },
  delegate: { "for the first time": (s) => s.xov.connect(s.holder).delegate(s.holder) },
  delegateBySig: {
    "by anyone": async (s) => {
      const expiry = s.chain.now() + HOUR;
      const message = { delegatee: s.holder.address, nonce: await s.xov.nonces(s.holder), expiry };
      const signature = Signature.from(await sign(s, s.holder, { name: "XOV", at: s.xov }, "Delegation", message));
      const { v, r, s: s_ } = signature;
      return s.xov.connect(s.relayer).delegateBySig(s.holder, message.nonce, expiry, v, r, s_);
    },
  },
  burn: { "a part": (s) => s.xov.connect(s.holder).burn(AMOUNT) },
  burnFrom: {
    "with an allowance left": async (s) => {
      await s.xov.connect(s.holder).approve(s.stranger, 2n * AMOUNT);
      return s.xov.connect(s.stranger).burnFrom(s.holder, AMOUNT);
    },
  },
});

const vault = operationsOf("Vault", {
  deposit: {
    "to a balance": (s) => s.vault.connect(s.holder).deposit(s.token, AMOUNT, s.holder),
    "to a new balance": (s) => s.vault.connect(s.holder).deposit(s.token, AMOUNT, s.stranger),
    "XOV, to a balance": (s) => s.vault.connect(s.holder).deposit(s.xov, AMOUNT, s.holder),
  },
  depositWithPermit: {
    "to a balance": async (s) => {
      const permit = await permitOf(s, "token", AMOUNT);
      return s.vault.connect(s.holder).depositWithPermit(s.token, AMOUNT, s.holder, permit);
    },
    "XOV, to a balance": async (s) => {
      const permit = await permitOf(s, "xov", AMOUNT);
      return s.vault.connect(s.holder).depositWithPermit(s.xov, AMOUNT, s.holder, permit);
    },
  },
  pull: {
    "by an operator, to a balance": async (s) => {
      const permit = await permitOf(s, "token", AMOUNT);
      return s.vault.connect(s.asExchange).pull(s.token, s.holder, AMOUNT, permit);
    },
  },
  withdraw: {
    "a part": (s) => s.vault.connect(s.holder).withdraw(s.token, AMOUNT, s.holder),
    "all, to an account that has none": async (s) => {
      const all = await s.vault.balanceOf(s.token, s.holder);
      return s.vault.connect(s.holder).withdraw(s.token, all, s.stranger);
    },
    "XOV, a part": (s) => s.vault.connect(s.holder).withdraw(s.xov, AMOUNT, s.holder),
  },
  move: {
    "by an operator, between balances": (s) => s.vault.connect(s.asLeases).move(s.token, s.holder, s.relayer, AMOUNT),
    "by an operator, to a new balance": (s) => s.vault.connect(s.asLeases).move(s.token, s.holder, s.stranger, AMOUNT),
  },
  burn: {
    "by an operator": async (s) => {
      const providers = await s.chain.impersonate(await s.providers.getAddress());
      return s.vault.connect(providers).burn(AMOUNT);
    },
  },
});

/** Of XOV and of the vault. */
export const tokenOperations: readonly Operation[] = [...xov, ...vault];
