// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Launch, Terms} from "../lease/ILeases.sol";
import {Permit} from "../token/IVault.sol";
import {OrderId, Side} from "./OrderId.sol";
import {PriceCode} from "./PriceCode.sol";
import {StartFee} from "./StartFee.sol";

struct AskParams {
    uint32 appliance;
    uint32 market; // of the appliance's pool
    PriceCode price; // the lowest accepted
    uint16 quantity; // instances
    uint32 expiry; // unix seconds: the last at which what rests may be filled; zero for as late as is allowed
    // bitcoin markets only, zero in others
    uint8 confirmations; // that a payment needs, 1 to 144
    uint16 prepaidHours; // the longest prepayment, 1 to 168
    uint96 bond; // XOV base units that reserving one instance costs until it is paid
    // any market
    StartFee startFee; // that a holder without trust pays for the start of a lease with signed terms
}

struct BidParams {
    uint32 market; // of an ERC-20
    PriceCode price; // the highest accepted
    uint16 quantity; // instances
    uint16 duration; // hours that each is paid for, 1 to 720
    uint32 expiry; // unix seconds: the last at which what rests may be filled; zero for no end
}

struct SweepParams {
    uint32[] markets; // of one ERC-20: their price codes mean the same
    PriceCode price; // the highest accepted
    uint16 quantity; // instances, over all markets together
    uint16 duration; // hours that each is paid for, 1 to 720
}

/// @notice What becomes of the part of an order that is not filled at once.
enum TimeInForce {
    GoodTill, // rests until it expires or is cancelled
    ImmediateOrCancel, // is dropped
    FillOrKill, // reverts the whole
    PostOnly // rests; reverts the whole if anything could be filled at once
}

/// @notice What happens when an order meets an order of the same account: an ask's account is its provider.
enum SelfTrade {
    CancelOldest, // the resting order is removed
    CancelNewest // the incoming order's rest is dropped
}

struct Execution {
    TimeInForce timeInForce;
    SelfTrade selfTrade;
    uint8 maxFills; // leases opened and orders removed by the call, at most; what is left and would cross is dropped
}

/// @notice A resting ask.
struct Ask {
    uint32 appliance;
    uint16 quantity; // instances left
    uint32 expiry; // unix seconds: the last at which it may be filled
    uint256 lock; // XOV base units of stake locked for each instance left
    StartFee startFee;
    ReservationTerms reservation; // zeroes unless the market is bitcoin's
}

/// @notice What an ask has in a bitcoin market besides.
struct ReservationTerms {
    // slot 0
    uint96 bond; // XOV base units
    uint16 unfunded; // instances taken and not yet paid
    uint8 confirmations;
    uint16 prepaidHours;
}

/// @notice A resting bid.
struct Bid {
    address holder;
    uint16 quantity; // instances left; the funds of each, price × duration, stand under the exchange in the vault
    uint32 expiry; // unix seconds: the last at which it may be filled
    uint16 duration; // hours
}

enum Removal {
    Cancelled,
    Expired,
    SelfTrade
}

/// @title The exchange: an order book for compute
/// @notice Price-time priority over asks and bids of instances, per market. Whatever rests can be filled: an ask has locked
/// stake for its whole quantity (per instance the start penalty and, in a bitcoin market, collateral for its longest
/// prepayment at the pool's ratio), a bid has its funds in the vault. Incoming orders match inside their transaction, best
/// price first and oldest first, at the price of the resting order, and each instance filled opens a lease for the bidder.
/// Bitcoin markets hold asks only, to be taken by id with signed terms.
///
/// An order that has expired may be removed by anyone, who is paid a small bond out of it: of an ask an eighth of one
/// instance's start penalty, of a bid a quarter of an hour's price. So meeting an expired order pays the taker. An order that
/// its owner removes pays nothing, expired or not.
///
/// An ask needs a current attestation of its appliance, and expires no later. An appliance that loses its attestation to a
/// claim is off the book as soon as anyone cancels its asks, which anyone may; until then they can be filled.
///
/// The start fee of an ask is for leases with signed terms, which name it. A lease from a fill has none, since neither a bid
/// nor a fill names one: a provider that will not pay the start price for its holder declines, without a fault in its record.
/// Warning: a lease from a bid, or from a fill without a launch spec, is reserved capacity and accrues from the fill.
interface IExchange {
    event AskPlaced(
        OrderId indexed order,
        uint32 indexed appliance,
        uint32 indexed market,
        PriceCode price,
        uint16 quantity,
        uint32 expiry,
        uint96 lock,
        StartFee startFee
    );
    /// @notice With AskPlaced, in bitcoin markets.
    event BitcoinAskPlaced(OrderId indexed order, uint8 confirmations, uint16 prepaidHours, uint96 bond);
    event BidPlaced(
        OrderId indexed order,
        address indexed holder,
        uint32 indexed market,
        PriceCode price,
        uint16 quantity,
        uint32 expiry,
        uint16 duration
    );
    /// @notice A resting order of an ERC-20 market was filled: it opened `count` leases, numbered from `first` down, whose ids
    /// are keccak256(abi.encode(order, number)); market and price are in the order's id. With a launch spec a start is awaited
    /// until `startBy`; else `startBy` is zero and they are Reserved and accrue from `clock` on.
    event Filled(
        OrderId indexed order,
        address indexed holder,
        uint32 indexed appliance,
        uint256 first,
        uint256 count,
        uint256 prepayment,
        uint256 clock,
        uint256 startBy
    );
    event OrderReduced(OrderId indexed order, uint16 quantity);
    /// @notice An order left the book before it was filled; of one that is filled, Filled and AskTaken tell.
    event OrderRemoved(OrderId indexed order, Removal reason);
    /// @notice An ask was taken with signed terms; `quantity` is left.
    event AskTaken(OrderId indexed order, bytes32 indexed leaseId, uint16 quantity);
    event ReservationEnded(OrderId indexed order);

    error Exchange_NotLeases(address caller);
    /// @notice No such order rests: it never did, or it is filled or removed.
    error Exchange_UnknownOrder(OrderId order);
    error Exchange_NotOwner(OrderId order, address caller, address owner);
    error Exchange_WrongSide(OrderId order);
    error Exchange_InvalidPrice(PriceCode price);
    error Exchange_InvalidStartFee(StartFee fee);
    error Exchange_QuantityOutOfBounds(uint256 have, uint256 min, uint256 max);
    error Exchange_DurationOutOfBounds(uint256 have, uint256 min, uint256 max);
    error Exchange_ConfirmationsOutOfBounds(uint256 have, uint256 min, uint256 max);
    error Exchange_BondWithoutReservation(uint256 bond);
    error Exchange_PrepaidHoursOutOfBounds(uint256 have, uint256 min, uint256 max);
    error Exchange_ExpiryOutOfBounds(uint256 have, uint256 min, uint256 max);
    error Exchange_Expired(OrderId order, uint256 expiry, uint256 time);
    error Exchange_PaidInBitcoin(uint32 market);
    error Exchange_QuoteMismatch(uint32 market, address have, address need);
    error Exchange_WouldCross(OrderId order);
    error Exchange_NothingToRest(TimeInForce timeInForce);
    error Exchange_NotFilled(uint256 filled, uint256 quantity);
    error Exchange_PriceAbove(PriceCode price, PriceCode max);
    error Exchange_QuantityTooLarge(OrderId order, uint256 asked, uint256 left);
    error Exchange_TooManyUnfunded(OrderId order, uint256 unfunded, uint256 left);
    error Exchange_TermsMismatch(bytes32 field, uint256 have, uint256 need);
    error Exchange_PrepaymentOutOfBounds(uint256 have, uint256 min, uint256 max);

    /// @notice Deposits into the caller's vault balance by EIP-2612 permit, for what follows in the same
    /// `batch` of the gateway.
    function deposit(IERC20 token, uint256 amount, Permit calldata permit) external;

    /// @notice Places an ask; the appliance's provider or hot key. Bids at its price or above are filled first. Reverts with
    /// Providers_StakeTooSmall when the free stake does not cover what is filled and what rests, and with
    /// Providers_NotAttested. Life: 5 minutes to 7 days, and not beyond the appliance's attestation.
    /// @return order zero unless a part rests
    /// @return filled instances filled at once
    function placeAsk(AskParams calldata params, Execution calldata execution)
        external
        returns (OrderId order, uint256 filled);

    /// @notice Places a bid, paid for from the caller's vault balance. Asks at its price or below are filled first. Life:
    /// 5 minutes at least.
    /// @return order zero unless a part rests
    /// @return filled instances filled at once
    function placeBid(BidParams calldata params, Execution calldata execution)
        external
        returns (OrderId order, uint256 filled);

    /// @notice Fills the best asks of several markets, the best price of all first; paid for from the caller's vault
    /// balance. Nothing rests: only ImmediateOrCancel and FillOrKill are told apart.
    function sweep(SweepParams calldata params, Execution calldata execution) external returns (uint256 filled);

    /// @notice Fills `quantity` instances of one chosen ask of an ERC-20 market, all or nothing, each for `duration` hours,
    /// paid for from the caller's vault balance.
    /// @param maxPrice the highest accepted
    /// @param launch sealed to the ask's appliance; an empty spec reserves capacity, to be launched later
    function fill(OrderId order, PriceCode maxPrice, uint16 quantity, uint16 duration, Launch calldata launch) external;

    /// @notice Lowers what is left to `quantity` (at least 1); the order keeps its place. Its owner, or of an ask the
    /// provider or the hot key, and anyone once the appliance is no longer attested.
    function reduce(OrderId order, uint16 quantity) external;

    /// @notice Removes an order; its owner, or of an ask the provider or the hot key, and anyone once it has expired or
    /// the appliance is no longer attested.
    function cancel(OrderId order) external;

    /// @notice `cancel` of each order that still rests.
    function cancelMany(OrderId[] calldata orders) external;

    /// @notice Takes one instance of an ask for the holder who signed `terms`, which must name the ask's appliance, class,
    /// quote, price and start fee, and a prepayment between an hour and the longest, with the fee. From its vault balance the
    /// caller pays the prepayment, or in a bitcoin market posts the reservation bond. At most a quarter of a bitcoin ask (but always one)
    /// may be unfunded.
    /// @param signature of the terms by the holder; may be empty when the caller is the holder
    function take(OrderId order, Terms calldata terms, bytes calldata signature, Launch calldata launch)
        external
        returns (bytes32 leaseId);

    /// @notice `take` after a deposit of `amount` of the quote token into the caller's vault balance by EIP-2612 permit.
    /// Reverts with Exchange_PaidInBitcoin for terms whose quote is no token.
    function takeWithPermit(
        OrderId order,
        Terms calldata terms,
        bytes calldata signature,
        Launch calldata launch,
        uint256 amount,
        Permit calldata permit
    ) external returns (bytes32 leaseId);

    /// @notice Leases only: an instance of the ask is no longer waiting for its payment.
    function endReservation(OrderId order) external;

    /// @notice Reverts with Exchange_UnknownOrder unless the ask rests.
    function ask(OrderId order) external view returns (Ask memory);

    /// @notice Reverts with Exchange_UnknownOrder unless the bid rests.
    function bid(OrderId order) external view returns (Bid memory);

    /// @notice The best price at which orders of a side rest.
    function best(uint32 market, Side side) external view returns (bool found, PriceCode price);

    /// @notice The best price that is not better than `price`.
    function bestFrom(uint32 market, Side side, PriceCode price) external view returns (bool found, PriceCode next);

    /// @notice The orders on one page of a level, oldest first, and the number of the page behind it (zero behind the last).
    /// Begin at page 0, which may be empty while others are not.
    function ordersOn(uint32 market, Side side, PriceCode price, uint24 page)
        external
        view
        returns (OrderId[] memory orders, uint24 next);
}
