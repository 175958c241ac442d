// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ask, Bid} from "../../exchange/IExchange.sol";
import {OrderId, Side} from "../../exchange/OrderId.sol";
import {PriceCode} from "../../exchange/PriceCode.sol";
import {StakeStatus} from "../../registry/IProviders.sol";
import {BookActions, Done} from "./BookActions.t.sol";
import {Entry} from "./PlainBook.t.sol";

/// @dev In this file, since the runner fuzzes only contracts of the files that it was given. It reads the exchange's book
/// beside its own.
contract Traders is BookActions {
    uint256 private constant STAKE = 5e23;

    /// @notice Whatever chance left out in a run: more of everything, until all has been done.
    function complete(uint256 seed) external {
        for (uint256 n; n < 2_000 && !_allDone(); ++n) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 kind = seed >> 250;
            if (kind < 16) placeAsk(seed);
            else if (kind < 36) placeBid(seed);
            else if (kind < 42) sweep(seed);
            else if (kind < 46) fill(seed);
            else if (kind < 50) reduce(seed);
            else if (kind < 52) cancel(seed);
            // the gate is for the campaign, where it would empty the book too often
            else if (kind < 55) cancelMany(seed & ~(uint256(7) << 32));
            else if (kind < 59) removeExpired(seed);
            else pass(seed);
        }
        require(_allDone(), "something was never done");
    }

    function check() external view {
        for (uint32 m = 3; m <= 4; ++m) {
            _sameOrders(m, Side.Ask);
            _sameOrders(m, Side.Bid);
            _neverCrosses(m);
        }
        _everybodyHasItsMoney();
        _stakeCoversAsksAndLeases();
    }

    /// @dev Walks the exchange's book and the list side by side: the same orders in the same places, and none beside them.
    function _sameOrders(uint32 market, Side side) private view {
        Entry[] storage entries = _books[_bookOf(market, side)];
        (bool found, PriceCode price) = exchange.best(market, side);
        require(found == (entries.length > 0), "best");
        uint256 i;
        while (found) {
            uint24 page;
            uint256 before = i;
            do {
                OrderId[] memory ids;
                (ids, page) = exchange.ordersOn(market, side, price, page);
                for (uint256 n; n < ids.length; ++n) _same(entries[i++], ids[n], side);
            } while (page != 0);
            require(i > before, "a level without orders");
            uint16 code = PriceCode.unwrap(price);
            if (side == Side.Ask ? code == 62_999 : code == 0) break;
            PriceCode from = PriceCode.wrap(side == Side.Ask ? code + 1 : code - 1);
            (found, price) = exchange.bestFrom(market, side, from);
        }
        require(i == entries.length, "orders are lost");
    }

    function _same(Entry storage e, OrderId id, Side side) private view {
        require(OrderId.unwrap(e.id) == OrderId.unwrap(id), "another order");
        require(PriceCode.unwrap(id.priceOf()) == e.price, "price");
        if (side == Side.Ask) {
            Ask memory a = exchange.ask(id);
            require(a.quantity == e.quantity && a.expiry == e.expiry && a.lock == penalty(), "ask");
            require(account(e.account) == provider(a.appliance - 1), "seller");
        } else {
            Bid memory b = exchange.bid(id);
            require(b.quantity == e.quantity && b.expiry == e.expiry && b.duration == e.duration, "bid");
            require(b.holder == account(e.account), "bidder");
        }
    }

    function _neverCrosses(uint32 market) private view {
        (bool asks, PriceCode ask) = exchange.best(market, Side.Ask);
        (bool bids, PriceCode bid) = exchange.best(market, Side.Bid);
        require(!asks || !bids || PriceCode.unwrap(bid) < PriceCode.unwrap(ask), "crossed");
    }

    /// @dev Every account has what its trades left it; the exchange holds the funds of all bids, Leases all prepayments.
    function _everybodyHasItsMoney() private view {
        for (uint256 i; i < ACCOUNTS; ++i) {
            require(vault.balanceOf(usd, account(i)) == money[i], "money");
            require(vault.balanceOf(xov, account(i)) == bonds[i], "bonds");
        }
        uint256 escrow;
        for (uint32 m = 3; m <= 4; ++m) {
            Entry[] storage bids = _books[_bookOf(m, Side.Bid)];
            for (uint256 i; i < bids.length; ++i) escrow += _worth(bids[i], bids[i].quantity);
        }
        require(vault.balanceOf(usd, address(exchange)) == escrow, "escrow");
        require(vault.balanceOf(usd, address(leases)) == prepaid, "prepayments");
    }

    function _stakeCoversAsksAndLeases() private view {
        uint256[PROVIDER_COUNT] memory instances;
        for (uint32 m = 3; m <= 4; ++m) {
            Entry[] storage asks = _books[_bookOf(m, Side.Ask)];
            for (uint256 i; i < asks.length; ++i) instances[asks[i].account - USER_COUNT] += asks[i].quantity;
        }
        for (uint256 i; i < PROVIDER_COUNT; ++i) {
            StakeStatus memory s = providers.stakeOf(provider(i));
            require(s.locked == (instances[i] + leased[i]) * penalty(), "locked stake");
            require(uint256(s.free) + s.locked == STAKE - forfeited[i], "stake");
        }
    }

    function _allDone() private view returns (bool) {
        for (uint256 d; d <= uint256(type(Done).max); ++d) if (times[Done(d)] == 0) return false;
        return true;
    }
}

/// @title Rule 5 of the design: the book against sorted arrays
contract BookInvariantsTest {
    Traders private _traders;

    function setUp() external {
        _traders = new Traders();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_traders);
    }

    /// @notice Everything has happened at least once in every run, or the run would have proved nothing of it.
    function afterInvariant() external {
        _traders.complete(uint256(keccak256("book")));
        _traders.check();
    }

    /// @notice The whole book, all balances and all stake after every action.
    /// hardhat-config: invariant.runs = 32
    /// hardhat-config: invariant.depth = 150
    /// hardhat-config: invariant.failOnRevert = true
    /// hardhat-config: deep.invariant.runs = 500
    /// hardhat-config: deep.invariant.depth = 500
    /// hardhat-config: deep.invariant.failOnRevert = true
    function invariant_theBookIsWhatPlainListsAre() external view {
        _traders.check();
    }
}
