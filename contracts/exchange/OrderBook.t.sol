// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OrderBook} from "./OrderBook.sol";
import {Page} from "./Page.sol";

/// @title Books against plain lists
/// @notice A dozen levels, some in one bitmap word, some at its edges, some far apart, on both sides of two markets; each
/// holds up to hundreds of orders, so that pages are added, emptied in the middle and used again.
contract OrderBookTest {
    using OrderBook for OrderBook.Books;

    uint256 private constant LAST = 62_999;

    OrderBook.Books private _books;
    mapping(uint256 level => uint256[]) private _model;
    uint256[12] private _prices = [0, 1, 251, 252, 253, 503, 504, 31_500, 62_747, 62_748, LAST - 1, LAST];

    function testFuzz_isWhatPlainListsAre(uint256 seed) external {
        for (uint256 i; i < 300; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            // a few levels only, or none would fill its pages
            uint256 level = _levelOf(seed % 4, seed / 4 % (i < 200 ? 3 : 12));
            uint256 length = _model[level].length;
            if (length == 0 || seed / 64 % 8 < (i < 150 ? 7 : 2)) _append(level);
            else _remove(level, seed / 512 % 4 == 0 ? 0 : seed / 2048 % length);
            require(length == 0 || _model[level].length == 0 || _books.oldest(level) == _model[level][0], "oldest");
        }
        for (uint256 b; b < 4; ++b) _requireSame(_bookOf(b));
    }

    function test_holdsAThousandOrdersAtOnePrice() external {
        uint256 level = _levelOf(0, 7);
        for (uint256 i; i < 1_000; ++i) _append(level);
        for (uint256 i; i < 990; ++i) _remove(level, i % 2 == 0 ? 0 : _model[level].length / 2);
        _requireSame(_bookOf(0));
        for (uint256 i; i < 100; ++i) _append(level);
        _requireSame(_bookOf(0));
        Page first = _books.pages[level << 24];
        require(first.pages() == 62, "pages are used again");
        while (_model[level].length > 0) _remove(level, 0);
        _requireSame(_bookOf(0));
    }

    function testFuzz_findsTheBestFromAnyPrice(uint16[8] memory prices, uint16 from, bool bids) external {
        uint256 book = bids ? 1 << 8 | 1 : 1 << 8;
        from = uint16(from % (LAST + 1));
        (bool found, uint256 best) = (false, 0);
        for (uint256 i; i < prices.length; ++i) {
            uint256 price = prices[i] % (LAST + 1);
            _append(book << 16 | price);
            if (bids ? price > from : price < from) continue;
            if (!found || (bids ? price > best : price < best)) (found, best) = (true, price);
        }
        (bool have, uint256 price_) = _books.bestFrom(book, from);
        require(have == found && price_ == best, "best from");
    }

    function _append(uint256 level) private {
        uint256 slot = _books.append(level);
        require(slot >> 32 == level && uint8(slot) < 16, "place");
        for (uint256 i; i < _model[level].length; ++i) require(_model[level][i] != slot, "a place taken twice");
        _model[level].push(slot);
        require(_books.isTaken(slot), "taken");
    }

    function _remove(uint256 level, uint256 place) private {
        uint256 slot = _model[level][place];
        for (uint256 i = place; i + 1 < _model[level].length; ++i) _model[level][i] = _model[level][i + 1];
        _model[level].pop();
        bool emptied = _books.remove(slot);
        require(emptied == (_model[level].length == 0), "emptied");
        require(!_books.isTaken(slot), "free");
    }

    /// @dev Every level and every order of the book, by walking it, in the order of price and time.
    function _requireSame(uint256 book) private view {
        bool bids = book & 1 == 1;
        (bool found, uint256 price) = _books.best(book);
        for (uint256 i; i < _prices.length; ++i) {
            uint256 expected = _prices[bids ? _prices.length - 1 - i : i];
            uint256 level = book << 16 | expected;
            if (_model[level].length == 0) continue;
            require(found && price == expected, "level");
            _requireSameLevel(level);
            if (price == (bids ? 0 : LAST)) found = false;
            else (found, price) = _books.bestFrom(book, bids ? price - 1 : price + 1);
        }
        require(!found, "a level too many");
    }

    function _requireSameLevel(uint256 level) private view {
        (uint256 key, uint256 n) = (level << 24, 0);
        do {
            Page page = _books.pages[key];
            require(uint24(key) == 0 || !page.isEmpty(), "an empty page in the ring");
            for (uint256 i; i < page.count(); ++i) require(_model[level][n++] == key << 8 | page.laneAt(i), "order");
            key = level << 24 | page.next();
        } while (uint24(key) != 0);
        require(n == _model[level].length, "orders");
    }

    function _levelOf(uint256 book, uint256 price) private view returns (uint256) {
        return _bookOf(book) << 16 | _prices[price];
    }

    function _bookOf(uint256 number) private pure returns (uint256) {
        return (number / 2 + 1) << 8 | number % 2;
    }
}
