// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Difficulty targets
/// @notice Compact encoding (arith_uint256 in the reference client), work, and the retarget every 2,016 blocks.
library BitcoinTarget {
    /// Blocks in a difficulty epoch.
    uint256 internal constant EPOCH = 2016;
    /// Seconds an epoch should take.
    uint256 internal constant TIMESPAN = 14 days;

    /// The compact form is negative, zero or wider than 256 bits.
    error BitcoinTarget_Invalid(uint32 bits);

    /// @notice Target of a compact form: 8 bits exponent (bytes), 1 bit sign, 23 bits mantissa.
    function decode(uint32 bits) internal pure returns (uint256 target) {
        uint256 exponent = bits >> 24;
        uint256 mantissa = bits & 0x007fffff;
        if (exponent <= 3) mantissa >>= 8 * (3 - exponent);
        bool negative = bits & 0x00800000 != 0;
        bool overflow = exponent > 34 || (mantissa > 0xff && exponent > 33) || (mantissa > 0xffff && exponent > 32);
        if (mantissa == 0 || negative || overflow) revert BitcoinTarget_Invalid(bits);
        return exponent <= 3 ? mantissa : mantissa << (8 * (exponent - 3));
    }

    /// @notice Compact form of a target, rounded down. The mantissa keeps its top bit clear, since that is the sign.
    function encode(uint256 target) internal pure returns (uint32) {
        uint256 exponent = target == 0 ? 0 : Math.log2(target) / 8 + 1;
        uint256 mantissa = exponent <= 3 ? target << (8 * (3 - exponent)) : target >> (8 * (exponent - 3));
        if (mantissa & 0x00800000 != 0) {
            mantissa >>= 8;
            exponent += 1;
        }
        return uint32((exponent << 24) | mantissa);
    }

    /// @notice Expected number of hashes to find a block: 2^256 / (target + 1), rounded down.
    /// @param target below 2^256 − 1
    function work(uint256 target) internal pure returns (uint256) {
        return ~target / (target + 1) + 1;
    }

    /// @notice Bits of the epoch after one that had `bits` and took `elapsed` seconds from its first to its last block.
    /// @dev `elapsed` may be negative: blocks need only be later than a median. It counts as a quarter to four times of
    /// what it should be.
    /// @param powLimit easiest target of the network
    function retarget(uint32 bits, int256 elapsed, uint256 powLimit) internal pure returns (uint32) {
        int256 least = int256(TIMESPAN / 4);
        uint256 span = elapsed < least ? uint256(least) : Math.min(uint256(elapsed), TIMESPAN * 4);
        return encode(Math.min(Math.mulDiv(decode(bits), span, TIMESPAN), powLimit));
    }
}
