// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OrderId, Side} from "../exchange/OrderId.sol";
import {PriceCode} from "../exchange/PriceCode.sol";

/// @notice Where a walk through one side of a market goes on.
struct Cursor {
    PriceCode price;
    uint24 page; // of that price's orders
    bool isEnd; // nothing follows
}

/// @notice What rests at one price and has not expired.
struct Level {
    PriceCode price;
    uint256 instances;
    uint256 orders;
}

/// @notice One side of one market.
struct BookSide {
    uint32 market;
    Side side;
}

struct OrderView {
    OrderId order;
    PriceCode price;
    uint16 quantity; // instances left
    uint32 expiry; // unix seconds: the last at which it may be filled
    uint32 appliance; // of an ask
    uint16 duration; // of a bid, hours
}

/// @notice An order that is not placed.
struct Inquiry {
    uint32[] markets; // of one ERC-20; of asks exactly one
    Side side; // Bid to buy, Ask to sell
    PriceCode limit; // the highest to pay, or the lowest to take
    uint256 quantity; // instances
    uint16 duration; // of a purchase, hours
    address account; // whose own orders are passed over; zero for nobody
}

struct Quotation {
    uint256 filled; // instances
    uint256 orders; // that it meets, expired ones and its own not counted
    uint256 amount; // quote units paid for all of them
    uint256 hoursPaid; // instance-hours
    uint256 averagePriceUp; // quote units per instance-hour, rounded up; zero when nothing is filled
    PriceCode worst; // the last price that it reaches
}

/// @title Reading the exchange's book in one call
/// @notice For calls without a transaction. Every function takes the number of pages that it may look at, of up to sixteen
/// orders each, and gives the cursor with which the next call goes on; with `isEnd` all has been seen. Between two calls the
/// book may change.
interface IBookLens {
    error BookLens_NoMarket();
    error BookLens_CursorsMismatch(uint256 have, uint256 need);
    error BookLens_QuoteMismatch(uint32 market, address have, address need);

    /// @notice The cursor before the best order of a side.
    function start(Side side) external pure returns (Cursor memory);

    /// @notice The depth of a side, best price first. A price whose pages two calls share is given by both, each with its part.
    function depth(BookSide calldata book, Cursor calldata from, uint256 maxPages)
        external
        view
        returns (Level[] memory levels, Cursor memory next);

    /// @notice The orders of an account on one side, best and oldest first, expired ones as well: the bids of a holder, or the
    /// asks of a provider's appliances.
    function ordersOf(address account, BookSide calldata book, Cursor calldata from, uint256 maxPages)
        external
        view
        returns (OrderView[] memory orders, Cursor memory next);

    /// @notice What an order would fill at once. A later call's figures are to be added to those before it, its `quantity` being
    /// what is left.
    /// @param from one for each market; empty to begin
    /// @return quotation of what these pages fill
    /// @return next one for each market; all at their end when nothing more could be filled
    function quote(Inquiry calldata inquiry, Cursor[] calldata from, uint256 maxPages)
        external
        view
        returns (Quotation memory quotation, Cursor[] memory next);
}
