// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {StartFee} from "./StartFee.sol";

/// @notice A resting order in one word. From the lowest bit:
/// both sides: generation 32 | quantity 16 (instances left) | expiry 32 (its last second);
/// an ask: appliance 32 | provider's tag 32 | lock 96 (XOV base units of stake locked for each instance left) | start fee 16;
/// a bid: duration 16 (hours) | holder 160.
type Order is uint256;

using {
    applianceOf,
    durationOf,
    expiryOf,
    feeOf,
    generationOf,
    holderOf,
    isExpired,
    lockOf,
    quantityOf,
    tagOf,
    withGeneration,
    withQuantity
} for Order global;

uint256 constant QUANTITY = 32;
uint256 constant EXPIRY = 48;
uint256 constant APPLIANCE = 80;
uint256 constant TAG = 112;
uint256 constant LOCK = 144;
uint256 constant FEE = 240;
uint256 constant DURATION = 80;
uint256 constant HOLDER = 96;

/// @notice An ask without its generation and quantity.
function packAsk(uint32 expiry, uint32 appliance, address provider, uint96 lock, StartFee fee) pure returns (Order) {
    return Order.wrap(
        uint256(expiry) << EXPIRY | uint256(appliance) << APPLIANCE
            | uint256(tagOfProvider(provider)) << TAG | uint256(lock) << LOCK | uint256(StartFee.unwrap(fee)) << FEE
    );
}

function packBid(uint32 generation, uint256 quantity, uint32 expiry, uint16 duration, address holder)
    pure
    returns (Order)
{
    return Order.wrap(
        generation | quantity << QUANTITY | uint256(expiry) << EXPIRY | uint256(duration) << DURATION
            | uint256(uint160(holder)) << HOLDER
    );
}

/// @notice Enough of a provider's address to tell that an ask is not its own; to tell that it is, look it up.
function tagOfProvider(address provider) pure returns (uint32) {
    return uint32(uint160(provider));
}

function generationOf(Order order) pure returns (uint32) {
    return uint32(Order.unwrap(order));
}

function quantityOf(Order order) pure returns (uint16) {
    return uint16(Order.unwrap(order) >> QUANTITY);
}

/// @notice Of an order that has none.
function withGeneration(Order order, uint32 generation) pure returns (Order) {
    return Order.wrap(Order.unwrap(order) | generation);
}

function withQuantity(Order order, uint256 quantity) pure returns (Order) {
    return Order.wrap(Order.unwrap(order) & ~(uint256(type(uint16).max) << QUANTITY) | quantity << QUANTITY);
}

function expiryOf(Order order) pure returns (uint32) {
    return uint32(Order.unwrap(order) >> EXPIRY);
}

function isExpired(Order order) view returns (bool) {
    return block.timestamp > expiryOf(order);
}

function applianceOf(Order ask) pure returns (uint32) {
    return uint32(Order.unwrap(ask) >> APPLIANCE);
}

function tagOf(Order ask) pure returns (uint32) {
    return uint32(Order.unwrap(ask) >> TAG);
}

function lockOf(Order ask) pure returns (uint256) {
    return uint96(Order.unwrap(ask) >> LOCK);
}

function feeOf(Order ask) pure returns (StartFee) {
    return StartFee.wrap(uint16(Order.unwrap(ask) >> FEE));
}

function durationOf(Order bid) pure returns (uint16) {
    return uint16(Order.unwrap(bid) >> DURATION);
}

function holderOf(Order bid) pure returns (address) {
    return address(uint160(Order.unwrap(bid) >> HOLDER));
}
