// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Byte order of integers
/// @notice Bitcoin writes the least significant byte first.
library LittleEndian {
    /// @notice Reverses the bytes of a 32-bit integer.
    function swap32(uint32 x) internal pure returns (uint32) {
        x = ((x & 0xff00ff00) >> 8) | ((x & 0x00ff00ff) << 8);
        return (x >> 16) | (x << 16);
    }

    /// @notice Reverses the bytes of a 64-bit integer.
    function swap64(uint64 x) internal pure returns (uint64) {
        return (uint64(swap32(uint32(x))) << 32) | swap32(uint32(x >> 32));
    }

    /// @notice Reverses the bytes of a word, so that a hash in internal order becomes the number that work is measured by.
    function swap256(bytes32 word) internal pure returns (uint256 x) {
        x = uint256(word);
        uint256 mask = 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
        x = ((x >> 8) & mask) | ((x & mask) << 8);
        mask = 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;
        x = ((x >> 16) & mask) | ((x & mask) << 16);
        mask = 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff;
        x = ((x >> 32) & mask) | ((x & mask) << 32);
        mask = 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff;
        x = ((x >> 64) & mask) | ((x & mask) << 64);
        x = (x >> 128) | (x << 128);
    }
}
