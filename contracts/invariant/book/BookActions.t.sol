// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    AskParams,
    BidParams,
    Execution,
    IExchange,
    SelfTrade,
    SweepParams,
    TimeInForce
} from "../../exchange/IExchange.sol";
import {leaseIdOf, OrderId, Side} from "../../exchange/OrderId.sol";
import {PriceCode} from "../../exchange/PriceCode.sol";
import {Launch, Lease, State} from "../../lease/ILeases.sol";
import {vm} from "../../mocks/Vm.sol";
import {System} from "../System.t.sol";
import {Deed, Entry, Incoming, PlainBook, Plan, Step} from "./PlainBook.t.sol";

/// @notice What has been done at least once.
enum Done {
    Rested,
    Filled,
    FilledPartly,
    FilledSeveral,
    Crossed, // an ask that met a bid
    Failed, // fill-or-kill or post-only
    Dropped, // by maxFills or by self-trade prevention
    MetExpired,
    GaveWay,
    Swept,
    FilledById,
    Reduced,
    Cancelled,
    CancelledMany,
    RemovedExpired
}

/// @title Random orders in the token markets, done to the exchange and to plain lists alike
abstract contract BookActions is System, PlainBook {
    uint256 internal constant ACCOUNTS = USER_COUNT + PROVIDER_COUNT;
    uint16 private constant LAST_PRICE = 62_999;
    uint256 private constant PROVIDER_PURSE = 1e30;
    /// @dev Every check looks at every order.
    uint256 private constant MAX_ORDERS = 48;

    uint32[] internal _tokenMarkets = [3, 4];
    /// @notice What each account should have in the vault: tokens, and XOV from bonds.
    mapping(uint256 account => uint256) public money;
    mapping(uint256 account => uint256) public bonds;
    /// @notice Of each provider: instances in leases, and stake paid out as bonds.
    mapping(uint256 provider => uint256) public leased;
    mapping(uint256 provider => uint256) public forfeited;
    /// @notice Prepayments of all leases.
    uint256 public prepaid;
    mapping(Done => uint256) public times;

    constructor() {
        for (uint256 i; i < PROVIDER_COUNT; ++i) vault.deposit(usd, PROVIDER_PURSE, provider(i));
        for (uint256 i; i < ACCOUNTS; ++i) {
            money[i] = vault.balanceOf(usd, account(i));
            bonds[i] = vault.balanceOf(xov, account(i));
        }
    }

    function account(uint256 i) public pure returns (address) {
        return i < USER_COUNT ? user(i) : provider(i - USER_COUNT);
    }

    // ---------------------------------------------------------------- actions

    function placeAsk(uint256 seed) public {
        uint256 who = seed % PROVIDER_COUNT;
        AskParams memory p;
        (p.appliance, p.market) = (uint32(who + 1), marketOf(who, true));
        (p.price, p.quantity, p.expiry) = _terms(seed, Side.Ask);
        Execution memory e = _execution(seed);
        Incoming memory o = _incoming(seed, Side.Ask, p.market, p.price, p.quantity, USER_COUNT + who, e);
        Plan memory plan = _planOf(o);
        if (plan.rests && _count() >= MAX_ORDERS) return;
        vm.prank(provider(who));
        try exchange.placeAsk(p, e) returns (OrderId order, uint256 filled) {
            uint256 expiry = p.expiry == 0 ? block.timestamp + 7 days : p.expiry;
            _happened(o, plan, filled, Entry(order, PriceCode.unwrap(p.price), plan.left, o.account, 0, expiry));
        } catch (bytes memory reason) {
            _failed(plan, o, reason);
        }
    }

    function placeBid(uint256 seed) public {
        uint256 who = seed % ACCOUNTS;
        BidParams memory p;
        p.market = _tokenMarkets[seed >> 8 & 1];
        (p.price, p.quantity, p.expiry) = _terms(seed, Side.Bid);
        p.duration = uint16(seed >> 128) % 5 + 1;
        Execution memory e = _execution(seed);
        Incoming memory o = _incoming(seed, Side.Bid, p.market, p.price, p.quantity, who, e);
        Plan memory plan = _planOf(o);
        if (plan.rests && _count() >= MAX_ORDERS) return;
        vm.prank(account(who));
        try exchange.placeBid(p, e) returns (OrderId order, uint256 filled) {
            uint256 expiry = p.expiry == 0 ? type(uint32).max : p.expiry;
            uint16 price = PriceCode.unwrap(p.price);
            _takenByBid(o, plan, p.duration);
            _happened(o, plan, filled, Entry(order, price, plan.left, who, p.duration, expiry));
            if (plan.rests) money[who] -= p.price.decode(0) * p.duration * plan.left;
        } catch (bytes memory reason) {
            _failed(plan, o, reason);
        }
    }

    /// @notice Over both markets, in either order.
    function sweep(uint256 seed) public {
        uint256 who = seed % ACCOUNTS;
        SweepParams memory p;
        p.markets = new uint32[](2);
        (p.markets[0], p.markets[1]) = seed >> 8 & 1 == 0 ? (uint32(3), uint32(4)) : (uint32(4), uint32(3));
        (p.price, p.quantity,) = _terms(seed, Side.Bid);
        p.duration = uint16(seed >> 128) % 5 + 1;
        Execution memory e = _execution(seed);
        e.timeInForce = seed >> 9 & 1 == 0 ? TimeInForce.ImmediateOrCancel : TimeInForce.FillOrKill;
        Incoming memory o = _incoming(seed, Side.Bid, 0, p.price, p.quantity, who, e);
        o.markets = p.markets;
        Plan memory plan = _planOf(o);
        vm.prank(account(who));
        try exchange.sweep(p, e) returns (uint256 filled) {
            _takenByBid(o, plan, p.duration);
            Entry memory none;
            _happened(o, plan, filled, none);
            if (filled > 0) times[Done.Swept]++;
        } catch (bytes memory reason) {
            _failed(plan, o, reason);
        }
    }

    function fill(uint256 seed) public {
        uint256 book = _bookOf(_tokenMarkets[seed & 1], Side.Ask);
        (bool found, uint256 i) = _any(book, seed >> 8);
        if (!found || block.timestamp > _books[book][i].expiry) return;
        Entry memory e = _books[book][i];
        uint256 who = seed >> 16 & 0xFF;
        who %= ACCOUNTS;
        uint256 count = (seed >> 24) % e.quantity + 1;
        uint16 duration = uint16(seed >> 128) % 5 + 1;
        Launch memory none;
        vm.prank(account(who));
        exchange.fill(e.id, PriceCode.wrap(e.price), uint16(count), duration, none);
        _lease(e, count, account(who), uint32(e.account - USER_COUNT + 1), duration);
        money[who] -= PriceCode.wrap(e.price).decode(0) * duration * count;
        _shrink(book, i, count);
        times[Done.FilledById]++;
    }

    function reduce(uint256 seed) public {
        (uint256 book, bool found, uint256 i) = _anywhere(seed);
        if (!found || _books[book][i].quantity < 2) return;
        Entry storage e = _books[book][i];
        uint256 quantity = (seed >> 24) % (e.quantity - 1) + 1;
        vm.prank(account(e.account));
        exchange.reduce(e.id, uint16(quantity));
        if (!_isAsk(book)) money[e.account] += _worth(e, e.quantity - quantity);
        e.quantity = quantity;
        times[Done.Reduced]++;
    }

    function cancel(uint256 seed) public {
        (uint256 book, bool found, uint256 i) = _anywhere(seed);
        if (!found) return;
        vm.prank(account(_books[book][i].account));
        exchange.cancel(_books[book][i].id);
        _cancelled(book, i);
        times[Done.Cancelled]++;
    }

    /// @notice All orders of one account on a side.
    function cancelMany(uint256 seed) public {
        if (seed >> 32 & 7 != 0) return;
        uint256 who = seed % ACCOUNTS;
        uint256 book = _bookOf(_tokenMarkets[seed >> 8 & 1], Side(seed >> 9 & 1));
        Entry[] storage entries = _books[book];
        OrderId[] memory ids = new OrderId[](entries.length);
        uint256 count;
        for (uint256 i = entries.length; i > 0; --i) {
            if (entries[i - 1].account != who) continue;
            ids[count++] = entries[i - 1].id;
            _cancelled(book, i - 1);
        }
        vm.prank(account(who));
        exchange.cancelMany(ids);
        if (count > 1) times[Done.CancelledMany]++;
    }

    /// @notice By somebody who is not its owner.
    function removeExpired(uint256 seed) public {
        (uint256 book, bool found, uint256 i) = _anywhere(seed);
        if (!found || block.timestamp <= _books[book][i].expiry) return;
        uint256 remover = (_books[book][i].account + 1) % ACCOUNTS;
        vm.prank(account(remover));
        exchange.cancel(_books[book][i].id);
        _expired(book, i, remover);
        times[Done.RemovedExpired]++;
    }

    function pass(uint256 seed) public {
        vm.warp(block.timestamp + seed % 20 minutes);
    }

    // --------------------------------------------------------------- the model

    /// @dev What the order did is done to the lists, and what the exchange told is compared.
    function _happened(Incoming memory o, Plan memory plan, uint256 filled, Entry memory rest) private {
        require(!plan.fails, "should have failed");
        require(filled == o.quantity - plan.left, "filled");
        require(rest.id.isZero() != plan.rests, "rests");
        for (uint256 n; n < plan.count; ++n) _do(o, plan.steps[n]);
        if (plan.rests) {
            _insert(_bookOf(o.markets[0], o.side), rest);
            times[Done.Rested]++;
        } else if (plan.left > 0 && o.timeInForce == TimeInForce.GoodTill) {
            times[Done.Dropped]++;
        }
    }

    function _failed(Plan memory plan, Incoming memory o, bytes memory reason) private {
        bytes4 need = o.timeInForce == TimeInForce.PostOnly
            ? IExchange.Exchange_WouldCross.selector
            : IExchange.Exchange_NotFilled.selector;
        if (plan.fails && bytes4(reason) == need) {
            times[Done.Failed]++;
            return;
        }
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            revert(add(reason, 32), mload(reason))
        }
    }

    function _do(Incoming memory o, Step memory step) private {
        uint256 book = _bookOf(step.market, _other(o.side));
        if (step.deed == Deed.Expires) {
            _expired(book, 0, o.account);
            times[Done.MetExpired]++;
        } else if (step.deed == Deed.GivesWay) {
            _cancelled(book, 0);
            times[Done.GaveWay]++;
        } else {
            if (o.side == Side.Ask) {
                Entry memory bid = _books[book][0];
                _lease(bid, step.count, account(bid.account), uint32(o.account - USER_COUNT + 1), bid.duration);
                times[Done.Crossed]++;
            }
            times[Done.Filled]++;
            if (step.count < _books[book][0].quantity) times[Done.FilledPartly]++;
            _shrink(book, 0, step.count);
        }
    }

    /// @dev A bid's leases are paid for by its account, in a bid's own duration.
    function _takenByBid(Incoming memory o, Plan memory plan, uint256 duration) private {
        uint256[2] memory next;
        uint256 taken;
        uint256 fills;
        for (uint256 n; n < plan.count; ++n) {
            Step memory step = plan.steps[n];
            // the steps before have not been done to the lists yet
            Entry memory e = _books[_bookOf(step.market, Side.Ask)][next[step.market & 1]];
            if (step.count == 0 || step.count == e.quantity) next[step.market & 1]++;
            if (step.deed != Deed.Fills) continue;
            _lease(e, step.count, account(o.account), uint32(e.account - USER_COUNT + 1), duration);
            taken += PriceCode.wrap(e.price).decode(0) * duration * step.count;
            if (++fills == 2) times[Done.FilledSeveral]++;
        }
        money[o.account] -= taken;
    }

    /// @dev Each instance of the fill must be a lease of its own.
    function _lease(Entry memory e, uint256 count, address holder, uint32 appliance, uint256 duration) private {
        uint256 price = PriceCode.wrap(e.price).decode(0);
        for (uint256 n; n < count; ++n) {
            Lease memory l = leases.lease(leaseIdOf(e.id, e.quantity - n));
            require(l.state == State.Reserved && l.holder == holder && l.appliance == appliance, "lease");
            require(l.deposit == price * duration && PriceCode.unwrap(l.price) == e.price, "lease's price");
        }
        leased[appliance - 1] += count;
        prepaid += price * duration * count;
    }

    function _shrink(uint256 book, uint256 i, uint256 count) private {
        if (_books[book][i].quantity == count) _remove(book, i);
        else _books[book][i].quantity -= count;
    }

    function _cancelled(uint256 book, uint256 i) private {
        Entry memory e = _books[book][i];
        if (!_isAsk(book)) money[e.account] += _worth(e, e.quantity);
        _remove(book, i);
    }

    function _expired(uint256 book, uint256 i, uint256 remover) private {
        Entry memory e = _books[book][i];
        if (_isAsk(book)) {
            uint256 bond = penalty() / 8;
            bonds[remover] += bond;
            forfeited[e.account - USER_COUNT] += bond;
        } else {
            uint256 bond = PriceCode.wrap(e.price).decode(0) / 4;
            money[remover] += bond;
            money[e.account] += _worth(e, e.quantity) - bond;
        }
        _remove(book, i);
    }

    /// @notice Stake behind each instance on offer or leased.
    function penalty() public view returns (uint256) {
        return leases.startPenalty(classes.computeUnits(class));
    }

    function _worth(Entry memory e, uint256 quantity) internal pure returns (uint256) {
        return PriceCode.wrap(e.price).decode(0) * e.duration * quantity;
    }

    function _isAsk(uint256 book) internal pure returns (bool) {
        return book & 0xFF == uint256(Side.Ask);
    }

    // --------------------------------------------------------------- from seeds

    /// @dev Most prices are close together, so that orders meet; some are at the ends.
    function _terms(uint256 seed, Side side) private view returns (PriceCode price, uint16 quantity, uint32 expiry) {
        uint256 at = seed >> 16 & 0x1F;
        uint256 code = at == 0 ? 0 : at == 1 ? LAST_PRICE : 18_000 + at % 6 + (side == Side.Ask ? 2 : 0);
        price = PriceCode.wrap(uint16(code));
        quantity = uint16(seed >> 40) % 6 + 1;
        if (seed >> 60 & 1 == 0) expiry = uint32(block.timestamp + 5 minutes + (seed >> 64) % 40 minutes);
    }

    function _execution(uint256 seed) private pure returns (Execution memory e) {
        e.timeInForce = seed >> 80 & 3 < 2 ? TimeInForce.GoodTill : TimeInForce(seed >> 84 & 3);
        e.selfTrade = SelfTrade(seed >> 88 & 1);
        e.maxFills = seed >> 96 & 3 == 0 ? uint8(seed >> 100) % 4 : 20;
    }

    function _incoming(
        uint256,
        Side side,
        uint32 market,
        PriceCode limit,
        uint256 quantity,
        uint256 who,
        Execution memory e
    ) private pure returns (Incoming memory o) {
        (o.side, o.limit, o.quantity, o.account) = (side, PriceCode.unwrap(limit), quantity, who);
        (o.maxFills, o.timeInForce, o.selfTrade) = (e.maxFills, e.timeInForce, e.selfTrade);
        o.markets = new uint32[](1);
        o.markets[0] = market;
    }

    function _any(uint256 book, uint256 seed) private view returns (bool found, uint256 i) {
        uint256 length = _books[book].length;
        return length == 0 ? (false, 0) : (true, (seed & 0xFF) % length);
    }

    function _anywhere(uint256 seed) private view returns (uint256 book, bool found, uint256 i) {
        book = _bookOf(_tokenMarkets[seed & 1], Side(seed >> 1 & 1));
        (found, i) = _any(book, seed >> 8);
    }

    function _count() private view returns (uint256 count) {
        for (uint32 m = 3; m <= 4; ++m) {
            for (uint256 s; s < 2; ++s) count += _books[_bookOf(m, Side(s))].length;
        }
    }
}
