// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Bitcoin's double SHA-256
/// @dev Assembly, because Solidity's `sha256` copies its input and both digests through fresh memory, and the proof of a
/// payment hashes a dozen pairs.
library Sha256d {
    /// @notice Hash of two nodes of a merkle tree.
    function pair(bytes32 left, bytes32 right) internal view returns (bytes32 digest) {
        assembly ("memory-safe") {
            mstore(0x00, left)
            mstore(0x20, right)
            let ok := staticcall(gas(), 2, 0x00, 0x40, 0x00, 0x20)
            if iszero(and(staticcall(gas(), 2, 0x00, 0x20, 0x00, 0x20), ok)) { revert(0, 0) }
            digest := mload(0x00)
        }
    }

    /// @notice Hash of bytes.
    function data(bytes memory input) internal view returns (bytes32 digest) {
        assembly ("memory-safe") {
            let ok := staticcall(gas(), 2, add(input, 0x20), mload(input), 0x00, 0x20)
            if iszero(and(staticcall(gas(), 2, 0x00, 0x20, 0x00, 0x20), ok)) { revert(0, 0) }
            digest := mload(0x00)
        }
    }
}
