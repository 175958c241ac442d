// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Exponential} from "./Exponential.sol";

/// @notice The price of anonymous starts: one slot.
struct StartPricing {
    uint96 floor; // XOV base units for one compute unit while nothing is in excess
    uint32 leastTarget; // thousandths of a compute unit an hour: the target of a network without history
    uint32 share; // millionths: the compute units started an hour for each compute unit that the network runs
    uint32 rise; // seconds of excess that multiply the price by e
    uint64 clearsAt; // unix nanoseconds: when the excess will have decayed to nothing
}

/// @title The price of a start without trust: floor × e^(excess / rise) per compute unit
/// @notice As EIP-4844 prices blobs: each start adds its units to an excess, which decays at the target rate. The excess is
/// kept as the time that it takes to decay (units / target), so that it is one timestamp, cannot overflow, and is the same
/// share of a network that has grown. A start pays the price integrated over its own units: splitting it or joining it with
/// others changes nothing.
library StartPrice {
    using StartPrice for StartPricing;

    /// @notice The price is at most floor × e^MAX_EXPONENT; a start that would raise it further has to wait.
    uint256 internal constant MAX_EXPONENT = 16;
    uint256 private constant NANOSECONDS = 1e9;
    uint256 private constant HOUR = 3600;

    /// @notice Compute units an hour (thousandths) whose start keeps the price as it is.
    /// @param rate the global compute rate, thousandths of a compute unit
    function targetOf(StartPricing memory p, uint256 rate) internal pure returns (uint256) {
        return Math.max(p.leastTarget, rate * p.share / 1e6);
    }

    /// @notice Nanoseconds until the excess is gone.
    function excess(StartPricing memory p) internal view returns (uint256) {
        uint256 now_ = block.timestamp * NANOSECONDS;
        return p.clearsAt > now_ ? p.clearsAt - now_ : 0;
    }

    /// @notice Nanoseconds of excess that `units` (thousandths) add, rounded up.
    function addedUp(uint256 units, uint256 target) internal pure returns (uint256) {
        return Math.ceilDiv(units * (HOUR * NANOSECONDS), target);
    }

    /// @notice The most excess there may be, nanoseconds.
    function mostExcess(StartPricing memory p) internal pure returns (uint256) {
        return MAX_EXPONENT * p.rise * NANOSECONDS;
    }

    /// @notice XOV base units for starting `units` (thousandths, at least 1) now, rounded up: the integral of the price from the
    /// excess of now over what they add. At least floor × units.
    function costUp(StartPricing memory p, uint256 units, uint256 target) internal view returns (uint256) {
        uint256 from = p.excess();
        uint256 to = from + addedUp(units, target);
        uint256 area = p.exponential(to) - p.exponential(from);
        // target × rise / 3600 units of excess multiply the price by e
        uint256 cost = Math.mulDiv(uint256(p.floor) * target * p.rise, area, 1000 * HOUR * Exponential.WAD) + 1;
        return Math.max(cost, p.leastUp(units));
    }

    /// @notice XOV base units for one compute unit at the excess of now.
    function marginal(StartPricing memory p) internal view returns (uint256) {
        return Math.mulDiv(p.floor, p.exponential(p.excess()), Exponential.WAD);
    }

    /// @notice floor × units, rounded up.
    function leastUp(StartPricing memory p, uint256 units) internal pure returns (uint256) {
        return Math.ceilDiv(p.floor * units, 1000);
    }

    /// @notice e^(excess / rise), wad.
    function exponential(StartPricing memory p, uint256 nanoseconds) internal pure returns (uint256) {
        return Exponential.expDown(nanoseconds * (Exponential.WAD / NANOSECONDS) / p.rise);
    }
}
