// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title The arithmetic of a lease
/// @notice Prices are quote units per hour, times are seconds of the provider clock.
library LeaseMath {
    uint256 private constant HOUR = 1 hours;
    /// @dev XOV base units for each thousandth of a compute unit.
    uint256 private constant PENALTY_PER_UNIT = 1e15;

    /// @notice XOV base units at stake until an instance of so many thousandths of a compute unit has started.
    function startPenalty(uint256 computeUnits) internal pure returns (uint256) {
        return computeUnits * PENALTY_PER_UNIT;
    }

    /// @notice What `elapsed` seconds cost, rounded down, at most the deposit.
    function earnedDown(uint256 deposit, uint256 price, uint256 elapsed) internal pure returns (uint256) {
        return Math.min(deposit, price * elapsed / HOUR);
    }

    /// @notice What pays for so many seconds.
    function costUp(uint256 price, uint256 seconds_) internal pure returns (uint256) {
        return Math.ceilDiv(price * seconds_, HOUR);
    }

    /// @notice The first number of seconds at which `earnedDown` is the whole deposit.
    function secondsPaidUp(uint256 deposit, uint256 price) internal pure returns (uint256) {
        return Math.ceilDiv(deposit * HOUR, price);
    }

    /// @notice The share of `collateral`, which covers `covered`, that an amount owed needs; rounded up, at most all of it.
    function collateralUp(uint256 collateral, uint256 covered, uint256 owed) internal pure returns (uint256) {
        if (owed >= covered) return collateral;
        return Math.mulDiv(collateral, owed, covered, Math.Rounding.Ceil);
    }

    /// @notice The share of `collateral`, which covers `covered`, that goes for `amount` of it; rounded down, so that what is
    /// left covers the rest.
    function collateralDown(uint256 collateral, uint256 covered, uint256 amount) internal pure returns (uint256) {
        if (amount >= covered) return collateral;
        return Math.mulDiv(collateral, amount, covered);
    }
}
