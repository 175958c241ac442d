// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A block, as a proof names it.
struct BlockProof {
    uint32 height;
    bytes header; // 80 bytes
}

/// @notice A transaction and its place in a block.
struct TransactionProof {
    uint32 index; // position in the block
    bytes raw; // as a node returns it, with or without its witness; without is cheaper
    bytes32[] path; // siblings from the leaf to the root, internal byte order
}
