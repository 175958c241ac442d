// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PriceCode} from "../exchange/PriceCode.sol";
import {NO_FEE_NAMED, StartFee} from "../exchange/StartFee.sol";
import {State} from "./ILeases.sol";

/// @notice A lease as it is stored. From the lowest bit:
/// first: holder 160 | time 32 | deadline 32 | price 16 | state 8 | reason 8;
/// second: appliance 32 | market 32 | deposit 84 | paid 84 | start fee 10 | confirmations 8 | decade 4 | start due 1 | within
/// limit 1. The members are those of `Lease`; the last two say that the start of the holder is not accounted for yet, and that
/// the lease uses its holder's limit.
struct Slots {
    uint256 first;
    uint256 second;
}

/// @title A lease's two slots as two words
/// @notice Opening ten leases member by member costs some 30,000 gas more than the slots themselves.
library LeaseSlots {
    /// @notice From the fill until the VA must have answered a launch spec, seconds of wall time.
    uint256 internal constant START_WINDOW = 30 minutes;

    /// @notice The first slot of a lease that is paid for.
    /// @param clock the provider clock at the fill; zero with a launch spec
    /// @param startBy Pending until then (wall time); zero without a launch spec: Reserved
    function first(address holder, uint256 clock, uint256 startBy, PriceCode price) internal pure returns (uint256) {
        State state = startBy == 0 ? State.Reserved : State.Pending;
        return uint256(uint160(holder)) | clock << 160 | startBy << 192 | uint256(PriceCode.unwrap(price)) << 224
            | uint256(state) << 240;
    }

    /// @notice The second slot of a lease from a fill, of which nothing is settled.
    /// @param deposit quote units, below 2^84
    /// @param decade of the market, by which the price is decoded
    function second(uint32 appliance, uint32 market, uint256 deposit, uint256 decade) internal pure returns (uint256) {
        return uint256(appliance) | uint256(market) << 32 | deposit << 64
            | uint256(StartFee.unwrap(NO_FEE_NAMED)) << 232 | decade << 250;
    }
}
