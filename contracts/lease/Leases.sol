// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ICreditable} from "../bitcoin/ICreditable.sol";
import {IExchange} from "../exchange/IExchange.sol";
import {IMarkets} from "../exchange/IMarkets.sol";
import {leaseIdOf, levelAt, orderAt, OrderId, Side} from "../exchange/OrderId.sol";
import {IProviders} from "../registry/IProviders.sol";
import {IVault} from "../token/IVault.sol";
import {XovToken} from "../token/XovToken.sol";
import {Fill, unpackParties, unpackTerms} from "./Fill.sol";
import {
    BitcoinSide,
    CloseReason,
    ILeases,
    Launch,
    Lease,
    LeaseStatus,
    Opening,
    Quote,
    State,
    Terms
} from "./ILeases.sol";
import {LeaseMath} from "./LeaseMath.sol";
import {LeaseSlots} from "./LeaseSlots.sol";
import {LeaseTerms} from "./LeaseTerms.sol";

contract Leases is ILeases, EIP712, Nonces {
    using SafeCast for uint256;
    using LeaseTerms for Terms;

    /// @notice From the opening until an unpaid lease may be closed, where one confirmation is enough; seconds of wall time.
    uint256 public constant PAYMENT_WINDOW = 60 minutes;
    /// @notice What each further confirmation adds to the windows for payments: twice what a block takes on average, seconds.
    uint256 public constant CONFIRMATION_TIME = 20 minutes;
    /// @notice From the funding or a launch until the VA must have answered, seconds of wall time.
    uint256 public constant START_WINDOW = 30 minutes;
    /// @notice How long the collateral of a lease that ended before it was used up stays locked, for payments that are
    /// still under way, seconds.
    uint256 public constant LATE_PAYMENT_WINDOW = 1 days;
    /// @notice An ERC-20 lease's unspent deposit covers at most so many hours after a top-up.
    uint256 public constant MAX_PREPAID_HOURS = 30 * 24;
    /// @notice The longest sealed launch spec or access details, bytes.
    uint256 public constant MAX_SEALED = 4096;
    uint256 private constant MAX_EXPLANATION = 256;

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
    /// @dev Copied from Markets at a market's first lease: one read here is cheaper than a call there.
    mapping(uint32 market => Quote) private _quotes;

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
    function open(Terms calldata terms, bytes calldata signature, Launch calldata spec, Opening calldata opening)
        external
        returns (bytes32 id)
    {
        require(msg.sender == address(EXCHANGE), Leases_NotExchange(msg.sender));
        id = idOf(terms);
        require(_leases[id].state == State.None, Leases_AlreadyOpened(id));
        _requireAgreed(id, terms, signature, opening.opener);
        Lease storage l = _leases[id];
        (l.holder, l.price, l.appliance, l.market) = (terms.holder, opening.price, terms.appliance, opening.market);
        emit LeaseOpened(
            id, terms.holder, terms.appliance, opening.order, opening.market, opening.price, terms.prepayment
        );
        bool reserve = terms.launchSpecHash == 0;
        if (!reserve) _requestLaunch(id, l, spec, terms.launchSpecHash);
        if (_quoteFor(opening.market).token == address(0)) {
            _awaitPayment(id, l, terms, opening);
        } else {
            l.deposit = terms.prepayment.toUint88();
            _fund(id, l, reserve);
        }
    }

    /// @inheritdoc ILeases
    function openFills(Fill[] calldata fills, Launch calldata spec) external {
        require(msg.sender == address(EXCHANGE), Leases_NotExchange(msg.sender));
        uint256 startBy = spec.sealedSpec.length == 0 ? 0 : block.timestamp + START_WINDOW;
        (uint32 market, uint32 appliance, uint256 clock) = (0, 0, 0);
        for (uint256 i; i < fills.length; ++i) {
            uint32 next = uint32(fills[i].terms >> 208);
            if (next != market) _quoteFor(market = next);
            next = uint32(fills[i].parties >> 160);
            if (next != appliance && startBy == 0) clock = PROVIDERS.clockOf(next);
            appliance = next;
            _openFill(fills[i], spec, startBy, clock);
        }
    }

    // --------------------------------------------------------------- payments

    /// @inheritdoc ILeases
    function topUp(bytes32 id, uint256 amount) external {
        Lease storage l = _known(id);
        Quote memory q = _quotes[l.market];
        require(q.token != address(0), Leases_PaidInBitcoin(id));
        (bool exhausted, uint256 overAt, uint256 clock) = _progress(l, q);
        require(l.state != State.Closed && (overAt == 0 || clock < overAt), Leases_Over(id, overAt, clock));
        require(l.reason == CloseReason.None, Leases_UnderNotice(id, l.deadline));
        if (exhausted && !_awaitsStart(l)) _openPeriod(id, l, q, clock);
        VAULT.move(IERC20(q.token), msg.sender, address(this), amount);
        _add(id, l, amount);
        uint256 unspent = l.deposit - _earned(l, q);
        uint256 most = _price(l, q) * MAX_PREPAID_HOURS;
        require(unspent <= most, Leases_PrepaymentTooLarge(id, unspent, most));
    }

    /// @inheritdoc ICreditable
    function credit(bytes32 id, uint256 amount) external onlyPayments {
        Lease storage l = _known(id);
        Quote memory q = _quotes[l.market];
        (bool exhausted, uint256 overAt, uint256 clock) = _progress(l, q);
        if (exhausted) {
            if (clock >= overAt) _close(id, l, q, _ended(l, q));
            else if (!_awaitsStart(l)) _openPeriod(id, l, q, clock);
        }
        _add(id, l, amount);
        if (l.state == State.Unfunded && l.deposit >= _price(l, q)) _fund(id, l, l.deadline == 0);
    }

    /// @inheritdoc ICreditable
    function uncredit(bytes32 id, uint256 amount) external onlyPayments returns (uint256 taken) {
        Lease storage l = _known(id);
        Quote memory q = _quotes[l.market];
        taken = Math.min(amount, l.deposit - _earned(l, q));
        l.deposit -= taken.toUint88();
        emit Uncredited(id, amount, taken, l.deposit);
        if (l.state == State.Pending && l.deposit < _price(l, q)) {
            uint256 window = PAYMENT_WINDOW + _burial(_bitcoin[id].confirmations);
            (l.state, l.time) = (State.Unfunded, (block.timestamp + window).toUint32());
            emit UnfundedAgain(id, l.time);
        }
    }

    /// @inheritdoc ILeases
    function settle(bytes32 id) external returns (uint256 amount) {
        Lease storage l = _known(id);
        Quote memory q = _quotes[l.market];
        require(q.token != address(0), Leases_PaidInBitcoin(id));
        if (l.state != State.Closed) _requireState(id, l, State.Active);
        amount = _settle(id, l, q);
        require(amount > 0, Leases_NothingToSettle(id));
    }

    // -------------------------------------------------------- the holder's say

    /// @inheritdoc ILeases
    function launch(bytes32 id, Launch calldata spec) external {
        _requireHolder(id);
        _launch(id, spec);
    }

    /// @inheritdoc ILeases
    function launchBySig(bytes32 id, Launch calldata spec, uint256 deadline, bytes calldata signature) external {
        address holder = _known(id).holder;
        bytes32 specHash = keccak256(spec.sealedSpec);
        _requireSigned(
            holder, deadline, LeaseTerms.hashLaunch(id, specHash, _useNonce(holder), deadline), signature
        );
        _launch(id, spec);
    }

    /// @inheritdoc ILeases
    function stop(bytes32 id) external {
        _requireHolder(id);
        _stop(id);
    }

    /// @inheritdoc ILeases
    function stopBySig(bytes32 id, uint256 deadline, bytes calldata signature) external {
        address holder = _known(id).holder;
        _requireSigned(holder, deadline, LeaseTerms.hashStop(id, _useNonce(holder), deadline), signature);
        _stop(id);
    }

    // ------------------------------------------------------------ the VA's say

    /// @inheritdoc ILeases
    function start(bytes32 id, bytes calldata sealedAccess) external {
        Lease storage l = _known(id);
        (address provider, uint256 clock) = PROVIDERS.authorize(l.appliance, msg.sender);
        _requireInStartWindow(id, l);
        _requireSealed(sealedAccess);
        State before = l.state;
        if (before == State.Pending) l.time = clock.toUint32();
        (l.state, l.deadline) = (State.Active, 0);
        emit Started(id, l.time, sealedAccess);
        if (before != State.Active) PROVIDERS.unlock(provider, startPenalty(_quotes[l.market].computeUnits));
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
        PROVIDERS.authorize(l.appliance, msg.sender);
        uint256 length = bytes(explanation).length;
        require(length <= MAX_EXPLANATION, Leases_ExplanationTooLong(length, MAX_EXPLANATION));
        if (l.state != State.Unfunded) _requireInStartWindow(id, l);
        emit Declined(id, explanation);
        _endReservation(id, _bitcoin[id].opener);
        _close(id, l, _quotes[l.market], CloseReason.Declined);
    }

    /// @inheritdoc ILeases
    function giveNotice(bytes32 id) external {
        Lease storage l = _known(id);
        PROVIDERS.authorize(l.appliance, msg.sender);
        Quote memory q = _quotes[l.market];
        if (l.state != State.Reserved) _requireState(id, l, State.Active);
        require(l.reason == CloseReason.None, Leases_UnderNotice(id, l.deadline));
        require(l.deadline == 0, Leases_NotLaunchable(id, l.state, l.reason));
        (, uint256 overAt, uint256 clock) = _progress(l, q);
        require(clock < overAt, Leases_Over(id, overAt, clock));
        (l.reason, l.deadline) = (CloseReason.Ended, _exhaustedAt(l, q).toUint32());
        emit NoticeGiven(id, l.deadline);
    }

    // ---------------------------------------------------------------- the end

    /// @inheritdoc ILeases
    function close(bytes32 id) external {
        Lease storage l = _known(id);
        Quote memory q = _quotes[l.market];
        if (l.state == State.Unfunded) {
            _requireClosable(id, l, uint256(l.time) + 1, block.timestamp);
            (address provider,,) = PROVIDERS.providerOf(l.appliance);
            _endReservation(id, provider);
            _close(id, l, q, CloseReason.Unpaid);
            return;
        }
        CloseReason reason = _ended(l, q);
        if (reason == CloseReason.None) {
            require(_accrues(l), Leases_NotClosable(id, l.state, l.deadline, block.timestamp));
            _requireClosable(id, l, _overAt(l, _exhaustedAt(l, q)), PROVIDERS.clockOf(l.appliance));
        }
        _close(id, l, q, reason);
    }

    /// @inheritdoc ILeases
    function releaseCollateral(bytes32 id) external {
        Lease storage l = _known(id);
        uint8 confirmations = _bitcoin[id].confirmations;
        require(confirmations != 0, Leases_NotPaidInBitcoin(id));
        _requireState(id, l, State.Closed);
        uint256 until = l.time;
        if (!_ranOut(l.reason)) until += LATE_PAYMENT_WINDOW + _burial(confirmations);
        require(block.timestamp >= until, Leases_HeldUntil(id, until, block.timestamp));
        require(_releaseCollateral(id, l) > 0, Leases_NothingToRelease(id));
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
        confirmations = _bitcoin[id].confirmations;
        require(confirmations != 0, Leases_NotPaidInBitcoin(id));
        bitcoinKey = PROVIDERS.bitcoinKeyOf(_leases[id].appliance);
    }

    /// @inheritdoc ILeases
    function statusOf(bytes32 id) external view returns (LeaseStatus memory s) {
        Lease storage l = _known(id);
        Quote memory q = _quotes[l.market];
        (s.state, s.reason, s.price, s.deposit) = (l.state, l.reason, _price(l, q), l.deposit);
        s.earned = _earned(l, q);
        s.clock = PROVIDERS.clockOf(l.appliance);
        if (_awaitsStart(l)) s.startBy = l.deadline;
        if (_accrues(l)) {
            s.exhaustedAt = _exhaustedAt(l, q);
            s.overAt = _overAt(l, s.exhaustedAt);
            if (s.clock >= s.overAt) {
                (s.state, s.reason) = (State.Closed, _ended(l, q));
                s.earned = _earnedAtEnd(l, q, s.reason);
            }
        }
        s.refundable = s.deposit - s.earned;
    }

    /// @inheritdoc ILeases
    function startPenalty(uint32 computeUnits) public pure returns (uint256) {
        return LeaseMath.startPenalty(computeUnits);
    }

    // ------------------------------------------------------------ transitions

    function _openFill(Fill calldata f, Launch calldata spec, uint256 startBy, uint256 clock) private {
        (OrderId order, uint256 number, uint256 count, uint256 prepayment) = unpackTerms(f.terms);
        _emitFilled(f, clock, startBy);
        (uint256 slot0, uint256 slot1) = _slotsOf(f, order, prepayment, startBy, clock);
        for (; count > 0; --count) {
            bytes32 id = leaseIdOf(order, number--);
            Lease storage l = _leases[id];
            require(l.state == State.None, Leases_AlreadyOpened(id));
            LeaseSlots.write(l, slot0, slot1);
            if (startBy != 0) _requestLaunch(id, l, spec, keccak256(spec.sealedSpec));
        }
    }

    function _emitFilled(Fill calldata f, uint256 clock, uint256 startBy) private {
        (uint32 appliance, address holder) = unpackParties(f.parties);
        (OrderId order, uint256 first, uint256 count, uint256 prepayment) = unpackTerms(f.terms);
        emit Filled(order, holder, appliance, first, count, prepayment, clock, startBy);
    }

    function _slotsOf(Fill calldata f, OrderId order, uint256 prepayment, uint256 startBy, uint256 clock)
        private
        pure
        returns (uint256 slot0, uint256 slot1)
    {
        (uint32 appliance, address holder) = unpackParties(f.parties);
        State state = startBy == 0 ? State.Reserved : State.Pending;
        slot0 = LeaseSlots.first(holder, clock, startBy, order.priceOf(), state);
        slot1 = LeaseSlots.second(appliance, order.marketOf(), prepayment);
    }

    function _awaitPayment(bytes32 id, Lease storage l, Terms calldata terms, Opening calldata opening) private {
        uint32 payBy = (block.timestamp + PAYMENT_WINDOW + _burial(opening.confirmations)).toUint32();
        (l.state, l.time) = (State.Unfunded, payBy);
        // marks that there is a spec; the start window runs from the funding
        if (terms.launchSpecHash != 0) l.deadline = payBy;
        _bitcoin[id] = BitcoinSide({
            opener: opening.opener,
            bond: opening.bond,
            place: opening.order.placeOf(),
            confirmations: opening.confirmations,
            covered: terms.prepayment.toUint64(),
            collateral: opening.collateral
        });
        emit BitcoinLeaseOpened(
            id,
            opening.opener,
            opening.bond,
            opening.collateral,
            opening.confirmations,
            payBy,
            terms.refundScript,
            terms.salt,
            terms.deadline
        );
    }

    /// @dev Paid for: a start is awaited, or capacity is reserved and accrues.
    function _fund(bytes32 id, Lease storage l, bool reserve) private {
        emit Funded(id);
        if (reserve) {
            (l.state, l.time) = (State.Reserved, PROVIDERS.clockOf(l.appliance).toUint32());
            emit Reserved(id, l.time);
        } else {
            (l.state, l.time) = (State.Pending, 0);
            _awaitStart(id, l);
        }
        _endReservation(id, _bitcoin[id].opener);
    }

    function _awaitStart(bytes32 id, Lease storage l) private {
        l.deadline = (block.timestamp + START_WINDOW).toUint32();
        emit StartAwaited(id, l.deadline);
    }

    function _launch(bytes32 id, Launch calldata spec) private {
        Lease storage l = _leases[id];
        (bool exhausted,,) = _progress(l, _quotes[l.market]);
        require(
            _accrues(l) && !exhausted && l.reason == CloseReason.None, Leases_NotLaunchable(id, l.state, l.reason)
        );
        require(spec.sealedSpec.length > 0, Leases_LaunchSpecMissing(id));
        _requestLaunch(id, l, spec, keccak256(spec.sealedSpec));
        _awaitStart(id, l);
    }

    function _stop(bytes32 id) private {
        Lease storage l = _leases[id];
        Quote memory q = _quotes[l.market];
        require(l.state == State.Pending || _accrues(l), Leases_NotStoppable(id, l.state));
        CloseReason reason = _ended(l, q);
        _close(id, l, q, reason == CloseReason.None ? CloseReason.Stopped : reason);
    }

    function _add(bytes32 id, Lease storage l, uint256 amount) private {
        l.deposit += amount.toUint88();
        emit Credited(id, amount, l.deposit);
    }

    /// @dev What was paid before is used up: it is earned in whole and leaves the arithmetic.
    function _openPeriod(bytes32 id, Lease storage l, Quote memory q, uint256 clock) private {
        if (q.token != address(0)) _settle(id, l, q);
        (l.deposit, l.paid, l.time) = (0, 0, clock.toUint32());
        emit PeriodOpened(id, clock);
    }

    function _settle(bytes32 id, Lease storage l, Quote memory q) private returns (uint256 amount) {
        uint256 earned = _earned(l, q);
        amount = earned - l.paid;
        if (amount == 0) return 0;
        l.paid = earned.toUint88();
        emit Settled(id, amount, earned);
        (address provider,,) = PROVIDERS.providerOf(l.appliance);
        VAULT.move(IERC20(q.token), address(this), provider, amount);
    }

    function _close(bytes32 id, Lease storage l, Quote memory q, CloseReason reason) private {
        uint256 earned = _earnedAtEnd(l, q, reason);
        if (l.state != State.Active) _freePenalty(l, q, reason);
        (l.state, l.reason, l.deadline) = (State.Closed, reason, 0);
        l.time = block.timestamp.toUint32();
        emit LeaseClosed(id, reason, earned, l.deposit - earned);
        if (q.token == address(0)) {
            l.paid = earned.toUint88();
            if (_ranOut(reason)) _releaseCollateral(id, l);
        } else {
            uint256 refund = l.deposit - earned;
            l.deposit = earned.toUint88();
            if (refund > 0) VAULT.move(IERC20(q.token), address(this), l.holder, refund);
        }
    }

    /// @dev A lease that never started because of its provider has earned nothing.
    function _earnedAtEnd(Lease storage l, Quote memory q, CloseReason reason) private view returns (uint256) {
        bool failed = reason == CloseReason.Declined || reason == CloseReason.NotStarted;
        return failed && l.state != State.Active ? 0 : _earned(l, q);
    }

    function _freePenalty(Lease storage l, Quote memory q, CloseReason reason) private {
        (address provider,,) = PROVIDERS.providerOf(l.appliance);
        uint256 penalty = startPenalty(q.computeUnits);
        if (reason == CloseReason.NotStarted) PROVIDERS.slash(provider, penalty);
        else PROVIDERS.unlock(provider, penalty);
    }

    /// @dev The ask no longer counts the lease as unfunded, and the bond goes to whom it is due.
    function _endReservation(bytes32 id, address bondTo) private {
        BitcoinSide storage b = _bitcoin[id];
        (uint64 place, uint96 bond) = (b.place, b.bond);
        if (place == 0) return;
        (b.place, b.bond) = (0, 0);
        Lease storage l = _leases[id];
        EXCHANGE.endReservation(orderAt(levelAt(l.market, Side.Ask, l.price), place));
        if (bond > 0) VAULT.move(XOV, address(this), bondTo, bond);
    }

    /// @dev Keeps what covers the amount owed, at the ratio agreed.
    function _releaseCollateral(bytes32 id, Lease storage l) private returns (uint256 freed) {
        BitcoinSide storage b = _bitcoin[id];
        uint256 owed = l.deposit - l.paid;
        uint256 kept = LeaseMath.collateralUp(b.collateral, b.covered, owed);
        freed = b.collateral - kept;
        if (freed == 0) return 0;
        (b.collateral, b.covered) = (kept.toUint96(), Math.min(b.covered, owed).toUint64());
        emit CollateralReleased(id, freed, kept);
        (address provider,,) = PROVIDERS.providerOf(l.appliance);
        PROVIDERS.unlock(provider, freed);
    }

    function _requestLaunch(bytes32 id, Lease storage l, Launch calldata spec, bytes32 need) private {
        _requireSealed(spec.sealedSpec);
        bytes32 specHash = keccak256(spec.sealedSpec);
        require(specHash == need, Leases_LaunchSpecMismatch(specHash, need));
        bytes32 keyHash = keccak256(abi.encode(PROVIDERS.sealKeyOf(l.appliance)));
        require(spec.sealKeyHash == keyHash, Leases_SealKeyRotated(spec.sealKeyHash, keyHash));
        emit LaunchRequested(id, keyHash, spec.sealedSpec);
    }

    function _quoteFor(uint32 market) private returns (Quote memory q) {
        q = _quotes[market];
        if (q.computeUnits != 0) return q;
        (q.token,, q.computeUnits, q.decade) = MARKETS.scaleOf(market);
        _quotes[market] = q;
    }

    // ------------------------------------------------------------- arithmetic

    function _price(Lease storage l, Quote memory q) private view returns (uint256) {
        return l.price.decode(q.decade);
    }

    function _accrues(Lease storage l) private view returns (bool) {
        return l.state == State.Reserved || l.state == State.Active;
    }

    function _awaitsStart(Lease storage l) private view returns (bool) {
        return l.deadline != 0 && (l.state == State.Pending || (_accrues(l) && l.reason == CloseReason.None));
    }

    /// @dev Of a lease that ends before it is used up, a part of the agreed prepayment may still be under way.
    function _ranOut(CloseReason reason) private pure returns (bool) {
        return reason == CloseReason.Exhausted || reason == CloseReason.Ended;
    }

    /// @dev From a payment's first confirmation to its last.
    function _burial(uint8 confirmations) private pure returns (uint256) {
        return (confirmations - 1) * CONFIRMATION_TIME;
    }

    /// @dev How the lease has ended by itself; None while it has not. Whoever ends it finds the same: a start window passes
    /// before the lease is over, so a start that was missed comes first.
    function _ended(Lease storage l, Quote memory q) private view returns (CloseReason) {
        if (_awaitsStart(l) && block.timestamp > l.deadline) return CloseReason.NotStarted;
        (, uint256 overAt, uint256 clock) = _progress(l, q);
        if (overAt == 0 || clock < overAt) return CloseReason.None;
        return l.reason == CloseReason.Ended ? CloseReason.Ended : CloseReason.Exhausted;
    }

    function _earned(Lease storage l, Quote memory q) private view returns (uint256) {
        if (l.state == State.Closed) return q.token == address(0) ? l.paid : l.deposit;
        if (!_accrues(l)) return 0;
        uint256 clock = PROVIDERS.clockOf(l.appliance);
        if (l.reason == CloseReason.Ended) clock = Math.min(clock, l.deadline);
        return LeaseMath.earnedDown(l.deposit, _price(l, q), clock - l.time);
    }

    function _exhaustedAt(Lease storage l, Quote memory q) private view returns (uint256) {
        if (l.reason == CloseReason.Ended) return l.deadline;
        return l.time + LeaseMath.secondsPaidUp(l.deposit, _price(l, q));
    }

    function _overAt(Lease storage l, uint256 exhaustedAt) private view returns (uint256) {
        if (l.reason == CloseReason.Ended) return exhaustedAt;
        (,, uint32 grace) = PROVIDERS.providerOf(l.appliance);
        return exhaustedAt + grace;
    }

    /// @return exhausted whether nothing is left
    /// @return overAt when the lease is over by exhaustion, on the provider clock; zero while it does not accrue
    /// @return clock the provider clock
    function _progress(Lease storage l, Quote memory q)
        private
        view
        returns (bool exhausted, uint256 overAt, uint256 clock)
    {
        if (!_accrues(l)) return (false, 0, 0);
        clock = PROVIDERS.clockOf(l.appliance);
        uint256 exhaustedAt = _exhaustedAt(l, q);
        exhausted = clock >= exhaustedAt;
        overAt = exhausted ? _overAt(l, exhaustedAt) : type(uint256).max;
    }

    // ----------------------------------------------------------------- checks

    function _known(bytes32 id) private view returns (Lease storage l) {
        l = _leases[id];
        require(l.state != State.None, Leases_UnknownLease(id));
    }

    function _requireState(bytes32 id, Lease storage l, State need) private view {
        require(l.state == need, Leases_WrongState(id, l.state, need));
    }

    function _requireClosable(bytes32 id, Lease storage l, uint256 from, uint256 time) private view {
        require(time >= from, Leases_NotClosable(id, l.state, from, time));
    }

    function _requireHolder(bytes32 id) private view {
        address holder = _known(id).holder;
        require(msg.sender == holder, Leases_NotHolder(id, msg.sender, holder));
    }

    function _requireInStartWindow(bytes32 id, Lease storage l) private view {
        require(_awaitsStart(l), Leases_NoStartAwaited(id, l.state));
        require(block.timestamp <= l.deadline, Leases_StartWindowPassed(id, l.deadline, block.timestamp));
    }

    function _requireSealed(bytes calldata message) private pure {
        require(message.length <= MAX_SEALED, Leases_SealedTooLong(message.length, MAX_SEALED));
    }

    function _requireSigned(address holder, uint256 deadline, bytes32 structHash, bytes calldata signature)
        private
        view
    {
        require(block.timestamp <= deadline, Leases_SignatureExpired(deadline, block.timestamp));
        bytes32 digest = _hashTypedDataV4(structHash);
        require(
            SignatureChecker.isValidSignatureNowCalldata(holder, digest, signature),
            Leases_InvalidSignature(digest, holder)
        );
    }

    function _requireAgreed(bytes32 id, Terms calldata terms, bytes calldata signature, address opener) private view {
        require(block.timestamp <= terms.deadline, Leases_TermsExpired(terms.deadline, block.timestamp));
        require(LeaseTerms.isStandard(terms.refundScript), Leases_NonStandardRefundScript(terms.refundScript));
        require(
            opener == terms.holder || SignatureChecker.isValidSignatureNowCalldata(terms.holder, id, signature),
            Leases_InvalidSignature(id, terms.holder)
        );
    }
}
