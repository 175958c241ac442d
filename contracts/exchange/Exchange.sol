// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Launch, Opening, Terms} from "../lease/ILeases.sol";
import {LeaseMath} from "../lease/LeaseMath.sol";
import {LeaseSlots} from "../lease/LeaseSlots.sol";
import {Permit} from "../token/IVault.sol";
import {
    AskParams,
    BidParams,
    Execution,
    IExchange,
    ReservationTerms,
    SweepParams,
    TimeInForce
} from "./IExchange.sol";
import {BITCOIN, Market} from "./IMarkets.sol";
import {Matching} from "./Matching.sol";
import {Order, packAsk} from "./Order.sol";
import {OrderId, Side} from "./OrderId.sol";
import {Orders} from "./Orders.sol";
import {PriceCode} from "./PriceCode.sol";

contract Exchange is Matching {
    using SafeCast for uint256;

    /// @notice An order that may rest lives at least so long, seconds: an order that dies at once only costs takers gas.
    uint256 public constant MIN_LIFETIME = 5 minutes;
    /// @notice An ask's longest life, seconds.
    uint256 public constant MAX_LIFETIME = 7 days;
    uint256 public constant MAX_CONFIRMATIONS = 144;
    /// @notice The longest prepayment in a token, hours.
    uint256 public constant MAX_PREPAID_HOURS = 30 * 24;
    /// @notice The longest prepayment in bitcoin, hours.
    uint256 public constant MAX_PREPAID_HOURS_BITCOIN = 7 * 24;
    /// @notice Unfunded leases hold at most one part in so many of an ask, rounded up.
    uint256 public constant UNFUNDED_PART = 4;

    constructor(Peers memory peers) Orders(peers) {}

    // ----------------------------------------------------------------- orders

    /// @inheritdoc IExchange
    function placeAsk(AskParams calldata params, Execution calldata execution)
        external
        returns (OrderId order, uint256 filled)
    {
        return _placeAsk(_caller(), params, execution);
    }

    /// @inheritdoc IExchange
    function placeBid(BidParams calldata params, Execution calldata execution)
        external
        returns (OrderId order, uint256 filled)
    {
        return _placeBid(_caller(), params, execution);
    }

    /// @inheritdoc IExchange
    function sweep(SweepParams calldata params, Execution calldata execution) external returns (uint256 filled) {
        return _sweep(_caller(), params, execution);
    }

    /// @inheritdoc IExchange
    function fill(OrderId order, PriceCode maxPrice, uint16 quantity, uint16 duration, Launch calldata launch)
        external
    {
        _fill(_caller(), order, maxPrice, quantity, duration, launch);
    }

    /// @inheritdoc IExchange
    function reduce(OrderId order, uint16 quantity) external {
        _reduce(_caller(), order, quantity);
    }

    /// @inheritdoc IExchange
    function cancel(OrderId order) external {
        _cancel(_caller(), order);
    }

    /// @inheritdoc IExchange
    function cancelMany(OrderId[] calldata orders) external {
        for (uint256 i; i < orders.length; ++i) {
            if (_rests(orders[i])) _cancel(_caller(), orders[i]);
        }
    }

    // ------------------------------------------------------- before the order

    /// @inheritdoc IExchange
    function deposit(IERC20 token, uint256 amount, Permit calldata permit) external {
        VAULT.pull(token, _caller(), amount, permit);
    }

    // ----------------------------------------------------------- signed terms

    /// @inheritdoc IExchange
    function take(OrderId order, Terms calldata terms, bytes calldata signature, Launch calldata launch)
        external
        returns (bytes32 leaseId)
    {
        return _take(_caller(), order, terms, signature, launch);
    }

    /// @inheritdoc IExchange
    function endReservation(OrderId order) external {
        require(msg.sender == address(LEASES), Exchange_NotLeases(msg.sender));
        if (_rests(order)) --_reservations[_slotOf(order)].unfunded;
        emit ReservationEnded(order);
    }

    /// @inheritdoc IExchange
    function takeWithPermit(
        OrderId order,
        Terms calldata terms,
        bytes calldata signature,
        Launch calldata launch,
        uint256 amount,
        Permit calldata permit
    ) external returns (bytes32 leaseId) {
        require(terms.quote != BITCOIN, Exchange_PaidInBitcoin(order.marketOf()));
        VAULT.pull(IERC20(terms.quote), _caller(), amount, permit);
        return _take(_caller(), order, terms, signature, launch);
    }

    // ----------------------------------------------------------------- caller

    /// @dev Whom the call is for: the caller, or whom the gateway names behind the calldata.
    function _caller() private view returns (address) {
        if (msg.sender != address(GATEWAY)) return msg.sender;
        return address(bytes20(msg.data[msg.data.length - 20:]));
    }

    // ---------------------------------------------------------------- placing

    function _placeAsk(address caller, AskParams calldata p, Execution calldata e)
        private
        returns (OrderId order, uint256 filled)
    {
        Scale memory m = _scaleOf(p.market);
        _requireValidAsk(p, m.quote == BITCOIN);
        uint96 lock = (LeaseMath.startPenalty(m.computeUnits) + _collateralFor(p, m)).toUint96();
        (Taker memory t, Order o) = _seller(caller, p, e, m, lock);
        _matchBids(t, p.market, p.price);
        uint256 rest = _restOf(t, t.steps == 0 && _bidsCross(p.market, p.price));
        if (rest > 0) order = _restAsk(p, o.withQuantity(rest));
        else if (t.left > 0) PROVIDERS.unlock(t.account, t.left * lock);
        _settle(t, m.quote, address(this), _noLaunch());
        filled = t.quantity - t.left;
    }

    function _seller(address caller, AskParams calldata p, Execution calldata e, Scale memory m, uint96 lock)
        private
        returns (Taker memory t, Order o)
    {
        (address provider, uint256 attestedUntil, bool hasFloor) =
            PROVIDERS.lockForSale(p.appliance, caller, m.pool, uint256(lock) * p.quantity);
        if (hasFloor) PROVIDERS.requireFloor(p.appliance, m.quote, p.price.decode(m.decade), m.computeUnits);
        uint256 expiry = _requireExpiry(p.expiry, Math.min(block.timestamp + MAX_LIFETIME, attestedUntil));
        t = _taker(provider, caller, p.quantity, e);
        (t.appliance, t.decade) = (p.appliance, m.decade);
        o = packAsk(uint32(expiry), p.appliance, provider, lock, p.startFee);
    }

    function _placeBid(address holder, BidParams calldata p, Execution calldata e)
        private
        returns (OrderId order, uint256 filled)
    {
        Scale memory m = _scaleOf(p.market);
        _requireValidBid(p, m.quote);
        Taker memory t = _taker(holder, holder, p.quantity, e);
        (t.duration, t.decade) = (p.duration, m.decade);
        uint32[] memory markets = new uint32[](1);
        markets[0] = p.market;
        _matchAsks(t, markets, p.price);
        uint256 rest = _restOf(t, t.steps == 0 && _asksCross(p.market, p.price));
        if (rest > 0) {
            order = _restBid(p, holder, rest);
            _fundBid(p, m, holder, rest);
        }
        _settle(t, m.quote, holder, _noLaunch());
        filled = t.quantity - t.left;
    }

    function _fundBid(BidParams calldata p, Scale memory m, address holder, uint256 rest) private {
        VAULT.move(IERC20(m.quote), holder, address(this), p.price.decode(m.decade) * p.duration * rest);
    }

    // ---------------------------------------------------------------- filling

    function _sweep(address holder, SweepParams calldata p, Execution calldata e) private returns (uint256 filled) {
        require(
            e.timeInForce == TimeInForce.ImmediateOrCancel || e.timeInForce == TimeInForce.FillOrKill,
            Exchange_NothingToRest(e.timeInForce)
        );
        _requirePrice(p.price);
        _requireQuantity(p.quantity);
        _requireDuration(p.duration);
        Taker memory t = _taker(holder, holder, p.quantity, e);
        address quote;
        (quote, t.decade) = _commonQuote(p.markets);
        t.duration = p.duration;
        _matchAsks(t, p.markets, p.price);
        _restOf(t, true);
        _settle(t, quote, holder, _noLaunch());
        return t.quantity - t.left;
    }

    function _fill(
        address holder,
        OrderId order,
        PriceCode maxPrice,
        uint16 quantity,
        uint16 duration,
        Launch calldata launch
    ) private {
        (uint256 slot, Order o) = _fillable(order);
        Scale memory m = _scaleOf(order.marketOf());
        require(m.quote != BITCOIN, Exchange_PaidInBitcoin(order.marketOf()));
        PriceCode price = order.priceOf();
        require(PriceCode.unwrap(price) <= PriceCode.unwrap(maxPrice), Exchange_PriceAbove(price, maxPrice));
        require(quantity <= o.quantityOf(), Exchange_QuantityTooLarge(order, quantity, o.quantityOf()));
        _requireQuantity(quantity);
        _requireDuration(duration);
        Taker memory t;
        (t.account, t.left, t.steps, t.decade) = (holder, quantity, quantity, m.decade);
        if (launch.sealedSpec.length > 0) t.startBy = block.timestamp + LeaseSlots.START_WINDOW;
        _addFill(t, order, o, quantity, price.decode(m.decade) * duration);
        _takeFrom(slot, o, quantity);
        _settle(t, m.quote, holder, launch);
    }

    function _take(
        address caller,
        OrderId order,
        Terms calldata terms,
        bytes calldata signature,
        Launch calldata launch
    ) private returns (bytes32 leaseId) {
        (uint256 slot, Order o) = _fillable(order);
        ReservationTerms memory r = _reservations[slot];
        Market memory m = MARKETS.market(order.marketOf());
        _requireMatch(order, o, r, m, terms);
        Opening memory opening = _opening(caller, order, o);
        if (m.quote == BITCOIN) {
            _requireFewUnfunded(order, o.quantityOf(), r.unfunded);
            opening.confirmations = r.confirmations;
            opening.bond = r.bond;
            opening.collateral = uint96(_collateralOf(o, m, terms.prepayment, terms.price * r.prepaidHours + terms.startFee));
            _reservations[slot].unfunded = r.unfunded + 1;
            if (r.bond > 0) VAULT.move(XOV, caller, address(LEASES), r.bond);
        } else {
            VAULT.move(IERC20(m.quote), caller, address(LEASES), terms.prepayment);
        }
        _takeFrom(slot, o, 1);
        leaseId = LEASES.open(terms, signature, launch, opening);
        emit AskTaken(order, leaseId, o.quantityOf() - 1);
    }

    function _opening(address caller, OrderId order, Order o) private pure returns (Opening memory opening) {
        opening.order = order;
        opening.market = order.marketOf();
        opening.price = order.priceOf();
        opening.startFee = o.feeOf();
        opening.opener = caller;
    }

    // ----------------------------------------------------- bitcoin collateral

    /// @dev XOV base units for the longest prepayment, at the pool's ratio of now. Tokens need none: the vault holds them.
    function _collateralFor(AskParams calldata p, Scale memory m) private view returns (uint256) {
        if (m.quote != BITCOIN) return 0;
        uint256 longest = p.price.decode(m.decade) * p.prepaidHours + p.startFee.decode(m.decade);
        return longest * POOLS.rulesOf(m.pool).collateralPerMsat;
    }

    /// @dev The part of the ask's lock that the lease takes over as collateral; what it does not need becomes free.
    function _collateralOf(Order o, Market memory m, uint256 prepayment, uint256 longest)
        private
        returns (uint256 collateral)
    {
        uint256 most = o.lockOf() - LeaseMath.startPenalty(m.computeUnits);
        collateral = most * prepayment / longest;
        if (collateral < most) PROVIDERS.unlock(_providerOf(o), most - collateral);
    }

    // ----------------------------------------------------------------- checks

    function _fillable(OrderId order) private view returns (uint256 slot, Order o) {
        _requireSide(order, Side.Ask);
        (slot, o) = _resting(order);
        require(!o.isExpired(), Exchange_Expired(order, o.expiryOf(), block.timestamp));
    }

    function _commonQuote(uint32[] calldata markets) private returns (address quote, uint8 decade) {
        for (uint256 i; i < markets.length; ++i) {
            Scale memory m = _scaleOf(markets[i]);
            require(m.quote != BITCOIN, Exchange_PaidInBitcoin(markets[i]));
            if (i == 0) (quote, decade) = (m.quote, m.decade);
            require(m.quote == quote, Exchange_QuoteMismatch(markets[i], m.quote, quote));
        }
    }

    function _requireFewUnfunded(OrderId order, uint256 left, uint256 unfunded) private pure {
        uint256 limit = (left + unfunded + UNFUNDED_PART - 1) / UNFUNDED_PART;
        require(unfunded < limit, Exchange_TooManyUnfunded(order, unfunded, left));
    }

    function _requireMatch(
        OrderId order,
        Order o,
        ReservationTerms memory r,
        Market memory m,
        Terms calldata terms
    ) private pure {
        uint256 price = order.priceOf().decode(m.decade);
        _requireSame("appliance", terms.appliance, o.applianceOf());
        _requireSame("class", uint256(terms.class), uint256(m.class));
        _requireSame("quote", uint160(terms.quote), uint160(m.quote));
        _requireSame("price", terms.price, price);
        uint256 fee = o.feeOf().decode(m.decade);
        _requireSame("startFee", terms.startFee, fee);
        uint256 longest = fee + price * (m.quote == BITCOIN ? r.prepaidHours : MAX_PREPAID_HOURS);
        require(
            terms.prepayment >= fee + price && terms.prepayment <= longest,
            Exchange_PrepaymentOutOfBounds(terms.prepayment, fee + price, longest)
        );
    }

    function _requireSame(bytes32 field, uint256 have, uint256 need) private pure {
        require(have == need, Exchange_TermsMismatch(field, have, need));
    }

    function _requireValidAsk(AskParams calldata p, bool isBitcoin) private view {
        _requirePrice(p.price);
        _requireQuantity(p.quantity);
        require(p.startFee.isValid(), Exchange_InvalidStartFee(p.startFee));
        // a token is paid at the fill: nothing to confirm, to cover or to reserve
        (uint256 least, uint256 most) = isBitcoin ? (1, MAX_CONFIRMATIONS) : (0, 0);
        require(
            p.confirmations >= least && p.confirmations <= most,
            Exchange_ConfirmationsOutOfBounds(p.confirmations, least, most)
        );
        (least, most) = isBitcoin ? (1, MAX_PREPAID_HOURS_BITCOIN) : (0, 0);
        require(
            p.prepaidHours >= least && p.prepaidHours <= most,
            Exchange_PrepaidHoursOutOfBounds(p.prepaidHours, least, most)
        );
        require(isBitcoin || p.bond == 0, Exchange_BondWithoutReservation(p.bond));
    }

    function _requireValidBid(BidParams calldata p, address quote) private view {
        require(quote != BITCOIN, Exchange_PaidInBitcoin(p.market));
        _requirePrice(p.price);
        _requireQuantity(p.quantity);
        _requireDuration(p.duration);
        _requireExpiry(p.expiry, type(uint32).max);
    }

    function _requireQuantity(uint16 quantity) private pure {
        require(quantity > 0, Exchange_QuantityOutOfBounds(quantity, 1, type(uint16).max));
    }

    function _requireDuration(uint16 duration) private pure {
        require(
            duration > 0 && duration <= MAX_PREPAID_HOURS, Exchange_DurationOutOfBounds(duration, 1, MAX_PREPAID_HOURS)
        );
    }

    /// @return the expiry, or the last possible one for zero
    function _requireExpiry(uint256 expiry, uint256 last) private view returns (uint256) {
        if (expiry == 0) expiry = last;
        uint256 first = block.timestamp + MIN_LIFETIME;
        require(expiry >= first && expiry <= last, Exchange_ExpiryOutOfBounds(expiry, first, last));
        return expiry;
    }

    function _noLaunch() private pure returns (Launch memory launch) {}
}
