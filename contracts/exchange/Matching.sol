// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Fill, Launch} from "../lease/ILeases.sol";
import {LeaseSlots} from "../lease/LeaseSlots.sol";
import {Execution, Removal, SelfTrade, TimeInForce} from "./IExchange.sol";
import {Order, tagOfProvider} from "./Order.sol";
import {OrderBook} from "./OrderBook.sol";
import {levelAt, OrderId, Side} from "./OrderId.sol";
import {Orders} from "./Orders.sol";
import {PriceCode} from "./PriceCode.sol";

/// @title Incoming orders against resting ones
/// @dev Token movements are summed up and made once per call; leases are opened once per call.
abstract contract Matching is Orders {
    using OrderBook for OrderBook.Books;

    /// @dev An incoming order on its way through the book.
    struct Taker {
        address account; // the bid's holder, or the ask's provider
        address caller; // who is paid for what it removes
        uint32 appliance; // of an ask
        uint256 duration; // of a bid, hours
        uint256 quantity; // instances
        uint256 left; // of them
        uint256 steps; // that the call may still take
        TimeInForce timeInForce;
        SelfTrade selfTrade;
        uint8 decade; // of all markets that it looks into
        bool stopped; // met its own account's order and gave way
        uint256 startBy; // of leases with a launch spec
        uint32 clockOf; // the appliance whose clock was asked last
        uint256 clock;
        uint256 amount; // quote units for all leases
        uint256 count; // of the fills
        Fill[] fills;
    }

    function _taker(address account, address caller, uint256 quantity, Execution calldata e)
        internal
        pure
        returns (Taker memory t)
    {
        (t.account, t.caller) = (account, caller);
        (t.quantity, t.left) = (quantity, quantity);
        t.steps = e.maxFills;
        (t.timeInForce, t.selfTrade) = (e.timeInForce, e.selfTrade);
    }

    /// @dev A bid through the asks of some markets, as long as their best price is at most `limit`.
    function _matchAsks(Taker memory t, uint32[] memory markets, PriceCode limit) internal {
        while (_goesOn(t)) {
            (uint32 market, uint256 price) = _bestAsk(markets, PriceCode.unwrap(limit));
            if (market == 0) return;
            PriceCode code = PriceCode.wrap(uint16(price));
            uint256 level = levelAt(market, Side.Ask, code);
            uint256 prepayment = code.decode(t.decade) * t.duration;
            while (!_meetAsk(t, _books.oldest(level), prepayment)) if (!_goesOn(t)) return;
        }
    }

    /// @dev An ask through the bids of its market, as long as their best price is at least `limit`.
    function _matchBids(Taker memory t, uint32 market, PriceCode limit) internal {
        uint256 book = _bookOf(market, Side.Bid);
        while (_goesOn(t)) {
            (bool found, uint256 price) = _books.best(book);
            if (!found || price < PriceCode.unwrap(limit)) return;
            PriceCode code = PriceCode.wrap(uint16(price));
            uint256 level = levelAt(market, Side.Bid, code);
            uint256 perHour = code.decode(t.decade);
            while (!_meetBid(t, _books.oldest(level), perHour)) if (!_goesOn(t)) return;
        }
    }

    /// @dev How much of what is left goes on the book: none of it if that would cross.
    function _restOf(Taker memory t, bool crosses) internal pure returns (uint256) {
        if (t.left == 0) return 0;
        require(t.timeInForce != TimeInForce.FillOrKill, Exchange_NotFilled(t.quantity - t.left, t.quantity));
        bool rests = t.timeInForce == TimeInForce.GoodTill || t.timeInForce == TimeInForce.PostOnly;
        return rests && !t.stopped && !crosses ? t.left : 0;
    }

    function _asksCross(uint32 market, PriceCode limit) internal view returns (bool) {
        (bool found, uint256 price) = _books.best(_bookOf(market, Side.Ask));
        return found && price <= PriceCode.unwrap(limit);
    }

    function _bidsCross(uint32 market, PriceCode limit) internal view returns (bool) {
        (bool found, uint256 price) = _books.best(_bookOf(market, Side.Bid));
        return found && price >= PriceCode.unwrap(limit);
    }

    /// @dev Pays for all fills and opens their leases.
    function _settle(Taker memory t, address quote, address payer, Launch memory launch) internal {
        if (t.count == 0) return;
        Fill[] memory fills = t.fills;
        uint256 count = t.count;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(fills, count) // only shortens
        }
        VAULT.move(IERC20(quote), payer, address(LEASES), t.amount);
        LEASES.openFills(fills, launch);
    }

    function _addFill(Taker memory t, OrderId id, Order o, uint256 count, uint256 prepayment) internal {
        if (t.count == 0) t.fills = _room(Math.min(t.left, t.steps));
        bool isAsk = id.sideOf() == Side.Ask;
        address holder = isAsk ? t.account : o.holderOf();
        uint32 appliance = isAsk ? o.applianceOf() : t.appliance;
        if (t.startBy == 0 && t.clockOf != appliance) {
            (t.clockOf, t.clock) = (appliance, PROVIDERS.clockOf(appliance));
        }
        t.fills[t.count] = Fill({
            order: id,
            first: o.quantityOf(),
            count: count,
            slot0: LeaseSlots.first(holder, t.clock, t.startBy, id.priceOf()),
            slot1: LeaseSlots.second(appliance, id.marketOf(), prepayment, t.decade)
        });
        emit Filled(id, holder, appliance, o.quantityOf(), count, prepayment, t.clock, t.startBy);
        unchecked {
            // the count is at most what is left and the steps
            ++t.count;
            t.left -= count;
            t.steps -= count;
        }
        t.amount += prepayment * count;
    }

    /// @dev An array whose elements point nowhere yet: to initialise what may never be used costs 200 gas each.
    function _room(uint256 length) private pure returns (Fill[] memory fills) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            fills := mload(0x40)
            mstore(0x40, add(fills, shl(5, add(length, 1))))
            mstore(fills, length)
        }
    }

    /// @return emptied whether the level has no more orders
    function _takeFrom(uint256 slot, Order o, uint256 count) internal returns (bool emptied) {
        uint256 left = o.quantityOf() - count;
        if (left == 0) return _books.remove(slot);
        _orders[slot] = o.withQuantity(left);
    }

    function _goesOn(Taker memory t) private pure returns (bool) {
        return t.left > 0 && t.steps > 0 && !t.stopped;
    }

    /// @return market zero when no ask is within the limit
    function _bestAsk(uint32[] memory markets, uint256 limit) private view returns (uint32 market, uint256 price) {
        for (uint256 i; i < markets.length; ++i) {
            (bool found, uint256 code) = _books.best(_bookOf(markets[i], Side.Ask));
            if (found && code <= limit && (market == 0 || code < price)) (market, price) = (markets[i], code);
        }
    }

    /// @return emptied whether the level has no more orders
    function _meetAsk(Taker memory t, uint256 slot, uint256 prepayment) private returns (bool emptied) {
        Order o = _orders[slot];
        if (o.isExpired()) {
            --t.steps;
            return _expireAsk(slot, o, t.caller);
        }
        OrderId id = _idOf(slot, o);
        _requireNotPostOnly(t, id);
        if (o.tagOf() == tagOfProvider(t.account) && _providerOf(o) == t.account) {
            return _givesWay(t) ? false : _removeAsk(slot, o, Removal.SelfTrade);
        }
        return _meet(t, slot, o, prepayment);
    }

    /// @return emptied whether the level has no more orders
    function _meetBid(Taker memory t, uint256 slot, uint256 price) private returns (bool emptied) {
        Order o = _orders[slot];
        if (o.isExpired()) {
            --t.steps;
            return _expireBid(slot, o, t.caller);
        }
        _requireNotPostOnly(t, _idOf(slot, o));
        if (o.holderOf() == t.account) return _givesWay(t) ? false : _removeBid(slot, o, Removal.SelfTrade);
        return _meet(t, slot, o, price * o.durationOf());
    }

    function _meet(Taker memory t, uint256 slot, Order o, uint256 prepayment) private returns (bool emptied) {
        uint256 count = Math.min(o.quantityOf(), Math.min(t.left, t.steps));
        _addFill(t, _idOf(slot, o), o, count, prepayment);
        return _takeFrom(slot, o, count);
    }

    function _requireNotPostOnly(Taker memory t, OrderId id) private pure {
        require(t.timeInForce != TimeInForce.PostOnly, Exchange_WouldCross(id));
    }

    function _givesWay(Taker memory t) private pure returns (bool) {
        if (t.selfTrade == SelfTrade.CancelNewest) t.stopped = true;
        else --t.steps;
        return t.stopped;
    }
}
