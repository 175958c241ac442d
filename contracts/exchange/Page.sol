// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Up to sixteen orders of one price level, oldest first, in one word.
/// From the lowest bit: sequence 64 | count 8 | previous 24 | next 24, and in page 0 of a level spare 24 | pages 24.
/// The sequence is the sixteen lanes, four bits each: first those that hold the `count` orders, then those that are free;
/// stored so that zero is the ascending sequence. `spare` begins the list of pages that are out of use, `pages` counts all
/// beside page 0.
type Page is uint256;

using {
    count,
    freeLane,
    holds,
    isEmpty,
    isFull,
    laneAt,
    next,
    pages,
    previous,
    push,
    remove,
    spare,
    withNext,
    withPages,
    withPrevious,
    withSpare
} for Page global;

uint256 constant LANES = 16;
uint256 constant ASCENDING = 0xFEDCBA9876543210;
uint256 constant COUNT = 64;
uint256 constant PREVIOUS = 72;
uint256 constant NEXT = 96;
uint256 constant SPARE = 120;
uint256 constant PAGES = 144;

/// @notice How many orders the page holds.
function count(Page page) pure returns (uint256) {
    return uint8(Page.unwrap(page) >> COUNT);
}

function isEmpty(Page page) pure returns (bool) {
    return count(page) == 0;
}

function isFull(Page page) pure returns (bool) {
    return count(page) == LANES;
}

function previous(Page page) pure returns (uint24) {
    return uint24(Page.unwrap(page) >> PREVIOUS);
}

function next(Page page) pure returns (uint24) {
    return uint24(Page.unwrap(page) >> NEXT);
}

function spare(Page page) pure returns (uint24) {
    return uint24(Page.unwrap(page) >> SPARE);
}

function pages(Page page) pure returns (uint24) {
    return uint24(Page.unwrap(page) >> PAGES);
}

function withPrevious(Page page, uint256 number) pure returns (Page) {
    return _with(page, PREVIOUS, number);
}

function withNext(Page page, uint256 number) pure returns (Page) {
    return _with(page, NEXT, number);
}

function withSpare(Page page, uint256 number) pure returns (Page) {
    return _with(page, SPARE, number);
}

function withPages(Page page, uint256 number) pure returns (Page) {
    return _with(page, PAGES, number);
}

/// @notice The lane at a position of the sequence.
function laneAt(Page page, uint256 position) pure returns (uint256) {
    return (Page.unwrap(page) ^ ASCENDING) >> (4 * position) & 0xF;
}

/// @notice The lane that `push` gives to the next order, of a page that is not full.
function freeLane(Page page) pure returns (uint256) {
    return laneAt(page, count(page));
}

/// @notice Adds an order behind the others, to a page that is not full.
function push(Page page) pure returns (Page) {
    return Page.wrap(Page.unwrap(page) + (1 << COUNT));
}

function holds(Page page, uint256 lane) pure returns (bool) {
    return _positionOf(page, lane) < count(page);
}

/// @notice Frees a lane that holds an order; the order of the others stays. The lane is the next to be used again.
function remove(Page page, uint256 lane) pure returns (Page) {
    uint256 sequence = uint64(Page.unwrap(page) ^ ASCENDING);
    uint256 start = 4 * _positionOf(page, lane);
    uint256 end = 4 * count(page);
    uint256 older = sequence & ((1 << start) - 1);
    uint256 newer = (sequence & ((1 << end) - 1)) >> (start + 4) << start;
    uint256 free = sequence >> end << end;
    sequence = older | newer | lane << (end - 4) | free;
    return Page.wrap((Page.unwrap(page) >> COUNT << COUNT | sequence ^ ASCENDING) - (1 << COUNT));
}

/// @dev Sixteen for what is no lane.
function _positionOf(Page page, uint256 lane) pure returns (uint256 position) {
    uint256 sequence = Page.unwrap(page) ^ ASCENDING;
    while (position < LANES && sequence & 0xF != lane) {
        sequence >>= 4;
        ++position;
    }
}

function _with(Page page, uint256 shift, uint256 number) pure returns (Page) {
    return Page.wrap(Page.unwrap(page) & ~(uint256(type(uint24).max) << shift) | number << shift);
}
