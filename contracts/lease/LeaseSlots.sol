// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PriceCode} from "../exchange/PriceCode.sol";
import {Lease, State} from "./ILeases.sol";

/// @title A lease's two slots as two words, laid out as the members of `Lease`
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

    /// @notice The second slot of a lease of which nothing is settled.
    /// @param deposit quote units, below 2^88
    /// @param decade of the market, by which the price is decoded
    function second(uint32 appliance, uint32 market, uint256 deposit, uint256 decade) internal pure returns (uint256) {
        return uint256(appliance) | uint256(market) << 32 | deposit << 64 | decade << 248;
    }

    /// @notice Writes both slots of a lease.
    function write(Lease storage l, uint256 slot0, uint256 slot1) internal {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            sstore(l.slot, slot0)
            sstore(add(l.slot, 1), slot1)
        }
    }
}
