// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A price with four significant digits, `m × 10^e` with m in 1000…9999, as `9000·e + m − 1000`.
/// The codes of one market keep the order of its prices. Seven decades: 0…62,999.
type PriceCode is uint16;

using {decode, isValid} for PriceCode global;

uint16 constant PRICES_PER_DECADE = 9_000;
uint16 constant DECADES = 7;

/// @notice Quote units per instance-hour.
/// @param decade the market's offset: the exponent of its lowest decade
function decode(PriceCode code, uint8 decade) pure returns (uint256) {
    uint256 c = PriceCode.unwrap(code);
    return (c % PRICES_PER_DECADE + 1_000) * 10 ** (c / PRICES_PER_DECADE + decade);
}

function isValid(PriceCode code) pure returns (bool) {
    return PriceCode.unwrap(code) < PRICES_PER_DECADE * DECADES;
}
