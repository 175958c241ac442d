// SPDX-License-Identifier: Apache-2.0
import solc from "solc";
import { type Address, createTestClient, createWalletClient, type Hex, http, publicActions } from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { foundry } from "viem/chains";

const SOURCE = `
// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.0;
contract Emitter {
  event Noted(uint256 indexed id, address indexed by, string text);
  event Unlisted(uint256 id);
  error TooSmall(uint256 have, uint256 need);
  uint256 public need = 10;
  function note(uint256 from, uint256 count) external {
    for (uint256 i = 0; i < count; i++) { emit Noted(from + i, msg.sender, "n"); emit Unlisted(i); }
  }
  function setNeed(uint256 value) external { need = value; }
  function enough(uint256 have) external payable { if (have < need) revert TooSmall(have, need); emit Noted(have, msg.sender, ""); }
  function bare() external pure { revert(); }
}`;

/** What the tests know of the contract: without its event `Unlisted`. */
export const emitterAbi = [
  {
    type: "event",
    name: "Noted",
    inputs: [
      { name: "id", type: "uint256", indexed: true },
      { name: "by", type: "address", indexed: true },
      { name: "text", type: "string", indexed: false },
    ],
  },
  {
    type: "error",
    name: "TooSmall",
    inputs: [
      { name: "have", type: "uint256" },
      { name: "need", type: "uint256" },
    ],
  },
  {
    type: "function",
    name: "note",
    stateMutability: "nonpayable",
    inputs: [
      { name: "from", type: "uint256" },
      { name: "count", type: "uint256" },
    ],
    outputs: [],
  },
  {
    type: "function",
    name: "setNeed",
    stateMutability: "nonpayable",
    inputs: [{ name: "value", type: "uint256" }],
    outputs: [],
  },
  {
    type: "function",
    name: "enough",
    stateMutability: "payable",
    inputs: [{ name: "have", type: "uint256" }],
    outputs: [],
  },
  { type: "function", name: "bare", stateMutability: "nonpayable", inputs: [], outputs: [] },
] as const;

let bytecode: Hex | undefined;

function compile(): Hex {
  const input = {
    language: "Solidity",
    sources: { "Emitter.sol": { content: SOURCE } },
    settings: { evmVersion: "cancun", outputSelection: { "*": { Emitter: ["evm.bytecode.object"] } } },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input)));
  return `0x${output.contracts["Emitter.sol"].Emitter.evm.bytecode.object}`;
}

/** Anvil's first account, which has ether. */
export const account = mnemonicToAccount("test test test test test test test test test test test junk");

/** A client that may do what only a test node lets one do. */
export function testClient(url: string) {
  return createTestClient({
    mode: "anvil",
    chain: foundry,
    transport: http(url),
    cacheTime: 0,
    pollingInterval: 20,
  }).extend(publicActions);
}

export type TestClient = ReturnType<typeof testClient>;

/** Deploys the contract in a block of its own. */
export async function deployEmitter(url: string): Promise<Address> {
  bytecode ??= compile();
  const wallet = createWalletClient({ account, chain: foundry, transport: http(url) });
  const node = testClient(url);
  const hash = await wallet.sendTransaction({ data: bytecode });
  await node.mine({ blocks: 1 });
  const { contractAddress } = await node.getTransactionReceipt({ hash });
  if (!contractAddress) throw new Error("not deployed");
  return contractAddress;
}

/** Puts a transaction with so many events into the pool. */
export async function note(url: string, address: Address, from: bigint, count: bigint): Promise<Hex> {
  const wallet = createWalletClient({ account, chain: foundry, transport: http(url) });
  return await wallet.writeContract({
    address,
    abi: emitterAbi,
    functionName: "note",
    args: [from, count],
    gas: 100_000n + 20_000n * count,
  });
}
