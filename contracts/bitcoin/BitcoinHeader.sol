// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LittleEndian} from "./LittleEndian.sol";
import {Sha256d} from "./Sha256d.sol";

/// @title Fields of a block header
/// @notice version 4, previous block 32, merkle root 32, time 4, bits 4, nonce 4 bytes. Callers see to the length.
library BitcoinHeader {
    uint256 internal constant LENGTH = 80;

    /// @notice Copies one header of a batch over another, so that a batch needs memory for one only.
    /// @param header 80 bytes of memory
    /// @param offset where the header starts; the batch reaches 80 bytes further
    function load(bytes memory header, bytes calldata batch, uint256 offset) internal pure {
        assembly ("memory-safe") {
            calldatacopy(add(header, 0x20), add(batch.offset, offset), 80)
        }
    }

    /// @notice The block's hash, internal byte order.
    function blockHash(bytes memory header) internal view returns (bytes32) {
        return Sha256d.data(header);
    }

    /// @notice Version, signed as in the reference client.
    function version(bytes memory header) internal pure returns (int32) {
        return int32(LittleEndian.swap32(uint32(uint256(_word(header, 0)) >> 224)));
    }

    /// @notice Hash of the parent, internal byte order.
    function previous(bytes memory header) internal pure returns (bytes32) {
        return _word(header, 4);
    }

    /// @notice Root of the block's transactions, internal byte order.
    function merkleRoot(bytes memory header) internal pure returns (bytes32) {
        return _word(header, 36);
    }

    /// @notice The miner's clock, seconds since 1970.
    function time(bytes memory header) internal pure returns (uint32) {
        return LittleEndian.swap32(uint32(uint256(_word(header, 48)) >> 64));
    }

    /// @notice Difficulty target, compact.
    function bits(bytes memory header) internal pure returns (uint32) {
        return LittleEndian.swap32(uint32(uint256(_word(header, 48)) >> 32));
    }

    /// The 32 bytes at an offset.
    function _word(bytes memory header, uint256 offset) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := mload(add(add(header, 0x20), offset))
        }
    }
}
