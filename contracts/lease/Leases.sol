// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ICreditable} from "../bitcoin/ICreditable.sol";
import {IExchange} from "../exchange/IExchange.sol";
import {IMarkets} from "../exchange/IMarkets.sol";
import {IProviders} from "../registry/IProviders.sol";
import {IVault} from "../token/IVault.sol";
import {XovToken} from "../token/XovToken.sol";
import {
    BitcoinSide,
    CloseReason,
    ILeases,
    Launch,
    Lease,
    LeaseStatus,
    Opening,
    State,
    Terms
} from "./ILeases.sol";
import {LeaseMath} from "./LeaseMath.sol";
import {LeaseTerms} from "./LeaseTerms.sol";

contract Leases is ILeases, EIP712 {
    using SafeCast for uint256;
    using LeaseTerms for Terms;

    /// @notice From the opening until an unpaid lease may be closed, where one confirmation is enough; seconds of wall time.
    uint256 public constant PAYMENT_WINDOW = 60 minutes;
    /// @notice What each further confirmation adds to the windows for payments: twice what a block takes on average, seconds.
    uint256 public constant CONFIRMATION_TIME = 20 minutes;
    /// @notice From the funding until the VA must have answered, seconds of wall time.
    uint256 public constant START_WINDOW = 30 minutes;
    /// @notice How long the collateral of a lease that never started stays locked for payments that are under way, seconds.
    uint256 public constant LATE_PAYMENT_WINDOW = 1 days;
    /// @notice The longest sealed launch spec or access details, bytes.
    uint256 public constant MAX_SEALED = 4096;
    uint256 private constant MAX_EXPLANATION = 256;
    /// @dev XOV base units for each thousandth of a compute unit.
    uint256 private constant PENALTY_PER_UNIT = 1e15;

    struct Peers {
        XovToken xov;
        IVault vault;
        IProviders providers;
        IMarkets markets;
        IExchange exchange;
        address payments;
    }

    XovToken public immutable XOV;
    IVault public immutable VAULT;
    IProviders public immutable PROVIDERS;
    IMarkets public immutable MARKETS;
    IExchange public immutable EXCHANGE;
    address public immutable PAYMENTS;

    mapping(bytes32 leaseId => Lease) private _leases;
    mapping(bytes32 leaseId => BitcoinSide) private _bitcoin;

    modifier onlyPayments() {
        require(msg.sender == PAYMENTS, Leases_NotPayments(msg.sender));
        _;
    }

    constructor(Peers memory peers) EIP712("XOV Leases", "1") {
        XOV = peers.xov;
        VAULT = peers.vault;
        PROVIDERS = peers.providers;
        MARKETS = peers.markets;
        EXCHANGE = peers.exchange;
        PAYMENTS = peers.payments;
    }

    // ---------------------------------------------------------------- opening

    /// @inheritdoc ILeases
    function open(Terms calldata terms, bytes calldata signature, Launch calldata launch, Opening calldata opening)
        external
        returns (bytes32 id)
    {
        require(msg.sender == address(EXCHANGE), Leases_NotExchange(msg.sender));
        id = idOf(terms);
        require(_leases[id].state == State.None, Leases_AlreadyOpened(id));
        _requireAgreed(id, terms, signature, opening.opener);
        _requireLaunch(terms, launch);
        uint256 payBy = block.timestamp + PAYMENT_WINDOW + _burial(opening.confirmations);
        _leases[id] = Lease({
            holder: terms.holder,
            time: payBy.toUint40(),
            state: State.Unfunded,
            reason: CloseReason.None,
            price: opening.price,
            decade: opening.decade,
            appliance: terms.appliance,
            market: opening.market,
            deposit: 0,
            paid: 0
        });
        _bitcoin[id] = BitcoinSide({
            opener: opening.opener,
            bond: opening.bond,
            order: opening.order,
            confirmations: opening.confirmations,
            covered: terms.prepayment.toUint64(),
            collateral: opening.collateral
        });
        _emitOpened(id, terms, opening, payBy);
        emit LaunchRequested(id, launch.sealKeyHash, launch.sealedSpec);
    }

    // --------------------------------------------------------------- payments

    /// @inheritdoc ICreditable
    function credit(bytes32 id, uint256 amount) external onlyPayments {
        Lease storage l = _known(id);
        (bool exhausted, bool over, uint256 clock) = _progress(l);
        if (over) _close(id, l, CloseReason.Exhausted);
        if (exhausted && !over) _openPeriod(id, l, clock);
        l.deposit += amount.toUint96();
        emit Credited(id, amount, l.deposit);
        if (l.state == State.Unfunded && l.deposit >= _price(l)) _fund(id, l);
    }

    /// @inheritdoc ICreditable
    function uncredit(bytes32 id, uint256 amount) external onlyPayments returns (uint256 taken) {
        Lease storage l = _known(id);
        taken = Math.min(amount, l.deposit - _earned(l));
        l.deposit -= taken.toUint96();
        emit Uncredited(id, amount, taken, l.deposit);
        if (l.state == State.Pending && l.deposit < _price(l)) _unfund(id, l);
    }

    // ------------------------------------------------------------ the VA's say

    /// @inheritdoc ILeases
    function start(bytes32 id, bytes calldata sealedAccess) external {
        Lease storage l = _known(id);
        (address provider, uint256 clock) = PROVIDERS.authorize(l.appliance, msg.sender);
        _requireInStartWindow(id, l);
        _requireSealed(sealedAccess);
        l.state = State.Active;
        l.time = clock.toUint40();
        emit Started(id, clock, sealedAccess);
        PROVIDERS.unlock(provider, _penalty(l));
    }

    /// @inheritdoc ILeases
    function postAccess(bytes32 id, bytes calldata sealedAccess) external {
        Lease storage l = _known(id);
        PROVIDERS.authorize(l.appliance, msg.sender);
        _requireState(id, l, State.Active);
        _requireSealed(sealedAccess);
        emit AccessPosted(id, sealedAccess);
    }

    /// @inheritdoc ILeases
    function decline(bytes32 id, string calldata explanation) external {
        Lease storage l = _known(id);
        (address provider,) = PROVIDERS.authorize(l.appliance, msg.sender);
        uint256 length = bytes(explanation).length;
        require(length <= MAX_EXPLANATION, Leases_ExplanationTooLong(length, MAX_EXPLANATION));
        if (l.state != State.Unfunded) _requireInStartWindow(id, l);
        emit Declined(id, explanation);
        PROVIDERS.unlock(provider, _penalty(l));
        _endReservation(id, _bitcoin[id].opener);
        _close(id, l, CloseReason.Declined);
    }

    // ---------------------------------------------------------------- the end

    /// @inheritdoc ILeases
    function close(bytes32 id) external {
        Lease storage l = _known(id);
        uint256 from = _closableFrom(l);
        uint256 time = l.state == State.Active ? PROVIDERS.clockOf(l.appliance) : block.timestamp;
        require(from != 0 && time >= from, Leases_NotClosable(id, l.state, from, time));
        (address provider,,) = PROVIDERS.providerOf(l.appliance);
        if (l.state == State.Unfunded) {
            PROVIDERS.unlock(provider, _penalty(l));
            _endReservation(id, provider);
            _close(id, l, CloseReason.Unpaid);
        } else if (l.state == State.Pending) {
            PROVIDERS.slash(provider, _penalty(l));
            _close(id, l, CloseReason.NotStarted);
        } else {
            _close(id, l, CloseReason.Exhausted);
        }
    }

    /// @inheritdoc ILeases
    function releaseCollateral(bytes32 id) external {
        Lease storage l = _known(id);
        _requireState(id, l, State.Closed);
        uint256 until = l.time;
        if (!_startedOnce(l.reason)) until += LATE_PAYMENT_WINDOW + _burial(_bitcoin[id].confirmations);
        require(block.timestamp >= until, Leases_HeldUntil(id, until, block.timestamp));
        _releaseCollateral(id, l);
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc ILeases
    function idOf(Terms calldata terms) public view returns (bytes32) {
        return _hashTypedDataV4(terms.hash());
    }

    /// @inheritdoc ILeases
    function lease(bytes32 id) external view returns (Lease memory) {
        return _known(id);
    }

    /// @inheritdoc ILeases
    function bitcoinSide(bytes32 id) external view returns (BitcoinSide memory) {
        return _bitcoin[id];
    }

    /// @inheritdoc ICreditable
    function bitcoinTerms(bytes32 id) external view returns (bytes32 bitcoinKey, uint8 confirmations) {
        return (PROVIDERS.bitcoinKeyOf(_known(id).appliance), _bitcoin[id].confirmations);
    }

    /// @inheritdoc ILeases
    function statusOf(bytes32 id) external view returns (LeaseStatus memory s) {
        Lease storage l = _known(id);
        s.state = l.state;
        s.reason = l.reason;
        s.price = _price(l);
        s.deposit = l.deposit;
        s.earned = _earned(l);
        s.refundable = s.deposit - s.earned;
        s.clock = PROVIDERS.clockOf(l.appliance);
        if (l.state != State.Active) return s;
        s.exhaustedAt = _exhaustedAt(l);
        s.graceEndsAt = _closableFrom(l);
        if (s.clock >= s.graceEndsAt) (s.state, s.reason) = (State.Closed, CloseReason.Exhausted);
    }

    /// @inheritdoc ILeases
    function startPenalty(uint32 computeUnits) public pure returns (uint256) {
        return computeUnits * PENALTY_PER_UNIT;
    }

    // ------------------------------------------------------------ transitions

    function _emitOpened(bytes32 id, Terms calldata t, Opening calldata opening, uint256 payBy) private {
        emit LeaseOpened(id, t.holder, t.appliance, opening, t.prepayment, payBy, t.refundScript, t.salt, t.deadline);
    }

    function _fund(bytes32 id, Lease storage l) private {
        l.state = State.Pending;
        l.time = (block.timestamp + START_WINDOW).toUint40();
        emit Funded(id, l.time);
        _endReservation(id, _bitcoin[id].opener);
    }

    function _unfund(bytes32 id, Lease storage l) private {
        l.state = State.Unfunded;
        l.time = (block.timestamp + PAYMENT_WINDOW + _burial(_bitcoin[id].confirmations)).toUint40();
        emit UnfundedAgain(id, l.time);
    }

    /// @dev What was paid before is used up: it is earned in whole and leaves the arithmetic.
    function _openPeriod(bytes32 id, Lease storage l, uint256 clock) private {
        l.deposit = 0;
        l.paid = 0;
        l.time = clock.toUint40();
        emit PeriodOpened(id, clock);
    }

    function _close(bytes32 id, Lease storage l, CloseReason reason) private {
        uint96 earned = _earned(l).toUint96();
        l.paid = earned;
        l.state = State.Closed;
        l.reason = reason;
        l.time = block.timestamp.toUint40();
        emit LeaseClosed(id, reason, earned, l.deposit - earned);
        if (_startedOnce(reason) && _bitcoin[id].collateral > 0) _releaseCollateral(id, l);
    }

    /// @dev The ask no longer counts the lease as unfunded, and the bond goes to whom it is due.
    function _endReservation(bytes32 id, address bondTo) private {
        BitcoinSide storage b = _bitcoin[id];
        (uint40 order, uint96 bond) = (b.order, b.bond);
        if (order == 0) return;
        b.order = 0;
        b.bond = 0;
        EXCHANGE.endReservation(order);
        if (bond > 0) VAULT.move(XOV, address(this), bondTo, bond);
    }

    /// @dev Keeps what covers the amount owed, at the ratio agreed.
    function _releaseCollateral(bytes32 id, Lease storage l) private {
        BitcoinSide storage b = _bitcoin[id];
        uint256 owed = l.deposit - l.paid;
        uint256 kept = LeaseMath.collateralUp(b.collateral, b.covered, owed);
        uint256 freed = b.collateral - kept;
        require(freed > 0 || l.time == block.timestamp, Leases_NothingToRelease(id));
        b.collateral = kept.toUint96();
        b.covered = Math.min(b.covered, owed).toUint64();
        emit CollateralReleased(id, freed, kept);
        (address provider,,) = PROVIDERS.providerOf(l.appliance);
        PROVIDERS.unlock(provider, freed);
    }

    // ------------------------------------------------------------- arithmetic

    function _price(Lease storage l) private view returns (uint256) {
        return l.price.decode(l.decade);
    }

    function _earned(Lease storage l) private view returns (uint256) {
        if (l.state != State.Active) return l.paid;
        return LeaseMath.earnedDown(l.deposit, _price(l), PROVIDERS.clockOf(l.appliance) - l.time);
    }

    function _exhaustedAt(Lease storage l) private view returns (uint256) {
        return l.time + LeaseMath.secondsPaidUp(l.deposit, _price(l));
    }

    function _progress(Lease storage l) private view returns (bool exhausted, bool over, uint256 clock) {
        if (l.state != State.Active) return (false, false, 0);
        clock = PROVIDERS.clockOf(l.appliance);
        exhausted = clock >= _exhaustedAt(l);
        over = exhausted && clock >= _closableFrom(l);
    }

    /// @dev Provider clock for an active lease, else wall time; zero when nothing can close it.
    function _closableFrom(Lease storage l) private view returns (uint256) {
        if (l.state == State.Unfunded || l.state == State.Pending) return uint256(l.time) + 1;
        if (l.state != State.Active) return 0;
        (,, uint32 grace) = PROVIDERS.providerOf(l.appliance);
        return _exhaustedAt(l) + grace;
    }

    /// @dev Whoever ends a lease before it started may have seen a payment that the contracts have not.
    function _startedOnce(CloseReason reason) private pure returns (bool) {
        return reason != CloseReason.Unpaid && reason != CloseReason.Declined && reason != CloseReason.NotStarted;
    }

    /// @dev From a payment's first confirmation to its last.
    function _burial(uint8 confirmations) private pure returns (uint256) {
        return (confirmations - 1) * CONFIRMATION_TIME;
    }

    function _penalty(Lease storage l) private view returns (uint256) {
        (,, uint32 computeUnits,) = MARKETS.scaleOf(l.market);
        return startPenalty(computeUnits);
    }

    // ----------------------------------------------------------------- checks

    function _known(bytes32 id) private view returns (Lease storage l) {
        l = _leases[id];
        require(l.state != State.None, Leases_UnknownLease(id));
    }

    function _requireState(bytes32 id, Lease storage l, State need) private view {
        require(l.state == need, Leases_WrongState(id, l.state, need));
    }

    function _requireInStartWindow(bytes32 id, Lease storage l) private view {
        _requireState(id, l, State.Pending);
        require(block.timestamp <= l.time, Leases_StartWindowPassed(id, l.time, block.timestamp));
    }

    function _requireSealed(bytes calldata message) private pure {
        require(message.length <= MAX_SEALED, Leases_SealedTooLong(message.length, MAX_SEALED));
    }

    function _requireAgreed(bytes32 id, Terms calldata terms, bytes calldata signature, address opener) private view {
        require(block.timestamp <= terms.deadline, Leases_TermsExpired(terms.deadline, block.timestamp));
        require(LeaseTerms.isStandard(terms.refundScript), Leases_NonStandardRefundScript(terms.refundScript));
        require(
            opener == terms.holder || SignatureChecker.isValidSignatureNowCalldata(terms.holder, id, signature),
            Leases_InvalidSignature(id, terms.holder)
        );
    }

    function _requireLaunch(Terms calldata terms, Launch calldata launch) private view {
        _requireSealed(launch.sealedSpec);
        bytes32 specHash = keccak256(launch.sealedSpec);
        require(specHash == terms.launchSpecHash, Leases_LaunchSpecMismatch(specHash, terms.launchSpecHash));
        bytes32 keyHash = keccak256(abi.encode(PROVIDERS.sealKeyOf(terms.appliance)));
        require(launch.sealKeyHash == keyHash, Leases_SealKeyRotated(launch.sealKeyHash, keyHash));
    }
}
