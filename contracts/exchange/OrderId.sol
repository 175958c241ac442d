// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {PriceCode} from "./PriceCode.sol";

enum Side {
    Ask,
    Bid
}

/// @notice Where an order stands and which one it is: market 32 | side 8 | price 16 | page 24 | lane 8 | generation 32, from
/// the top. What an order costs can be read off its id; an order never moves. The generation counts the orders that have
/// used the same storage, so that an id never means another order.
type OrderId is uint120;

using {isZero, levelOf, marketOf, placeOf, priceOf, sideOf} for OrderId global;

/// @notice Zero is nobody's id.
function isZero(OrderId id) pure returns (bool) {
    return OrderId.unwrap(id) == 0;
}

function marketOf(OrderId id) pure returns (uint32) {
    return uint32(OrderId.unwrap(id) >> 88);
}

/// @dev Beyond the two sides there are no orders.
function sideOf(OrderId id) pure returns (Side) {
    return uint8(OrderId.unwrap(id) >> 80) == uint8(Side.Ask) ? Side.Ask : Side.Bid;
}

function priceOf(OrderId id) pure returns (PriceCode) {
    return PriceCode.wrap(uint16(OrderId.unwrap(id) >> 64));
}

/// @notice Market, side and price.
function levelOf(OrderId id) pure returns (uint256) {
    return OrderId.unwrap(id) >> 64;
}

/// @notice What the id holds beside market, side and price; never zero.
function placeOf(OrderId id) pure returns (uint64) {
    return uint64(OrderId.unwrap(id));
}

/// @notice The order at a place of a level.
function orderAt(uint256 level, uint64 place) pure returns (OrderId) {
    return OrderId.wrap(uint120(level << 64 | place));
}

function levelAt(uint32 market, Side side, PriceCode price) pure returns (uint256) {
    return uint256(market) << 24 | uint256(side) << 16 | PriceCode.unwrap(price);
}

/// @notice keccak256(abi.encode(order, instance)): the lease that filling an order's instance opens. Instances are numbered
/// down from the order's quantity.
function leaseIdOf(OrderId order, uint256 instance) pure returns (bytes32) {
    return Hashes.efficientKeccak256(bytes32(uint256(OrderId.unwrap(order))), bytes32(instance));
}
