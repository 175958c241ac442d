// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OrderId} from "../exchange/OrderId.sol";

/// @notice Instances of one resting order that the exchange has matched; each is a lease. Packed, since up to 255 of them
/// travel in one call.
struct Fill {
    uint256 terms; // order 120 | first 16 | count 16 | prepayment 88, from the top, of 240 bits
    uint256 parties; // appliance 32 | holder 160, from the top, of 192 bits
}

/// @param order that rested: market and price are in its id
/// @param first number of the first instance; the next ones count down
/// @param count instances, at least 1
/// @param prepayment quote units for each
function packTerms(OrderId order, uint256 first, uint256 count, uint256 prepayment) pure returns (uint256) {
    return uint256(OrderId.unwrap(order)) << 120 | first << 104 | count << 88 | prepayment;
}

function packParties(uint32 appliance, address holder) pure returns (uint256) {
    return uint256(appliance) << 160 | uint160(holder);
}

function unpackTerms(uint256 terms)
    pure
    returns (OrderId order, uint256 first, uint256 count, uint256 prepayment)
{
    order = OrderId.wrap(uint120(terms >> 120));
    (first, count, prepayment) = (uint16(terms >> 104), uint16(terms >> 88), uint88(terms));
}

function unpackParties(uint256 parties) pure returns (uint32 appliance, address holder) {
    return (uint32(parties >> 160), address(uint160(parties)));
}
