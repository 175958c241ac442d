// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PriceCode} from "../exchange/PriceCode.sol";
import {Lease, State} from "./ILeases.sol";

/// @title Writing a lease's two slots as two words
/// @notice Opening ten leases member by member costs some 30,000 gas more than the slots themselves.
library LeaseSlots {
    /// @notice A lease's first slot, as `Lease` lays its members out, without a reason.
    function first(address holder, uint256 time, uint256 deadline, PriceCode price, State state)
        internal
        pure
        returns (uint256)
    {
        return uint256(uint160(holder)) | uint256(uint32(time)) << 160 | uint256(uint32(deadline)) << 192
            | uint256(PriceCode.unwrap(price)) << 224 | uint256(state) << 240;
    }

    /// @notice A lease's second slot, with nothing paid out.
    function second(uint32 appliance, uint32 market, uint256 deposit) internal pure returns (uint256) {
        return uint256(appliance) | uint256(market) << 32 | uint256(uint88(deposit)) << 64;
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
