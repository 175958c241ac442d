// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {vm} from "../mocks/Vm.sol";
import {StartPrice, StartPricing} from "./StartPrice.sol";

/// @notice Over all that the owner may set, and networks of up to 10^9 compute units.
contract StartPriceTest {
    using StartPrice for StartPricing;

    uint256 private constant NANOSECONDS = 1e9;

    function testFuzz_IsAtLeastTheFloorAndAtMostItsBound(uint256 seed, uint256 rate, uint32 units) external view {
        (StartPricing memory p, uint256 target) = _priced(seed, rate);
        uint256 n = uint256(units) + 400; // no class has less than a vCPU
        vm.assume(p.excess() + StartPrice.addedUp(n, target) <= p.mostExcess());
        uint256 cost = p.costUp(n, target);
        assert(cost >= p.leastUp(n));
        // e^16 = 8886110.52…
        assert(cost <= p.leastUp(n) * 8_886_111 + 2 + uint256(p.floor) * target * p.rise / 3.6e6 / 1e12);
        assert(p.marginal() >= p.floor && p.marginal() <= uint256(p.floor) * 8_886_111);
    }

    /// @notice A start in a large network adds so little excess that the integral is a few units of rounding.
    function testFuzz_IsAtLeastTheFloorWhereItAddsLittle(uint256 seed, uint16 units) external view {
        (StartPricing memory p,) = _priced(seed, 0);
        p.clearsAt = 0;
        uint256 n = uint256(units) + 400;
        assert(p.costUp(n, 1e12) >= p.leastUp(n));
    }

    function testFuzz_MoreUnitsCostMore(uint256 seed, uint256 rate, uint32 units) external view {
        (StartPricing memory p, uint256 target) = _priced(seed, rate);
        uint256 n = uint256(units) + 400; // no class has less than a vCPU
        vm.assume(p.excess() + StartPrice.addedUp(n + 1, target) <= p.mostExcess());
        assert(p.costUp(n, target) <= p.costUp(n + 1, target));
    }

    function testFuzz_MoreExcessCostsMore(uint256 seed, uint256 rate, uint32 units, uint32 more) external view {
        (StartPricing memory p, uint256 target) = _priced(seed, rate);
        uint256 n = uint256(units) + 400; // no class has less than a vCPU
        vm.assume(p.excess() + more + StartPrice.addedUp(n, target) <= p.mostExcess());
        uint256 cost = p.costUp(n, target);
        p.clearsAt += more;
        // the area is a difference of two exponentials that are exact to a part in 10^15
        assert(p.costUp(n, target) + p.costUp(n, target) / 1e6 + p.floor / 1e3 + 2 >= cost);
        assert(p.exponential(p.excess()) >= 1e18);
    }

    /// @notice A larger network is not dearer for the same starts.
    function testFuzz_AHigherTargetCostsNoMore(uint256 seed, uint256 rate, uint32 units, uint32 more) external view {
        (StartPricing memory p, uint256 target) = _priced(seed, rate);
        uint256 n = uint256(units) + 400; // no class has less than a vCPU
        vm.assume(p.excess() + StartPrice.addedUp(n, target) <= p.mostExcess());
        uint256 cost = p.costUp(n, target);
        assert(p.costUp(n, target + more) <= cost + cost / 1e3 + p.floor / 1e3 + 2);
    }

    function _priced(uint256 seed, uint256 rate) private view returns (StartPricing memory p, uint256 target) {
        p.floor = uint96(1e6 + seed % 1e22);
        p.leastTarget = uint32(1_000 + (seed >> 64) % (1e9 - 999));
        p.share = uint32(1 + (seed >> 96) % 1e6);
        p.rise = uint32(10 minutes + (seed >> 128) % (7 days - 599));
        p.clearsAt = uint64((block.timestamp + (seed >> 160) % (16 * uint256(p.rise))) * NANOSECONDS);
        target = p.targetOf(rate % 1e12);
    }
}
