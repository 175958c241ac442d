// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Ask, Bid, IExchange} from "../exchange/IExchange.sol";
import {IMarkets} from "../exchange/IMarkets.sol";
import {OrderId, Side} from "../exchange/OrderId.sol";
import {DECADES, PRICES_PER_DECADE, PriceCode} from "../exchange/PriceCode.sol";
import {IProviders} from "../registry/IProviders.sol";
import {BookSide, Cursor, IBookLens, Inquiry, Level, OrderView, Quotation} from "./IBookLens.sol";

contract BookLens is IBookLens {
    uint16 private constant LAST_PRICE = PRICES_PER_DECADE * DECADES - 1;

    IExchange public immutable EXCHANGE;
    IMarkets public immutable MARKETS;
    IProviders public immutable PROVIDERS;

    constructor(IExchange exchange, IMarkets markets, IProviders providers) {
        EXCHANGE = exchange;
        MARKETS = markets;
        PROVIDERS = providers;
    }

    /// @inheritdoc IBookLens
    function start(Side side) public pure returns (Cursor memory cursor) {
        cursor.price = PriceCode.wrap(side == Side.Ask ? 0 : LAST_PRICE);
    }

    /// @inheritdoc IBookLens
    function depth(BookSide calldata book, Cursor calldata from, uint256 maxPages)
        external
        view
        returns (Level[] memory levels, Cursor memory next)
    {
        next = _atLevel(book, from);
        levels = new Level[](maxPages);
        uint256 count;
        for (uint256 n; n < maxPages && !next.isEnd; ++n) {
            if (count == 0 || !_same(levels[count - 1].price, next.price)) levels[count++].price = next.price;
            Level memory level = levels[count - 1];
            (OrderView[] memory orders, Cursor memory after_) = _page(book, next);
            for (uint256 i; i < orders.length; ++i) {
                if (block.timestamp > orders[i].expiry) continue;
                level.instances += orders[i].quantity;
                ++level.orders;
            }
            next = after_;
            // of a price with nothing but expired orders there is nothing to tell
            if (level.orders == 0) --count;
        }
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(levels, count) // only shortens
        }
    }

    /// @inheritdoc IBookLens
    function ordersOf(address account, BookSide calldata book, Cursor calldata from, uint256 maxPages)
        external
        view
        returns (OrderView[] memory orders, Cursor memory next)
    {
        next = _atLevel(book, from);
        orders = new OrderView[](16 * maxPages);
        uint256 count;
        for (uint256 n; n < maxPages && !next.isEnd; ++n) {
            OrderView[] memory page;
            (page, next) = _page(book, next);
            for (uint256 i; i < page.length; ++i) {
                if (_isOf(account, book.side, page[i])) orders[count++] = page[i];
            }
        }
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(orders, count) // only shortens
        }
    }

    /// @inheritdoc IBookLens
    function quote(Inquiry calldata inquiry, Cursor[] calldata from, uint256 maxPages)
        external
        view
        returns (Quotation memory quotation, Cursor[] memory next)
    {
        uint8 decade = _commonDecade(inquiry);
        next = _cursors(inquiry, from);
        for (uint256 n; n < maxPages && quotation.filled < inquiry.quantity; ++n) {
            uint256 i = _best(inquiry, next);
            if (i == next.length) break;
            next[i] = _meetPage(inquiry, BookSide(inquiry.markets[i], _other(inquiry.side)), next[i], quotation, decade);
        }
        if (quotation.filled == inquiry.quantity) for (uint256 i; i < next.length; ++i) next[i].isEnd = true;
        if (quotation.hoursPaid > 0) quotation.averagePriceUp = Math.ceilDiv(quotation.amount, quotation.hoursPaid);
    }

    // ------------------------------------------------------------------ quote

    /// @dev Fills from one page what it would.
    function _meetPage(
        Inquiry calldata inquiry,
        BookSide memory book,
        Cursor memory at,
        Quotation memory q,
        uint8 decade
    ) private view returns (Cursor memory next) {
        OrderView[] memory orders;
        (orders, next) = _page(book, at);
        uint256 price = at.price.decode(decade);
        for (uint256 i; i < orders.length && q.filled < inquiry.quantity; ++i) {
            OrderView memory o = orders[i];
            if (block.timestamp > o.expiry) continue;
            if (inquiry.account != address(0) && _isOf(inquiry.account, book.side, o)) continue;
            uint256 count = Math.min(o.quantity, inquiry.quantity - q.filled);
            uint256 paidHours = count * (book.side == Side.Ask ? inquiry.duration : o.duration);
            q.filled += count;
            ++q.orders;
            q.hoursPaid += paidHours;
            q.amount += price * paidHours;
            q.worst = at.price;
        }
    }

    /// @dev The market with the best price within the limit, the first of those named; their number when there is none, and
    /// then all are at their end.
    function _best(Inquiry calldata inquiry, Cursor[] memory at) private pure returns (uint256 best) {
        best = at.length;
        for (uint256 i; i < at.length; ++i) {
            if (at[i].isEnd || _isBetter(inquiry.side, inquiry.limit, at[i].price)) {
                at[i].isEnd = true;
            } else if (best == at.length || _isBetter(inquiry.side, at[i].price, at[best].price)) {
                best = i;
            }
        }
    }

    /// @dev For a buyer less is better.
    function _isBetter(Side side, PriceCode a, PriceCode b) private pure returns (bool) {
        (uint16 x, uint16 y) = (PriceCode.unwrap(a), PriceCode.unwrap(b));
        return side == Side.Bid ? x < y : x > y;
    }

    function _cursors(Inquiry calldata inquiry, Cursor[] calldata from) private view returns (Cursor[] memory next) {
        uint256 need = inquiry.markets.length;
        require(from.length == 0 || from.length == need, BookLens_CursorsMismatch(from.length, need));
        Side side = _other(inquiry.side);
        next = new Cursor[](need);
        for (uint256 i; i < need; ++i) {
            next[i] = _atLevel(BookSide(inquiry.markets[i], side), from.length == 0 ? start(side) : from[i]);
        }
    }

    function _commonDecade(Inquiry calldata inquiry) private view returns (uint8 decade) {
        require(inquiry.markets.length > 0, BookLens_NoMarket());
        address quote_;
        for (uint256 i; i < inquiry.markets.length; ++i) {
            (address have,,, uint8 d) = MARKETS.scaleOf(inquiry.markets[i]);
            if (i == 0) (quote_, decade) = (have, d);
            require(have == quote_, BookLens_QuoteMismatch(inquiry.markets[i], have, quote_));
        }
    }

    function _other(Side side) private pure returns (Side) {
        return side == Side.Ask ? Side.Bid : Side.Ask;
    }

    // ---------------------------------------------------------------- walking

    /// @dev The cursor on a level that holds orders, or at the end.
    function _atLevel(BookSide memory book, Cursor memory from) private view returns (Cursor memory at) {
        if (from.isEnd) return from;
        (bool found, PriceCode price) = EXCHANGE.bestFrom(book.market, book.side, from.price);
        if (found && _same(price, from.price)) return from;
        return Cursor(price, 0, !found);
    }

    /// @dev The orders of a page, and the cursor behind it.
    function _page(BookSide memory book, Cursor memory at)
        private
        view
        returns (OrderView[] memory orders, Cursor memory next)
    {
        (OrderId[] memory ids, uint24 page) = EXCHANGE.ordersOn(book.market, book.side, at.price, at.page);
        orders = new OrderView[](ids.length);
        for (uint256 i; i < ids.length; ++i) orders[i] = _view(book.side, ids[i]);
        if (page != 0) return (orders, Cursor(at.price, page, false));
        uint16 price = PriceCode.unwrap(at.price);
        if (price == (book.side == Side.Ask ? LAST_PRICE : 0)) return (orders, Cursor(at.price, 0, true));
        price = book.side == Side.Ask ? price + 1 : price - 1;
        next = _atLevel(book, Cursor(PriceCode.wrap(price), 0, false));
    }

    function _view(Side side, OrderId id) private view returns (OrderView memory o) {
        (o.order, o.price) = (id, id.priceOf());
        if (side == Side.Ask) {
            Ask memory a = EXCHANGE.ask(id);
            (o.quantity, o.expiry, o.appliance) = (a.quantity, a.expiry, a.appliance);
        } else {
            Bid memory b = EXCHANGE.bid(id);
            (o.quantity, o.expiry, o.duration) = (b.quantity, b.expiry, b.duration);
        }
    }

    function _isOf(address account, Side side, OrderView memory o) private view returns (bool) {
        if (side == Side.Bid) return EXCHANGE.bid(o.order).holder == account;
        (address provider,,) = PROVIDERS.providerOf(o.appliance);
        return provider == account;
    }

    function _same(PriceCode a, PriceCode b) private pure returns (bool) {
        return PriceCode.unwrap(a) == PriceCode.unwrap(b);
    }
}
