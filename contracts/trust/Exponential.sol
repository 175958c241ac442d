// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title e^x and what decays by it, in whole numbers
/// @notice Fractions have 18 decimals ("wad"). Every step rounds down and is monotone in x, so the results are as well.
library Exponential {
    uint256 internal constant WAD = 1e18;
    /// @dev ln 2, rounded down.
    uint256 internal constant LN2 = 693_147_180_559_945_309;
    /// @notice The largest x of `expDown`: its result still fits 128 bits beside a wad.
    uint256 internal constant MAX_X = 48e18;
    /// @dev After so many half-lives nothing of 96 bits is left.
    uint256 private constant MAX_HALVINGS = 97;

    /// @notice e^x, rounded down; its relative error is below 10^-16. Monotone. `x` above MAX_X counts as MAX_X.
    function expDown(uint256 x) internal pure returns (uint256) {
        unchecked {
            if (x > MAX_X) x = MAX_X;
            uint256 doublings = x / LN2;
            // e^(r/4) by its series, whose 13th term is below 10^-19; then squared twice
            uint256 r = (x % LN2) / 4;
            uint256 y = WAD + r / 12;
            y = WAD + y * r / (11 * WAD);
            y = WAD + y * r / (10 * WAD);
            y = WAD + y * r / (9 * WAD);
            y = WAD + y * r / (8 * WAD);
            y = WAD + y * r / (7 * WAD);
            y = WAD + y * r / (6 * WAD);
            y = WAD + y * r / (5 * WAD);
            y = WAD + y * r / (4 * WAD);
            y = WAD + y * r / (3 * WAD);
            y = WAD + y * r / (2 * WAD);
            y = WAD + y * r / WAD;
            y = y * y / WAD;
            y = y * y / WAD;
            return y << doublings;
        }
    }

    /// @notice What is left of `amount` (at most 96 bits) after `elapsed` seconds, rounded down. It does not matter to more than
    /// the rounding in how many steps it decays.
    /// @param halfLife seconds, not zero
    function decayDown(uint256 amount, uint256 elapsed, uint256 halfLife) internal pure returns (uint256) {
        unchecked {
            uint256 halvings = elapsed / halfLife;
            if (halvings >= MAX_HALVINGS) return 0;
            return (amount >> halvings) * WAD / expDown(elapsed % halfLife * LN2 / halfLife);
        }
    }
}
