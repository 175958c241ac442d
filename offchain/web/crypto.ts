// SPDX-License-Identifier: Apache-2.0
// All that signs, seals and makes addresses, in a chunk of its own: who only looks at offers does not load it.
export { openAccessDetails } from "../lease/accessDetails.ts";
export { signStop } from "../lease/actions.ts";
export { holderKeys } from "../lease/holderKeys.ts";
export { refundAddressOf, refundScriptOf } from "./launch/refundScript.ts";
export { signTake } from "./launch/signTake.ts";
export { checkLease } from "./lease/checkLease.ts";
