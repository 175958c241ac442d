// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {vm} from "../mocks/Vm.sol";
import {Thawing, ThawingShares} from "./Thawing.sol";

contract ThawingTest {
    using ThawingShares for Thawing;

    Thawing private _one;
    Thawing private _many;

    /// @notice Whoever asked early, often or late loses the same part; nothing is lost or made but by the slash.
    function testFuzz_ASlashTakesTheSamePartOfEveryRequest(uint96[4] calldata amounts, uint256 slashed) external {
        uint256 total;
        for (uint256 i = 0; i < amounts.length; i++) {
            uint256 amount = uint256(amounts[i]) + 1;
            _many.request(amount, block.timestamp + i + 1);
            total += amount;
        }
        _one.request(total, block.timestamp + 4);
        slashed %= total;
        _many.slash(slashed);
        _one.slash(slashed);
        uint256 paid;
        for (uint256 i = 0; i < amounts.length; i++) {
            vm.warp(block.timestamp + 1);
            uint256 got = _many.collect();
            uint256 fair = (uint256(amounts[i]) + 1) * (total - slashed) / total;
            assert(got + 1 >= fair && got <= fair + amounts.length);
            paid += got;
        }
        assert(paid == total - slashed && _many.tokens == 0 && _many.shares == 0);
        assert(_one.collect() == total - slashed);
    }

    /// @notice A request after a slash bears nothing of it; one that lost all is worth nothing for ever.
    function testFuzz_LaterRequestsDoNotPay(uint96 early, uint96 late, uint256 slashed) external {
        (uint256 a, uint256 b) = (uint256(early) + 1, uint256(late) + 1);
        _many.request(a, block.timestamp + 1);
        slashed %= a + 1;
        _many.slash(slashed);
        _many.request(b, block.timestamp + 2);
        vm.warp(block.timestamp + 1);
        uint256 first = _many.collect();
        // what rounding leaves stays with the account's other request
        assert(first <= a - slashed && first + 1 + (a - slashed) / 1e6 >= a - slashed);
        vm.warp(block.timestamp + 1);
        assert(first + _many.collect() == a - slashed + b);
    }

    function testFuzz_NothingLeavesBeforeItsTime(uint96 amount, uint32 delay) external {
        uint256 leavesAt = block.timestamp + uint256(delay) + 1;
        _many.request(uint256(amount) + 1, leavesAt);
        assert(_many.firstLeavesAt() == leavesAt);
        vm.warp(leavesAt - 1);
        assert(_many.collect() == 0);
        vm.warp(leavesAt);
        assert(_many.collect() == uint256(amount) + 1 && _many.firstLeavesAt() == 0);
    }

    /// @notice A queue that is full of requests that lost all takes new ones, and pays them.
    function test_AFullQueueThatLostAllIsNoObstacle() external {
        for (uint256 i = 0; i < 32; i++) _many.request(1e18, block.timestamp + 1);
        _many.slash(32e18);
        assert(_many.tokens == 0 && _many.firstLeavesAt() == 0);
        _many.request(5e18, block.timestamp + 2);
        vm.warp(block.timestamp + 1);
        assert(_many.collect() == 0);
        vm.warp(block.timestamp + 1);
        assert(_many.collect() == 5e18 && _many.tokens == 0 && _many.shares == 0);
    }
}
