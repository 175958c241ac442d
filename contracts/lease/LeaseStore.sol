// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ICreditable} from "../bitcoin/ICreditable.sol";
import {IExchange} from "../exchange/IExchange.sol";
import {IMarkets} from "../exchange/IMarkets.sol";
import {IProviders} from "../registry/IProviders.sol";
import {IVault} from "../token/IVault.sol";
import {XovToken} from "../token/XovToken.sol";
import {ILeaseTrust} from "../trust/ILeaseTrust.sol";
import {BitcoinSide, CloseReason, ILeases, Lease, LeaseStatus, Quote, State} from "./ILeases.sol";
import {LeaseMath} from "./LeaseMath.sol";
import {LeasePosition, Position} from "./LeasePosition.sol";
import {Slots} from "./LeaseSlots.sol";
import {IResale} from "./IResale.sol";
import {Resale} from "./Resale.sol";

/// @title Where leases are kept, and all that reads and checks them
abstract contract LeaseStore is ILeases {
    using LeasePosition for Position;

    struct Peers {
        XovToken xov;
        IVault vault;
        IProviders providers;
        IMarkets markets;
        IExchange exchange;
        ILeaseTrust trust;
        address payments;
        address debts;
    }

    XovToken internal immutable XOV;
    IVault internal immutable VAULT;
    IProviders internal immutable PROVIDERS;
    IMarkets internal immutable MARKETS;
    IExchange internal immutable EXCHANGE;
    ILeaseTrust internal immutable TRUST;
    address internal immutable PAYMENTS;
    address internal immutable DEBTS;
    /// @notice Hands leases over to their buyers.
    IResale public immutable RESALE;

    /// @notice The longest sealed launch spec or access details, bytes.
    uint256 internal constant MAX_SEALED = 4096;

    mapping(bytes32 leaseId => Slots) internal _leases;
    mapping(bytes32 leaseId => BitcoinSide) internal _bitcoin;
    mapping(bytes32 leaseId => bytes32 hash) internal _refundScripts;
    /// @dev Copied from Markets at a market's first lease: one read here is cheaper than a call there.
    mapping(uint32 market => Quote) private _quotes;

    modifier onlyPayments() {
        require(msg.sender == PAYMENTS, Leases_NotPayments(msg.sender));
        _;
    }

    modifier onlyDebts() {
        require(msg.sender == DEBTS, Leases_NotDebts(msg.sender));
        _;
    }

    constructor(Peers memory peers) {
        XOV = peers.xov;
        VAULT = peers.vault;
        PROVIDERS = peers.providers;
        MARKETS = peers.markets;
        EXCHANGE = peers.exchange;
        TRUST = peers.trust;
        PAYMENTS = peers.payments;
        DEBTS = peers.debts;
        RESALE = new Resale(this, peers.markets);
    }

    /// @inheritdoc ILeases
    function lease(bytes32 id) external view returns (Lease memory) {
        return _loadStored(id).unpack();
    }

    /// @inheritdoc ILeases
    function bitcoinSide(bytes32 id) external view returns (BitcoinSide memory) {
        return _bitcoin[id];
    }

    /// @inheritdoc ILeases
    function refundScriptHashOf(bytes32 id) external view returns (bytes32) {
        return _refundScripts[id];
    }

    /// @inheritdoc ICreditable
    function bitcoinTerms(bytes32 id) external view returns (bytes32 bitcoinKey, uint8 confirmations) {
        Position memory p;
        p.read(_leases[id]);
        confirmations = uint8(p.confirmations());
        require(confirmations != 0, Leases_NotPaidInBitcoin(id));
        bitcoinKey = PROVIDERS.bitcoinKeyOf(p.appliance());
    }

    /// @inheritdoc ILeases
    function statusOf(bytes32 id) external view returns (LeaseStatus memory s) {
        Position memory p = _load(id);
        (s.state, s.reason, s.price, s.deposit) = (p.state(), p.reason(), p.price, p.deposit());
        (s.withinLimit, s.startFee) = (p.withinLimit(), p.feeEarned());
        s.earned = p.earned();
        _readStanding(p);
        s.clock = p.clock;
        if (p.awaitsStart()) s.startBy = p.deadline();
        if (p.accrues()) {
            s.exhaustedAt = p.exhaustedAt();
            s.overAt = p.overAt();
            if (p.isOver()) {
                (s.state, s.reason) = (State.Closed, p.ended());
                s.earned = p.earnedAtEnd(s.reason);
            }
        }
        s.refundable = s.deposit - s.earned;
    }

    /// @inheritdoc ILeases
    function startPenalty(uint32 computeUnits) public pure returns (uint256) {
        return LeaseMath.startPenalty(computeUnits);
    }

    // ---------------------------------------------------------------- storage

    function _load(bytes32 id) internal view returns (Position memory p) {
        p = _loadStored(id);
        if (p.accrues()) _readStanding(p);
    }

    function _loadAsHolder(bytes32 id) internal view returns (Position memory p) {
        p = _load(id);
        require(msg.sender == p.holder(), Leases_NotHolder(id, msg.sender, p.holder()));
    }

    /// @dev For the appliance's provider or hot key only. Without the grace.
    function _loadAsAppliance(bytes32 id) internal view returns (Position memory p) {
        p = _loadStored(id);
        (p.provider, p.clock) = PROVIDERS.authorize(p.appliance(), msg.sender);
    }

    function _loadStored(bytes32 id) internal view returns (Position memory p) {
        p.id = id;
        p.read(_leases[id]);
        require(p.state() != State.None, Leases_UnknownLease(id));
    }

    function _requireState(Position memory p, State need) internal pure {
        require(p.state() == need, Leases_WrongState(p.id, p.state(), need));
    }

    function _readStanding(Position memory p) internal view {
        if (p.provider == address(0)) {
            (p.provider, p.grace, p.clock) = PROVIDERS.standingOf(p.appliance());
        }
    }

    function _save(Position memory p) internal {
        p.write(_leases[p.id]);
    }

    function _quoteFor(uint32 market) internal returns (Quote memory q) {
        q = _quotes[market];
        if (q.computeUnits != 0) return q;
        (q.token, q.pool, q.computeUnits, q.decade) = MARKETS.scaleOf(market);
        _quotes[market] = q;
    }

    /// @dev Moves the lease's token in the vault.
    function _move(Position memory p, address from, address to, uint256 amount) internal {
        _moveToken(IERC20(_quotes[p.market()].token), from, to, amount);
    }

    /// @dev Moves any token in the vault.
    function _moveToken(IERC20 token, address from, address to, uint256 amount) internal {
        VAULT.move(token, from, to, amount);
    }

    /// @dev Frees stake of its provider, which is known.
    function _unlock(Position memory p, uint256 amount) internal {
        PROVIDERS.unlock(p.provider, amount);
    }

    /// @dev The pool, and the compute units of one instance, thousandths.
    function _scaleOf(Position memory p) internal view returns (uint32 pool, uint32 units) {
        Quote storage q = _quotes[p.market()];
        (pool, units) = (q.pool, q.computeUnits);
    }

    function _unitsOf(Position memory p) internal view returns (uint32 units) {
        (, units) = _scaleOf(p);
    }

    // ---------------------------------------------------------------- checks

    function _requireLaunchable(Position memory p) internal pure {
        require(
            p.accrues() && !p.isExhausted() && p.reason() == CloseReason.None,
            Leases_NotLaunchable(p.id, p.state(), p.reason())
        );
    }

    function _requireClosable(Position memory p, uint256 from, uint256 time) internal pure {
        require(time >= from, Leases_NotClosable(p.id, p.state(), from, time));
    }

    function _requireInStartWindow(Position memory p) internal view {
        require(p.awaitsStart(), Leases_NoStartAwaited(p.id, p.state()));
        uint256 startBy = p.deadline();
        require(block.timestamp <= startBy, Leases_StartWindowPassed(p.id, startBy, block.timestamp));
    }

    function _requireSealed(bytes calldata message) internal pure {
        require(message.length <= MAX_SEALED, Leases_SealedTooLong(message.length, MAX_SEALED));
    }
}
