// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {vm} from "../mocks/Vm.sol";
import {LeaseMath} from "./LeaseMath.sol";

/// @notice Deposits fit 88 bits, prices 64 (in any market with a sensible decade), clocks 40.
contract LeaseMathTest {
    function testFuzz_EarnedIsTheCostRoundedDown(uint96 deposit, uint64 price, uint40 elapsed) external pure {
        uint256 earned = LeaseMath.earnedDown(deposit, price, elapsed);
        uint256 cost = uint256(price) * elapsed;
        if (earned < deposit) assert(earned * 3600 <= cost && cost < (earned + 1) * 3600);
        else assert(earned == deposit && cost >= uint256(deposit) * 3600);
    }

    function testFuzz_EarnedNeverFalls(uint96 deposit, uint64 price, uint40 earlier, uint40 later) external pure {
        vm.assume(earlier <= later);
        assert(LeaseMath.earnedDown(deposit, price, earlier) <= LeaseMath.earnedDown(deposit, price, later));
    }

    function testFuzz_ATopUpEarnsNothing(uint96 deposit, uint96 topUp, uint64 price, uint40 elapsed) external pure {
        uint256 before = LeaseMath.earnedDown(deposit, price, elapsed);
        vm.assume(before < deposit);
        assert(LeaseMath.earnedDown(uint256(deposit) + topUp, price, elapsed) == before);
    }

    function testFuzz_WhatIsUnspentCanBeTakenBack(uint96 deposit, uint64 price, uint40 elapsed, uint96 taken)
        external
        pure
    {
        uint256 before = LeaseMath.earnedDown(deposit, price, elapsed);
        vm.assume(taken <= deposit - before);
        assert(LeaseMath.earnedDown(deposit - taken, price, elapsed) == before);
    }

    function testFuzz_TheEndIsTheFirstSecondThatEarnsAll(uint96 deposit, uint64 price) external pure {
        vm.assume(price > 0);
        uint256 end = LeaseMath.secondsPaidUp(deposit, price);
        assert(LeaseMath.earnedDown(deposit, price, end) == deposit);
        if (end > 0) assert(LeaseMath.earnedDown(deposit, price, end - 1) < deposit);
    }

    function testFuzz_TheCostOfATimePaysForIt(uint64 price, uint40 seconds_) external pure {
        uint256 cost = LeaseMath.costUp(price, seconds_);
        assert(LeaseMath.earnedDown(cost, price, seconds_) >= uint256(price) * seconds_ / 3600);
        if (price > 0 && seconds_ > 0) assert(LeaseMath.secondsPaidUp(cost - 1, price) <= seconds_);
        if (price > 0) assert(LeaseMath.secondsPaidUp(cost, price) >= seconds_);
    }

    function testFuzz_WhatIsTakenBackInWholeEndsNow(uint96 deposit, uint64 price, uint40 elapsed) external pure {
        vm.assume(price > 0);
        uint256 earned = LeaseMath.earnedDown(deposit, price, elapsed);
        assert(LeaseMath.secondsPaidUp(earned, price) <= elapsed);
    }

    function testFuzz_CollateralKeepsTheRatioAgreed(uint96 collateral, uint64 covered, uint96 owed) external pure {
        uint256 kept = LeaseMath.collateralUp(collateral, covered, owed);
        assert(kept <= collateral);
        uint256 due = owed < covered ? owed : covered;
        assert(kept * covered >= due * collateral);
        if (kept > 0 && owed < covered) assert((kept - 1) * covered < due * collateral);
    }

    /// @notice Releasing in steps keeps no less than releasing at once, and at most a unit more for each step.
    function testFuzz_CollateralInSteps(uint96 collateral, uint64 covered, uint64 first, uint64 second) external pure {
        vm.assume(first <= covered && second <= first);
        uint256 once = LeaseMath.collateralUp(collateral, covered, second);
        uint256 kept = LeaseMath.collateralUp(collateral, covered, first);
        kept = LeaseMath.collateralUp(kept, first, second);
        assert(kept >= once && kept <= once + 1);
    }

    function testFuzz_NothingOwedKeepsNothing(uint96 collateral, uint64 covered) external pure {
        vm.assume(covered > 0);
        assert(LeaseMath.collateralUp(collateral, covered, 0) == 0);
    }
}
