// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Page} from "./Page.sol";

/// @title Price-time priority for any number of books, in one mapping per kind of word
/// @notice A book (market and side) is a bitmap of two words deep over its price levels; a level is a FIFO of orders. Nothing
/// here grows with the depth of a book: the best level is two reads away, appending and removing an order write one word,
/// and only the first or last order of a level touches the bitmap as well.
///
/// Levels are numbered from the best: asks by their price code, bids from the top. A level's orders stand in pages of sixteen
/// lanes, each lane a place in storage. A page keeps the sequence of its lanes in its own word, so that orders need no links.
/// Page 0 is the level itself; only when it is full do further pages follow, in a ring of which page 0 is the end. Places are
/// used again by later orders of the same level.
library OrderBook {
    /// @dev 250 words of 252 levels are all 63,000 price codes.
    uint256 private constant LEVELS_PER_WORD = 252;
    uint256 private constant LAST_LEVEL = 62_999;
    /// @dev Set in every word once it is used, since a word that returns to zero costs 17,000 gas more to use again.
    uint256 private constant USED = 1 << 255;

    struct Books {
        mapping(uint256 book => uint256) summaries; // which words hold levels
        mapping(uint256 word => uint256) words; // which levels hold orders
        mapping(uint256 page => Page) pages;
    }

    error OrderBook_LevelFull(uint256 level);

    /// @notice Adds an order behind all others of its level.
    /// @param level market 32 | side 8 | price 16
    /// @return slot the order's place: level | page 24 | lane 8
    function append(Books storage b, uint256 level) internal returns (uint256 slot) {
        uint256 key = level << 24;
        Page first = b.pages[key];
        if (first.next() != 0 || first.isFull()) return _appendToRing(b, key, first);
        if (first.isEmpty()) _mark(b, level);
        slot = key << 8 | first.freeLane();
        b.pages[key] = first.push();
    }

    /// @notice Takes an order out.
    /// @return emptied whether it was the last of its level
    function remove(Books storage b, uint256 slot) internal returns (bool emptied) {
        uint256 key = slot >> 8;
        Page page = b.pages[key].remove(slot & 0xFF);
        if (uint24(key) != 0 && page.isEmpty()) {
            _unlink(b, key, page);
            (key, page) = (key >> 24 << 24, b.pages[key >> 24 << 24]);
        } else {
            b.pages[key] = page;
        }
        emptied = uint24(key) == 0 && page.isEmpty() && page.next() == 0;
        if (emptied) _unmark(b, key >> 24);
    }

    /// @notice The place of the oldest order of a level, which must have one.
    function oldest(Books storage b, uint256 level) internal view returns (uint256 slot) {
        uint256 key = level << 24;
        Page page = b.pages[key];
        if (page.isEmpty()) {
            key |= page.next();
            page = b.pages[key];
        }
        slot = key << 8 | page.laneAt(0);
    }

    /// @notice Whether an order stands at the place.
    function isTaken(Books storage b, uint256 slot) internal view returns (bool) {
        return b.pages[slot >> 8].holds(slot & 0xFF);
    }

    /// @notice The best price code of a book.
    /// @param book market 32 | side 8
    function best(Books storage b, uint256 book) internal view returns (bool found, uint256 price) {
        return _bestIn(b, book, b.summaries[book] & ~USED);
    }

    /// @notice The best price code of a book that is not better than `price`.
    function bestFrom(Books storage b, uint256 book, uint256 price) internal view returns (bool found, uint256) {
        uint256 from = _mirror(book, price);
        uint256 word = from / LEVELS_PER_WORD;
        uint256 levels = (b.words[book << 8 | word] & ~USED) >> (from % LEVELS_PER_WORD);
        if (levels != 0) return (true, _mirror(book, from + _lowestBit(levels)));
        return _bestIn(b, book, (b.summaries[book] & ~USED) >> (word + 1) << (word + 1));
    }

    function _bestIn(Books storage b, uint256 book, uint256 summary)
        private
        view
        returns (bool found, uint256 price)
    {
        if (summary == 0) return (false, 0);
        uint256 word = _lowestBit(summary);
        uint256 level = word * LEVELS_PER_WORD + _lowestBit(b.words[book << 8 | word] & ~USED);
        return (true, _mirror(book, level));
    }

    /// @notice A level's number, counted from the best possible, given its price code; and the other way round.
    function _mirror(uint256 book, uint256 price) private pure returns (uint256) {
        return book & 0xFF == 0 ? price : LAST_LEVEL - price;
    }

    function _mark(Books storage b, uint256 level) private {
        (uint256 book, uint256 word, uint256 bit) = _bitOf(level);
        uint256 levels = b.words[book << 8 | word];
        if (levels & ~USED == 0) b.summaries[book] |= 1 << word | USED;
        b.words[book << 8 | word] = levels | 1 << bit | USED;
    }

    function _unmark(Books storage b, uint256 level) private {
        (uint256 book, uint256 word, uint256 bit) = _bitOf(level);
        uint256 levels = b.words[book << 8 | word] & ~(1 << bit);
        b.words[book << 8 | word] = levels;
        if (levels == USED) b.summaries[book] &= ~(1 << word);
    }

    function _bitOf(uint256 level) private pure returns (uint256 book, uint256 word, uint256 bit) {
        book = level >> 16;
        uint256 number = _mirror(book, level & 0xFFFF);
        (word, bit) = (number / LEVELS_PER_WORD, number % LEVELS_PER_WORD);
    }

    function _appendToRing(Books storage b, uint256 key, Page first) private returns (uint256 slot) {
        uint256 number = first.previous();
        Page last = b.pages[key | number];
        if (number == 0 || last.isFull()) (number, last) = _link(b, key, first, number);
        slot = (key | number) << 8 | last.freeLane();
        b.pages[key | number] = last.push();
    }

    /// @dev Puts an empty page at the end of the ring, one that was used before if there is one.
    function _link(Books storage b, uint256 key, Page first, uint256 previous)
        private
        returns (uint256 number, Page page)
    {
        number = first.spare();
        if (number == 0) {
            number = uint256(first.pages()) + 1;
            require(number <= type(uint24).max, OrderBook_LevelFull(key >> 24));
            first = first.withPages(number);
        } else {
            page = b.pages[key | number];
            first = first.withSpare(page.next());
        }
        if (previous == 0) first = first.withNext(number);
        else b.pages[key | previous] = b.pages[key | previous].withNext(number);
        b.pages[key] = first.withPrevious(number);
        page = page.withPrevious(previous).withNext(0);
    }

    function _unlink(Books storage b, uint256 key, Page page) private {
        uint256 zero = key >> 24 << 24;
        uint256 next = page.next();
        uint256 previous = page.previous();
        b.pages[zero | previous] = b.pages[zero | previous].withNext(next);
        b.pages[zero | next] = b.pages[zero | next].withPrevious(previous);
        Page first = b.pages[zero];
        b.pages[key] = page.withNext(first.spare());
        b.pages[zero] = first.withSpare(uint24(key));
    }

    function _lowestBit(uint256 x) private pure returns (uint256) {
        unchecked {
            return Math.log2(x & (~x + 1));
        }
    }
}
