// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ILeases} from "../lease/ILeases.sol";
import {LeaseMath} from "../lease/LeaseMath.sol";
import {IPools} from "../registry/IPools.sol";
import {IProviders} from "../registry/IProviders.sol";
import {IVault} from "../token/IVault.sol";
import {XovToken} from "../token/XovToken.sol";
import {Gateway} from "./Gateway.sol";
import {Ask, AskParams, Bid, BidParams, IExchange, Removal, ReservationTerms} from "./IExchange.sol";
import {IMarkets} from "./IMarkets.sol";
import {Order, packBid} from "./Order.sol";
import {IGateway} from "./IGateway.sol";
import {OrderBook} from "./OrderBook.sol";
import {levelAt, OrderId, Side} from "./OrderId.sol";
import {Page} from "./Page.sol";
import {PriceCode} from "./PriceCode.sol";

/// @title The orders that rest, and what backs them
abstract contract Orders is IExchange {
    using OrderBook for OrderBook.Books;
    using SafeCast for uint256;

    /// @notice An expired ask pays whoever removes it one part in so many of an instance's start penalty.
    uint256 public constant ASK_BOND_PART = 8;
    /// @notice An expired bid pays whoever removes it one part in so many of an hour's price.
    uint256 public constant BID_BOND_PART = 4;

    struct Peers {
        XovToken xov;
        IVault vault;
        IPools pools;
        IProviders providers;
        IMarkets markets;
        ILeases leases;
    }

    /// @dev A market's, copied at its first order: one read here is cheaper than a call there.
    struct Scale {
        // slot 0
        address quote;
        uint32 pool;
        uint32 computeUnits;
        uint8 decade;
    }

    XovToken internal immutable XOV;
    IVault internal immutable VAULT;
    IPools internal immutable POOLS;
    IProviders internal immutable PROVIDERS;
    IMarkets internal immutable MARKETS;
    ILeases internal immutable LEASES;
    /// @notice Calls for others: it checks their signatures, or that they call themselves.
    IGateway public immutable GATEWAY;

    OrderBook.Books internal _books;
    mapping(uint256 slot => Order) internal _orders;
    mapping(uint256 slot => ReservationTerms) internal _reservations;
    mapping(uint32 market => Scale) private _scales;

    constructor(Peers memory peers) {
        XOV = peers.xov;
        VAULT = peers.vault;
        POOLS = peers.pools;
        PROVIDERS = peers.providers;
        MARKETS = peers.markets;
        LEASES = peers.leases;
        GATEWAY = new Gateway(this, peers.markets);
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc IExchange
    function ask(OrderId id) external view returns (Ask memory) {
        (uint256 slot, Order o) = _resting(id);
        _requireSide(id, Side.Ask);
        return Ask(o.applianceOf(), o.quantityOf(), o.expiryOf(), o.lockOf(), o.feeOf(), _reservations[slot]);
    }

    /// @inheritdoc IExchange
    function bid(OrderId id) external view returns (Bid memory) {
        (, Order o) = _resting(id);
        _requireSide(id, Side.Bid);
        return Bid(o.holderOf(), o.quantityOf(), o.expiryOf(), o.durationOf());
    }

    /// @inheritdoc IExchange
    function best(uint32 market, Side side) external view returns (bool found, PriceCode price) {
        uint256 code;
        (found, code) = _books.best(_bookOf(market, side));
        price = PriceCode.wrap(uint16(code));
    }

    /// @inheritdoc IExchange
    function bestFrom(uint32 market, Side side, PriceCode price) external view returns (bool found, PriceCode next) {
        _requirePrice(price);
        uint256 code;
        (found, code) = _books.bestFrom(_bookOf(market, side), PriceCode.unwrap(price));
        next = PriceCode.wrap(uint16(code));
    }

    /// @inheritdoc IExchange
    function ordersOn(uint32 market, Side side, PriceCode price, uint24 page)
        external
        view
        returns (OrderId[] memory orders, uint24 next)
    {
        uint256 key = levelAt(market, side, price) << 24 | page;
        Page p = _books.pages[key];
        orders = new OrderId[](p.count());
        for (uint256 i; i < orders.length; ++i) {
            uint256 slot = key << 8 | p.laneAt(i);
            orders[i] = _idOf(slot, _orders[slot]);
        }
        next = p.next();
    }

    // ---------------------------------------------------------------- placing

    /// @param o without its generation
    function _restAsk(AskParams calldata p, Order o) internal returns (OrderId id) {
        uint256 slot = _books.append(levelAt(p.market, Side.Ask, p.price));
        o = o.withGeneration(_orders[slot].generationOf() + 1);
        _orders[slot] = o;
        id = _idOf(slot, o);
        emit AskPlaced(id, p.appliance, p.market, p.price, o.quantityOf(), o.expiryOf(), uint96(o.lockOf()), p.startFee);
        if (p.confirmations == 0) return id;
        _reservations[slot] = ReservationTerms(p.bond, 0, p.confirmations, p.prepaidHours);
        emit BitcoinAskPlaced(id, p.confirmations, p.prepaidHours, p.bond);
    }

    function _restBid(BidParams calldata p, address holder, uint256 quantity) internal returns (OrderId id) {
        uint256 slot = _books.append(levelAt(p.market, Side.Bid, p.price));
        uint32 expiry = p.expiry == 0 ? type(uint32).max : p.expiry;
        Order o = packBid(_orders[slot].generationOf() + 1, quantity, expiry, p.duration, holder);
        _orders[slot] = o;
        id = _idOf(slot, o);
        emit BidPlaced(id, holder, p.market, p.price, o.quantityOf(), expiry, p.duration);
    }

    // --------------------------------------------------------------- removing

    function _cancel(address caller, OrderId id) internal {
        (uint256 slot, Order o) = _resting(id);
        bool isAsk = id.sideOf() == Side.Ask;
        if (o.isExpired() && !_owns(caller, isAsk, o)) {
            if (isAsk) _expireAsk(slot, o, caller);
            else _expireBid(slot, o, caller);
        } else if (isAsk) {
            _books.remove(slot);
            emit OrderRemoved(id, Removal.Cancelled);
            PROVIDERS.unlockFor(o.applianceOf(), caller, o.quantityOf() * o.lockOf());
        } else {
            _requireHolder(id, caller, o);
            _removeBid(slot, o, Removal.Cancelled);
        }
    }

    function _reduce(address caller, OrderId id, uint16 quantity) internal {
        (uint256 slot, Order o) = _resting(id);
        uint256 left = o.quantityOf();
        require(quantity > 0 && quantity < left, Exchange_QuantityOutOfBounds(quantity, 1, left - 1));
        _orders[slot] = o.withQuantity(quantity);
        emit OrderReduced(id, quantity);
        if (id.sideOf() == Side.Ask) {
            PROVIDERS.unlockFor(o.applianceOf(), caller, (left - quantity) * o.lockOf());
        } else {
            _requireHolder(id, caller, o);
            (IERC20 token, uint256 price) = _priceAt(slot);
            VAULT.move(token, address(this), caller, (left - quantity) * price * o.durationOf());
        }
    }

    /// @return emptied whether the level has no more orders
    function _removeAsk(uint256 slot, Order o, Removal reason) internal returns (bool emptied) {
        emptied = _remove(slot, o, reason);
        PROVIDERS.unlock(_providerOf(o), o.quantityOf() * o.lockOf());
    }

    /// @return emptied whether the level has no more orders
    function _removeBid(uint256 slot, Order o, Removal reason) internal returns (bool emptied) {
        emptied = _remove(slot, o, reason);
        (IERC20 token, uint256 price) = _priceAt(slot);
        VAULT.move(token, address(this), o.holderOf(), price * o.durationOf() * o.quantityOf());
    }

    /// @return emptied whether the level has no more orders
    function _expireAsk(uint256 slot, Order o, address remover) internal returns (bool emptied) {
        emptied = _remove(slot, o, Removal.Expired);
        Scale memory m = _scaleOf(_idOf(slot, o).marketOf());
        uint256 bond = LeaseMath.startPenalty(m.computeUnits) / ASK_BOND_PART;
        address provider = _providerOf(o);
        PROVIDERS.unlock(provider, o.quantityOf() * o.lockOf() - bond);
        PROVIDERS.forfeit(provider, remover, bond);
    }

    /// @return emptied whether the level has no more orders
    function _expireBid(uint256 slot, Order o, address remover) internal returns (bool emptied) {
        emptied = _remove(slot, o, Removal.Expired);
        (IERC20 token, uint256 price) = _priceAt(slot);
        uint256 bond = price / BID_BOND_PART;
        VAULT.move(token, address(this), remover, bond);
        VAULT.move(token, address(this), o.holderOf(), price * o.durationOf() * o.quantityOf() - bond);
    }

    function _remove(uint256 slot, Order o, Removal reason) private returns (bool emptied) {
        emit OrderRemoved(_idOf(slot, o), reason);
        return _books.remove(slot);
    }

    // ---------------------------------------------------------------- reading

    function _rests(OrderId id) internal view returns (bool) {
        uint256 slot = _slotOf(id);
        return _isResting(id, slot, _orders[slot]);
    }

    function _isResting(OrderId id, uint256 slot, Order o) private view returns (bool) {
        return o.generationOf() == uint32(OrderId.unwrap(id)) && _books.isTaken(slot);
    }

    function _resting(OrderId id) internal view returns (uint256 slot, Order o) {
        slot = _slotOf(id);
        o = _orders[slot];
        require(_isResting(id, slot, o), Exchange_UnknownOrder(id));
    }

    function _scaleOf(uint32 market) internal returns (Scale memory m) {
        m = _scales[market];
        if (m.computeUnits != 0) return m;
        (m.quote, m.pool, m.computeUnits, m.decade) = MARKETS.scaleOf(market);
        _scales[market] = m;
    }

    /// @dev The token and the price of an instance-hour at an order's level.
    function _priceAt(uint256 slot) internal returns (IERC20 token, uint256 price) {
        OrderId id = OrderId.wrap(uint120(slot << 32));
        Scale memory m = _scaleOf(id.marketOf());
        return (IERC20(m.quote), id.priceOf().decode(m.decade));
    }

    function _providerOf(Order o) internal view returns (address provider) {
        (provider,,) = PROVIDERS.providerOf(o.applianceOf());
    }

    function _idOf(uint256 slot, Order o) internal pure returns (OrderId) {
        return OrderId.wrap(uint120(slot << 32 | o.generationOf()));
    }

    function _slotOf(OrderId id) internal pure returns (uint256) {
        return OrderId.unwrap(id) >> 32;
    }

    function _bookOf(uint32 market, Side side) internal pure returns (uint256) {
        return uint256(market) << 8 | uint256(side);
    }

    function _requirePrice(PriceCode price) internal pure {
        require(price.isValid(), Exchange_InvalidPrice(price));
    }

    function _requireSide(OrderId id, Side side) internal pure {
        require(id.sideOf() == side, Exchange_WrongSide(id));
    }

    function _owns(address caller, bool isAsk, Order o) private view returns (bool) {
        return isAsk ? PROVIDERS.isAuthorized(o.applianceOf(), caller) : caller == o.holderOf();
    }

    function _requireHolder(OrderId id, address caller, Order o) private pure {
        require(caller == o.holderOf(), Exchange_NotOwner(id, caller, o.holderOf()));
    }
}
