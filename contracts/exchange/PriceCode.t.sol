// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {vm} from "../mocks/Vm.sol";
import {DECADES, PRICES_PER_DECADE, PriceCode} from "./PriceCode.sol";

contract PriceCodeTest {
    uint256 private constant CODES = uint256(PRICES_PER_DECADE) * DECADES;

    function test_EveryCodeIsMoreThanTheOneBefore() external pure {
        for (uint16 c = 1; c < CODES; c++) assert(_priceOf(c) > _priceOf(c - 1));
    }

    function test_DecadesMeet() external pure {
        for (uint16 d = 1; d < DECADES; d++) {
            assert(_priceOf(d * PRICES_PER_DECADE) == 1_000 * 10 ** uint256(d));
            assert(_priceOf(d * PRICES_PER_DECADE - 1) == 9_999 * 10 ** uint256(d - 1));
        }
    }

    function test_ABitcoinMarketGoesFromOneSatoshi() external pure {
        assert(_priceOf(0) == 1_000);
        assert(_priceOf(uint16(CODES - 1)) == 9_999_000 * 1_000);
    }

    function testFuzz_TheOrderOfCodesIsTheOrderOfPrices(uint16 a, uint16 b, uint8 decade) external pure {
        (a, b, decade) = (a % uint16(CODES), b % uint16(CODES), decade % 60);
        uint256 pa = PriceCode.wrap(a).decode(decade);
        uint256 pb = PriceCode.wrap(b).decode(decade);
        assert((a < b) == (pa < pb) && (a == b) == (pa == pb));
    }

    function testFuzz_APriceHasFourSignificantDigits(uint16 code, uint8 decade) external pure {
        (code, decade) = (code % uint16(CODES), decade % 60);
        uint256 price = PriceCode.wrap(code).decode(decade);
        uint256 unit = 10 ** (code / PRICES_PER_DECADE + uint256(decade));
        assert(price % unit == 0 && price / unit >= 1_000 && price / unit <= 9_999);
        assert(uint256(PRICES_PER_DECADE) * (code / PRICES_PER_DECADE) + price / unit - 1_000 == code);
    }

    function testFuzz_ValidIsBelowTheEndOfTheLastDecade(uint16 code) external pure {
        assert(PriceCode.wrap(code).isValid() == (code < CODES));
    }

    function testFuzz_AnOffsetMovesThePoint(uint16 code, uint8 decade) external pure {
        vm.assume(code < CODES);
        decade %= 60;
        assert(PriceCode.wrap(code).decode(decade) == _priceOf(code) * 10 ** uint256(decade));
    }

    function _priceOf(uint16 code) private pure returns (uint256) {
        return PriceCode.wrap(code).decode(0);
    }
}
