// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Exponential} from "./Exponential.sol";

contract ExponentialTest {
    uint256 private constant WAD = 1e18;

    function test_KnownValues() external pure {
        assert(Exponential.expDown(0) == WAD);
        // e, e^2, e^10, e^16 and e^48 to sixteen digits (OEIS A001113 and its powers)
        _near(Exponential.expDown(1e18), 2_718281828459045235);
        _near(Exponential.expDown(2e18), 7_389056098930650227);
        _near(Exponential.expDown(10e18), 22026_465794806716516957);
        _near(Exponential.expDown(16e18), 8886110_520507872636763023);
        _near(Exponential.expDown(48e18), 701673591209763173865471599886117405455);
        assert(Exponential.expDown(type(uint256).max) == Exponential.expDown(48e18));
    }

    function testFuzz_NeverFalls(uint256 a, uint256 b) external pure {
        (a, b) = (a % 50e18, b % 50e18);
        (uint256 low, uint256 high) = a < b ? (a, b) : (b, a);
        assert(Exponential.expDown(low) <= Exponential.expDown(high));
        assert(Exponential.expDown(low) <= Exponential.expDown(low + 1));
    }

    function testFuzz_IsMonotoneWhereItDoubles(uint256 doublings) external pure {
        uint256 x = (doublings % 69 + 1) * 693_147_180_559_945_309;
        assert(Exponential.expDown(x - 1) <= Exponential.expDown(x));
    }

    function testFuzz_ASumIsAProduct(uint256 a, uint256 b) external pure {
        (a, b) = (a % 24e18, b % 24e18);
        _near(Exponential.expDown(a + b), Exponential.expDown(a) * Exponential.expDown(b) / WAD);
    }

    function testFuzz_DecayNeverGrowsAndHalves(uint96 amount, uint40 elapsed, uint32 halfLife) external pure {
        uint256 h = uint256(halfLife) + 1;
        uint256 left = Exponential.decayDown(amount, elapsed, h);
        assert(left <= amount);
        assert(Exponential.decayDown(amount, uint256(elapsed) + 1, h) <= left);
        assert(Exponential.decayDown(amount, 0, h) == amount);
        assert(Exponential.decayDown(amount, h, h) == amount / 2);
    }

    /// @notice To poke the flow often neither keeps nor loses more of it than rounding does.
    function testFuzz_DecaysTheSameInSteps(uint96 amount, uint16[12] calldata steps, uint32 halfLife) external pure {
        uint256 h = uint256(halfLife) % 90 days + 1 days;
        (uint256 stepped, uint256 elapsed) = (amount, 0);
        for (uint256 i = 0; i < steps.length; i++) {
            stepped = Exponential.decayDown(stepped, steps[i], h);
            elapsed += steps[i];
        }
        uint256 once = Exponential.decayDown(amount, elapsed, h);
        uint256 off = once > stepped ? once - stepped : stepped - once;
        assert(off <= steps.length + uint256(amount) / 1e15);
    }

    function _near(uint256 have, uint256 need) private pure {
        uint256 off = have > need ? have - need : need - have;
        assert(off <= 100 + need / 1e15);
    }
}
