// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SelfTrade, TimeInForce} from "../../exchange/IExchange.sol";
import {OrderId, Side} from "../../exchange/OrderId.sol";

/// @notice A resting order.
struct Entry {
    OrderId id;
    uint16 price;
    uint256 quantity;
    uint256 account; // index
    uint256 duration; // of a bid
    uint256 expiry; // its last second
}

/// @notice An incoming order.
struct Incoming {
    Side side;
    uint32[] markets;
    uint16 limit;
    uint256 quantity;
    uint256 account; // index
    uint256 maxFills;
    TimeInForce timeInForce;
    SelfTrade selfTrade;
}

enum Deed {
    Expires,
    GivesWay,
    Fills
}

/// @notice One thing that an incoming order does to the front of a book.
struct Step {
    uint32 market;
    Deed deed;
    uint256 count; // instances that it fills
}

/// @notice All that an incoming order does.
struct Plan {
    Step[] steps;
    uint256 count; // of them
    uint256 left; // instances not filled
    bool meetsAny; // an order that could be filled or is its own
    bool fails; // as fill-or-kill, or as post-only
    bool rests; // with what is left
}

/// @title The order book as anyone would write it down
/// @notice Each side of a market is an array, sorted by price and age. Nothing here is clever.
abstract contract PlainBook {
    mapping(uint256 book => Entry[]) internal _books;

    function _bookOf(uint32 market, Side side) internal pure returns (uint256) {
        return uint256(market) << 8 | uint256(side);
    }

    function _insert(uint256 book, Entry memory e) internal {
        Entry[] storage entries = _books[book];
        entries.push(e);
        for (uint256 i = entries.length - 1; i > 0 && _isBetter(book, e.price, entries[i - 1].price); --i) {
            entries[i] = entries[i - 1];
            entries[i - 1] = e;
        }
    }

    function _remove(uint256 book, uint256 index) internal {
        Entry[] storage entries = _books[book];
        for (uint256 i = index; i + 1 < entries.length; ++i) entries[i] = entries[i + 1];
        entries.pop();
    }

    /// @dev What the order would do, by looking alone.
    function _planOf(Incoming memory o) internal view returns (Plan memory plan) {
        plan.steps = new Step[](o.maxFills);
        plan.left = o.quantity;
        uint256[] memory front = new uint256[](o.markets.length);
        (uint256 allowance, bool stopped) = (o.maxFills, false);
        while (plan.left > 0 && allowance > 0 && !stopped) {
            uint256 m = _bestOf(o, front);
            if (m == o.markets.length) break;
            Entry storage e = _books[_bookOf(o.markets[m], _other(o.side))][front[m]];
            Step memory step = Step({market: o.markets[m], deed: Deed.Expires, count: 0});
            if (block.timestamp <= e.expiry) {
                plan.meetsAny = true;
                if (e.account != o.account) step.deed = Deed.Fills;
                else if (o.selfTrade == SelfTrade.CancelOldest) step.deed = Deed.GivesWay;
                else stopped = true;
            }
            if (stopped) break;
            if (step.deed == Deed.Fills) {
                step.count = _least(e.quantity, _least(plan.left, allowance));
                if (step.count == e.quantity) ++front[m];
            } else {
                ++front[m];
            }
            plan.left -= step.count;
            allowance -= step.deed == Deed.Fills ? step.count : 1;
            plan.steps[plan.count++] = step;
        }
        bool crosses = allowance == 0 && _bestOf(o, front) < o.markets.length;
        _decide(plan, o.timeInForce, stopped || crosses);
    }

    function _decide(Plan memory plan, TimeInForce t, bool mayNotRest) private pure {
        plan.fails = (t == TimeInForce.PostOnly && plan.meetsAny) || (t == TimeInForce.FillOrKill && plan.left > 0);
        plan.rests =
            plan.left > 0 && !mayNotRest && (t == TimeInForce.GoodTill || t == TimeInForce.PostOnly);
    }

    /// @dev The market whose front has the best price within the limit; the number of markets when none has.
    function _bestOf(Incoming memory o, uint256[] memory front) private view returns (uint256 best) {
        best = o.markets.length;
        uint16 price;
        for (uint256 m; m < o.markets.length; ++m) {
            uint256 book = _bookOf(o.markets[m], _other(o.side));
            if (front[m] == _books[book].length) continue;
            uint16 candidate = _books[book][front[m]].price;
            if (_isBetter(book, o.limit, candidate)) continue;
            if (best == o.markets.length || _isBetter(book, candidate, price)) (best, price) = (m, candidate);
        }
    }

    /// @dev Of two prices on a side of a book: asks are better low, bids high.
    function _isBetter(uint256 book, uint16 a, uint16 b) internal pure returns (bool) {
        return book & 0xFF == uint256(Side.Ask) ? a < b : a > b;
    }

    function _other(Side side) internal pure returns (Side) {
        return side == Side.Ask ? Side.Bid : Side.Ask;
    }

    function _least(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
