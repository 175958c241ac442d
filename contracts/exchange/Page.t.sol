// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LANES, Page} from "./Page.sol";

/// @title One page against a plain list of its lanes
contract PageTest {
    uint256[] private _model;

    function testFuzz_keepsTheOrderOfItsLanes(uint256 seed) external {
        Page page = Page.wrap(0).withNext(7).withPrevious(8).withSpare(9).withPages(10);
        for (uint256 i; i < 60; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            if (_model.length < LANES && (_model.length == 0 || seed % 5 < 3)) {
                _model.push(page.freeLane());
                page = page.push();
            } else {
                page = page.remove(_drop(seed / 5 % _model.length));
            }
            _requireSame(page);
        }
        require(page.next() == 7 && page.previous() == 8 && page.spare() == 9 && page.pages() == 10, "the rest");
    }

    function test_usesTheLaneAgainThatWasFreedLast() external pure {
        Page page = Page.wrap(0).push().push().push().remove(1);
        require(page.freeLane() == 1, "freed");
        require(page.laneAt(0) == 0 && page.laneAt(1) == 2, "kept");
        require(page.push().push().laneAt(3) == 3, "never used");
    }

    function testFuzz_changesOneLinkAtATime(uint256 word, uint24 number) external pure {
        Page page = Page.wrap(word).withNext(number);
        require(page.next() == number && page.previous() == Page.wrap(word).previous(), "next");
        page = Page.wrap(word).withPrevious(number);
        require(page.previous() == number && page.count() == Page.wrap(word).count(), "previous");
        page = Page.wrap(word).withSpare(number);
        require(page.spare() == number && page.next() == Page.wrap(word).next(), "spare");
        page = Page.wrap(word).withPages(number);
        require(page.pages() == number && page.spare() == Page.wrap(word).spare(), "pages");
    }

    function _drop(uint256 place) private returns (uint256 lane) {
        lane = _model[place];
        for (uint256 i = place; i + 1 < _model.length; ++i) _model[i] = _model[i + 1];
        _model.pop();
    }

    function _requireSame(Page page) private view {
        require(page.count() == _model.length, "count");
        require(page.isEmpty() == (_model.length == 0) && page.isFull() == (_model.length == LANES), "bounds");
        bool[LANES] memory used;
        for (uint256 i; i < _model.length; ++i) {
            require(page.laneAt(i) == _model[i], "sequence");
            require(page.holds(_model[i]) && !used[_model[i]], "holds");
            used[_model[i]] = true;
        }
        for (uint256 lane; lane < 256; ++lane) {
            require(page.holds(lane) == (lane < LANES && used[lane % LANES]), "holds no other");
        }
    }
}
