// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ILeases, Launch, Opening, Terms} from "../lease/ILeases.sol";
import {IPools} from "../registry/IPools.sol";
import {IProviders} from "../registry/IProviders.sol";
import {IVault, Permit} from "../token/IVault.sol";
import {XovToken} from "../token/XovToken.sol";
import {Ask, AskParams, IExchange} from "./IExchange.sol";
import {BITCOIN, IMarkets, Market} from "./IMarkets.sol";

contract Exchange is IExchange {
    using SafeCast for uint256;

    /// @notice An ask's longest life, seconds.
    uint256 public constant MAX_LIFETIME = 7 days;
    uint256 public constant MAX_CONFIRMATIONS = 144;
    /// @notice The longest prepayment in a token, hours.
    uint256 public constant MAX_PREPAID_HOURS = 30 * 24;
    /// @notice The longest prepayment in bitcoin, hours.
    uint256 public constant MAX_PREPAID_HOURS_BITCOIN = 7 * 24;
    /// @notice Unfunded leases hold at most one part in so many of an ask, rounded up.
    uint256 public constant UNFUNDED_PART = 4;

    struct Peers {
        XovToken xov;
        IVault vault;
        IPools pools;
        IProviders providers;
        IMarkets markets;
        ILeases leases;
    }

    XovToken public immutable XOV;
    IVault public immutable VAULT;
    IPools public immutable POOLS;
    IProviders public immutable PROVIDERS;
    IMarkets public immutable MARKETS;
    ILeases public immutable LEASES;

    uint40 private _count;
    mapping(uint40 order => Ask) private _asks;

    constructor(Peers memory peers) {
        XOV = peers.xov;
        VAULT = peers.vault;
        POOLS = peers.pools;
        PROVIDERS = peers.providers;
        MARKETS = peers.markets;
        LEASES = peers.leases;
    }

    /// @inheritdoc IExchange
    function place(AskParams calldata params) external returns (uint40 order) {
        (address provider,) = PROVIDERS.authorize(params.appliance, msg.sender);
        Market memory m = _marketOf(params);
        _requireValid(params, m.quote == BITCOIN);
        PROVIDERS.requireSeller(provider, m.pool);
        uint256 longest = params.price.decode(m.decade) * params.prepaidHours;
        uint256 lockPerInstance = LEASES.startPenalty(m.computeUnits) + _collateral(m, longest);
        order = ++_count;
        _asks[order] = Ask({
            appliance: params.appliance,
            market: params.market,
            price: params.price,
            quantity: params.quantity,
            unfunded: 0,
            expiry: params.expiry,
            confirmations: params.confirmations,
            prepaidHours: params.prepaidHours,
            bond: params.bond,
            lockPerInstance: lockPerInstance.toUint96()
        });
        emit AskPlaced(order, params.appliance, params.market, _asks[order]);
        PROVIDERS.lock(provider, lockPerInstance * params.quantity);
    }

    /// @inheritdoc IExchange
    function reduce(uint40 order, uint16 quantity) external {
        Ask storage a = _known(order);
        (address provider,) = PROVIDERS.authorize(a.appliance, msg.sender);
        uint256 left = a.quantity;
        require(left > 0, Exchange_SoldOut(order));
        require(quantity > 0 && quantity < left, Exchange_QuantityOutOfBounds(quantity, 1, left - 1));
        a.quantity = quantity;
        emit AskReduced(order, quantity);
        PROVIDERS.unlock(provider, (left - quantity) * a.lockPerInstance);
    }

    /// @inheritdoc IExchange
    function cancel(uint40 order) external {
        Ask storage a = _known(order);
        if (block.timestamp <= a.expiry) PROVIDERS.authorize(a.appliance, msg.sender);
        (address provider,,) = PROVIDERS.standingOf(a.appliance);
        uint256 locked = uint256(a.quantity) * a.lockPerInstance;
        delete _asks[order];
        emit AskRemoved(order);
        PROVIDERS.unlock(provider, locked);
    }

    /// @inheritdoc IExchange
    function take(uint40 order, Terms calldata terms, bytes calldata signature, Launch calldata launch)
        external
        returns (bytes32 leaseId)
    {
        return _take(order, terms, signature, launch);
    }

    /// @inheritdoc IExchange
    function takeWithPermit(
        uint40 order,
        Terms calldata terms,
        bytes calldata signature,
        Launch calldata launch,
        uint256 amount,
        Permit calldata permit
    ) external returns (bytes32 leaseId) {
        require(terms.quote != BITCOIN, Exchange_PaidInBitcoin(order));
        VAULT.pull(IERC20(terms.quote), msg.sender, amount, permit);
        return _take(order, terms, signature, launch);
    }

    /// @inheritdoc IExchange
    function endReservation(uint40 order) external {
        require(msg.sender == address(LEASES), Exchange_NotLeases(msg.sender));
        if (_asks[order].appliance != 0) --_asks[order].unfunded;
        emit ReservationEnded(order);
    }

    /// @inheritdoc IExchange
    function ask(uint40 order) external view returns (Ask memory) {
        return _asks[order];
    }

    function _take(uint40 order, Terms calldata terms, bytes calldata signature, Launch calldata launch)
        private
        returns (bytes32 leaseId)
    {
        Ask storage a = _known(order);
        _requireTakeable(order, a);
        Market memory m = MARKETS.market(a.market);
        _requireMatch(a, m, terms);
        Opening memory opening = _opening(order, a, _lockedFor(a, m, terms.prepayment));
        --a.quantity;
        if (m.quote == BITCOIN) {
            ++a.unfunded;
            if (a.bond > 0) VAULT.move(XOV, msg.sender, address(LEASES), a.bond);
        } else {
            VAULT.move(IERC20(m.quote), msg.sender, address(LEASES), terms.prepayment);
        }
        leaseId = LEASES.open(terms, signature, launch, opening);
        emit AskTaken(order, leaseId, a.quantity);
    }

    function _known(uint40 order) private view returns (Ask storage a) {
        a = _asks[order];
        require(a.appliance != 0, Exchange_UnknownOrder(order));
    }

    function _marketOf(AskParams calldata params) private view returns (Market memory m) {
        m = MARKETS.market(params.market);
        (, uint32 pool,) = PROVIDERS.providerOf(params.appliance);
        require(m.pool == pool, Exchange_WrongPool(params.market, m.pool, pool));
    }

    function _opening(uint40 order, Ask storage a, uint256 collateral) private view returns (Opening memory) {
        return Opening({
            order: order,
            market: a.market,
            price: a.price,
            confirmations: a.confirmations,
            opener: msg.sender,
            bond: a.bond,
            collateral: collateral.toUint96()
        });
    }

    /// @dev XOV base units for so many millisatoshi of prepayment, at the pool's ratio of now. Tokens need none: the
    /// vault holds them.
    function _collateral(Market memory m, uint256 prepayment) private view returns (uint256) {
        return m.quote == BITCOIN ? prepayment * POOLS.rulesOf(m.pool).collateralPerMsat : 0;
    }

    /// @dev The part of the ask's lock that the lease takes over as collateral; what it does not need becomes free.
    function _lockedFor(Ask storage a, Market memory m, uint256 prepayment) private returns (uint256 collateral) {
        if (m.quote != BITCOIN) return 0;
        uint256 penalty = LEASES.startPenalty(m.computeUnits);
        uint256 longest = a.price.decode(m.decade) * a.prepaidHours;
        collateral = (a.lockPerInstance - penalty) * prepayment / longest;
        uint256 freed = a.lockPerInstance - penalty - collateral;
        if (freed == 0) return collateral;
        (address provider,,) = PROVIDERS.standingOf(a.appliance);
        PROVIDERS.unlock(provider, freed);
    }

    function _requireTakeable(uint40 order, Ask storage a) private view {
        require(block.timestamp <= a.expiry, Exchange_Expired(order, a.expiry, block.timestamp));
        require(a.quantity > 0, Exchange_SoldOut(order));
        uint256 limit = (uint256(a.quantity) + a.unfunded + UNFUNDED_PART - 1) / UNFUNDED_PART;
        require(a.unfunded < limit, Exchange_TooManyUnfunded(order, a.unfunded, a.quantity));
    }

    function _requireMatch(Ask storage a, Market memory m, Terms calldata terms) private view {
        uint256 price = a.price.decode(m.decade);
        _requireSame("appliance", terms.appliance, a.appliance);
        _requireSame("class", uint256(terms.class), uint256(m.class));
        _requireSame("quote", uint160(terms.quote), uint160(m.quote));
        _requireSame("price", terms.price, price);
        uint256 longest = price * a.prepaidHours;
        require(
            terms.prepayment >= price && terms.prepayment <= longest,
            Exchange_PrepaymentOutOfBounds(terms.prepayment, price, longest)
        );
    }

    function _requireSame(bytes32 field, uint256 have, uint256 need) private pure {
        require(have == need, Exchange_TermsMismatch(field, have, need));
    }

    function _requireValid(AskParams calldata p, bool isBitcoin) private view {
        require(p.price.isValid(), Exchange_InvalidPrice(p.price));
        require(p.quantity > 0, Exchange_QuantityOutOfBounds(p.quantity, 1, type(uint16).max));
        // a token is paid at the take: nothing to confirm, nothing to reserve
        (uint256 least, uint256 most) = isBitcoin ? (1, MAX_CONFIRMATIONS) : (0, 0);
        require(
            p.confirmations >= least && p.confirmations <= most,
            Exchange_ConfirmationsOutOfBounds(p.confirmations, least, most)
        );
        require(isBitcoin || p.bond == 0, Exchange_BondWithoutReservation(p.bond));
        uint256 longest = isBitcoin ? MAX_PREPAID_HOURS_BITCOIN : MAX_PREPAID_HOURS;
        require(
            p.prepaidHours > 0 && p.prepaidHours <= longest,
            Exchange_PrepaidHoursOutOfBounds(p.prepaidHours, 1, longest)
        );
        require(
            p.expiry > block.timestamp && p.expiry <= block.timestamp + MAX_LIFETIME,
            Exchange_ExpiryOutOfBounds(p.expiry, block.timestamp + 1, block.timestamp + MAX_LIFETIME)
        );
    }
}
