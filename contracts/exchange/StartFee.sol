// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What an ask charges for the start of a holder without trust: zero for nothing, else a fee with two significant
/// digits, `m × 10^e` with m in 10…99, as `90·e + m − 9`. Eleven decades: 1…990. A lease from a fill has NO_FEE_NAMED.
/// All are 10 bits.
type StartFee is uint16;

using {decode, isUnnamed, isValid} for StartFee global;

uint16 constant FEES_PER_DECADE = 90;
uint16 constant FEE_DECADES = 11;
/// @dev Neither the taker nor the maker could name a fee: it is nothing.
StartFee constant NO_FEE_NAMED = StartFee.wrap(1023);

/// @notice Quote units.
/// @param decade the market's offset, as of its prices
function decode(StartFee fee, uint256 decade) pure returns (uint256) {
    uint256 code = StartFee.unwrap(fee);
    if (code == 0 || fee.isUnnamed()) return 0;
    unchecked {
        // below 10^(2 + 11 + 12)
        return ((code - 1) % FEES_PER_DECADE + 10) * 10 ** ((code - 1) / FEES_PER_DECADE + decade);
    }
}

function isUnnamed(StartFee fee) pure returns (bool) {
    return StartFee.unwrap(fee) == StartFee.unwrap(NO_FEE_NAMED);
}

function isValid(StartFee fee) pure returns (bool) {
    return StartFee.unwrap(fee) <= FEES_PER_DECADE * FEE_DECADES;
}
