// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ICreditable} from "../bitcoin/ICreditable.sol";
import {leaseIdOf, levelAt, orderAt, Side} from "../exchange/OrderId.sol";
import {BitcoinSide, CloseReason, Fill, ILeases, Launch, Opening, Quote, State, Terms} from "./ILeases.sol";
import {LeaseMath} from "./LeaseMath.sol";
import {LeasePosition, Position} from "./LeasePosition.sol";
import {LeaseSlots, Slots} from "./LeaseSlots.sol";
import {LeaseTerms} from "./LeaseTerms.sol";
import {LeaseTrust} from "./LeaseTrust.sol";

contract Leases is LeaseTrust, EIP712, Nonces {
    using LeasePosition for Position;
    using SafeCast for uint256;
    using LeaseTerms for Terms;

    /// @notice From the opening until an unpaid lease may be closed, where one confirmation is enough; seconds of wall time.
    uint256 private constant PAYMENT_WINDOW = 60 minutes;
    /// @notice From the funding or a launch until the VA must have answered, seconds of wall time.
    uint256 private constant START_WINDOW = LeaseSlots.START_WINDOW;
    /// @notice An ERC-20 lease's unspent deposit covers at most so many hours after a top-up.
    uint256 private constant MAX_PREPAID_HOURS = 30 * 24;
    /// @notice What opens a new period in grace pays at least so many seconds.
    uint256 private constant MIN_REVIVAL = 10 minutes;
    uint256 private constant MAX_EXPLANATION = 256;

    constructor(Peers memory peers) EIP712("XOV Leases", "1") LeaseTrust(peers) {}

    // ---------------------------------------------------------------- opening

    /// @inheritdoc ILeases
    function open(Terms calldata terms, bytes calldata signature, Launch calldata spec, Opening calldata opening)
        external
        returns (bytes32 id)
    {
        require(msg.sender == address(EXCHANGE), Leases_NotExchange(msg.sender));
        id = idOf(terms);
        _requireNew(id);
        _requireAgreed(id, terms, signature, opening.opener);
        emit LeaseOpened(
            id,
            terms.holder,
            terms.appliance,
            opening.order,
            opening.market,
            opening.price,
            terms.startFee,
            terms.prepayment
        );
        if (terms.launchSpecHash != 0) _requestLaunch(id, terms.appliance, spec, terms.launchSpecHash);
        Quote memory q = _quoteFor(opening.market);
        Position memory p = _opened(id, terms, opening, q.decade);
        if (q.token == address(0)) {
            _awaitPayment(p, terms, opening);
        } else {
            p.setDeposit(terms.prepayment);
            _fund(p, terms.launchSpecHash == 0);
        }
        _save(p);
    }

    /// @inheritdoc ILeases
    function openFills(Fill[] calldata fills, Launch calldata spec) external {
        require(msg.sender == address(EXCHANGE), Leases_NotExchange(msg.sender));
        for (uint256 i; i < fills.length; ++i) {
            Fill calldata f = fills[i];
            _quoteFor(f.order.marketOf());
            for (uint256 n; n < f.count; ++n) _openFilled(leaseIdOf(f.order, f.first - n), f, spec);
        }
    }

    /// @inheritdoc ILeases
    function idOf(Terms calldata terms) public view returns (bytes32) {
        return _hashTypedDataV4(terms.hash());
    }

    // --------------------------------------------------------------- payments

    /// @inheritdoc ILeases
    function topUp(bytes32 id, uint256 amount) external {
        Position memory p = _load(id);
        require(!p.isBitcoin(), Leases_PaidInBitcoin(id));
        bool exhausted = p.isExhausted();
        uint256 overAt = exhausted ? p.overAt() : 0;
        require(p.state() != State.Closed && (!exhausted || p.clock < overAt), Leases_Over(id, overAt, p.clock));
        require(p.reason() == CloseReason.None, Leases_UnderNotice(id, p.deadline()));
        if (exhausted && !p.awaitsStart()) {
            uint256 least = LeaseMath.costUp(p.price, MIN_REVIVAL);
            require(amount >= least, Leases_TopUpTooSmall(id, amount, least));
            _openPeriod(p);
        }
        _move(p, msg.sender, address(this), amount);
        _add(p, amount);
        uint256 unspent = p.deposit() - p.earned();
        uint256 most = p.price * MAX_PREPAID_HOURS;
        require(unspent <= most, Leases_PrepaymentTooLarge(id, unspent, most));
        _save(p);
    }

    /// @inheritdoc ICreditable
    function credit(bytes32 id, uint256 amount) external onlyPayments {
        Position memory p = _load(id);
        if (p.isExhausted()) {
            if (p.isOver()) _close(p, p.ended());
            else if (!p.awaitsStart()) _revive(p, amount);
        }
        _add(p, amount);
        if (p.state() == State.Unfunded && p.deposit() >= p.price + p.startFee()) _fund(p, p.deadline() == 0);
        _save(p);
    }

    /// @inheritdoc ICreditable
    function uncredit(bytes32 id, uint256 amount) external onlyPayments returns (uint256 taken) {
        Position memory p = _load(id);
        taken = Math.min(amount, p.deposit() - p.earned());
        p.setDeposit(p.deposit() - taken);
        // what is set aside in grace is all that is refundable then
        if (p.state() != State.Closed) p.setPaid(p.paid() - Math.min(p.paid(), taken));
        emit Uncredited(id, amount, taken, p.deposit());
        if (p.state() == State.Pending && p.deposit() < p.price + p.startFee()) {
            uint256 window = PAYMENT_WINDOW + _burial(p.confirmations());
            p.setState(State.Unfunded);
            p.setTime(block.timestamp + window);
            emit UnfundedAgain(id, p.time());
        }
        _save(p);
    }

    /// @inheritdoc ILeases
    function settle(bytes32 id) external returns (uint256 amount) {
        Position memory p = _load(id);
        require(!p.isBitcoin(), Leases_PaidInBitcoin(id));
        if (p.state() != State.Closed) _requireState(p, State.Active);
        amount = _settle(p);
        require(amount > 0, Leases_NothingToSettle(id));
        _save(p);
    }

    // -------------------------------------------------------- the holder's say

    /// @inheritdoc ILeases
    function launch(bytes32 id, Launch calldata spec) external {
        _launch(_loadAsHolder(id), spec);
    }

    /// @inheritdoc ILeases
    function launchBySig(bytes32 id, Launch calldata spec, uint256 deadline, bytes calldata signature) external {
        Position memory p = _load(id);
        address holder = p.holder();
        bytes32 specHash = keccak256(spec.sealedSpec);
        _requireSigned(
            holder, deadline, LeaseTerms.hashLaunch(id, specHash, _useNonce(holder), deadline), signature
        );
        _launch(p, spec);
    }

    /// @inheritdoc ILeases
    function stop(bytes32 id) external {
        _stop(_loadAsHolder(id));
    }

    /// @inheritdoc ILeases
    function stopBySig(bytes32 id, uint256 deadline, bytes calldata signature) external {
        Position memory p = _load(id);
        address holder = p.holder();
        _requireSigned(holder, deadline, LeaseTerms.hashStop(id, _useNonce(holder), deadline), signature);
        _stop(p);
    }

    /// @inheritdoc ILeases
    function handOver(
        bytes32 id,
        address buyer,
        IERC20 token,
        uint256 price,
        bytes calldata refundScript,
        Launch calldata spec
    ) external {
        require(msg.sender == address(RESALE), Leases_NotResale(msg.sender));
        Position memory p = _load(id);
        address seller = p.holder();
        if (p.state() == State.Active) _accountForSeller(p);
        _replaceRefundScript(p, refundScript);
        if (p.withinLimit() && !TRUST.handedOver(seller, buyer, _unitsOf(p))) p.setStartDue();
        p.setHolder(buyer);
        emit HolderChanged(id, seller, buyer, refundScript);
        if (price > 0) _moveToken(token, buyer, seller, price);
        if (spec.sealedSpec.length > 0) return _launch(p, spec);
        _requireLaunchable(p);
        require(p.state() == State.Reserved && !p.awaitsStart(), Leases_LaunchSpecMissing(id));
        _save(p);
    }

    // ------------------------------------------------------------ the VA's say

    /// @inheritdoc ILeases
    function start(bytes32 id, bytes calldata sealedAccess) external {
        Position memory p = _loadAsAppliance(id);
        _requireInStartWindow(p);
        _requireSealed(sealedAccess);
        State before = p.state();
        if (before == State.Pending) p.setTime(p.clock);
        p.setState(State.Active);
        p.setDeadline(0);
        emit Started(id, p.time(), sealedAccess);
        if (before != State.Active || p.startDue()) _accountForStart(p, before != State.Active);
        _save(p);
    }

    /// @inheritdoc ILeases
    function postAccess(bytes32 id, bytes calldata sealedAccess) external {
        _requireState(_loadAsAppliance(id), State.Active);
        _requireSealed(sealedAccess);
        emit AccessPosted(id, sealedAccess);
    }

    /// @inheritdoc ILeases
    function decline(bytes32 id, string calldata explanation) external {
        Position memory p = _loadAsAppliance(id);
        _requireShort(explanation);
        if (p.state() != State.Unfunded) _requireInStartWindow(p);
        emit Declined(id, explanation);
        if (p.isBitcoin()) _endReservation(p, _bitcoin[id].opener);
        _end(p, CloseReason.Declined);
    }

    /// @inheritdoc ILeases
    function giveNotice(bytes32 id) external {
        Position memory p = _loadAsAppliance(id);
        if (p.state() != State.Reserved) _requireState(p, State.Active);
        require(p.reason() == CloseReason.None, Leases_UnderNotice(id, p.deadline()));
        require(p.deadline() == 0, Leases_NotLaunchable(id, p.state(), p.reason()));
        uint256 endsAt = p.exhaustedAt();
        require(p.clock < endsAt, Leases_Exhausted(id, endsAt, p.clock));
        p.setReason(CloseReason.Ended);
        p.setDeadline(endsAt);
        _save(p);
        emit NoticeGiven(id, endsAt);
    }

    /// @inheritdoc ILeases
    function evict(bytes32 id, string calldata explanation) external {
        Position memory p = _load(id);
        require(p.accrues() && !p.awaitsStart() && !p.isExhausted(), Leases_NotEvictable(id, p.state()));
        PROVIDERS.countEviction(p.appliance(), msg.sender);
        _requireShort(explanation);
        emit Evicted(id, explanation);
        _end(p, CloseReason.Evicted);
    }

    // ---------------------------------------------------------------- the end

    /// @inheritdoc ILeases
    function close(bytes32 id) external {
        Position memory p = _load(id);
        CloseReason reason = p.ended();
        if (p.state() == State.Unfunded) {
            _requireClosable(p, uint256(p.time()) + 1, block.timestamp);
            _readStanding(p);
            _endReservation(p, p.provider);
            reason = CloseReason.Unpaid;
        } else if (reason == CloseReason.None) {
            require(p.accrues(), Leases_NotClosable(id, p.state(), p.deadline(), block.timestamp));
            _requireClosable(p, p.overAt(), p.clock);
        }
        _end(p, reason);
    }

    // ------------------------------------------------------------ transitions

    function _opened(bytes32 id, Terms calldata terms, Opening calldata opening, uint8 decade)
        private
        pure
        returns (Position memory p)
    {
        p.id = id;
        p.setAgreed(
            terms.holder,
            opening.price,
            terms.appliance,
            opening.market,
            opening.confirmations,
            decade,
            opening.startFee
        );
    }

    function _openFilled(bytes32 id, Fill calldata f, Launch calldata spec) private {
        _requireNew(id);
        _leases[id] = Slots(f.slot0, f.slot1);
        if (spec.sealedSpec.length > 0) _requestLaunch(id, uint32(f.slot1), spec, keccak256(spec.sealedSpec));
    }

    function _awaitPayment(Position memory p, Terms calldata terms, Opening calldata opening) private {
        uint256 payBy = block.timestamp + PAYMENT_WINDOW + _burial(opening.confirmations);
        p.setState(State.Unfunded);
        p.setTime(payBy);
        // marks that there is a spec; the start window runs from the funding
        if (terms.launchSpecHash != 0) p.setDeadline(payBy);
        _bitcoin[p.id] = BitcoinSide({
            opener: opening.opener,
            bond: opening.bond,
            place: opening.order.placeOf(),
            covered: terms.prepayment.toUint64(),
            collateral: opening.collateral
        });
        emit BitcoinLeaseOpened(
            p.id,
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
    function _fund(Position memory p, bool reserve) private {
        emit Funded(p.id);
        if (reserve) {
            _readStanding(p);
            p.setState(State.Reserved);
            p.setTime(p.clock);
            emit Reserved(p.id, p.clock);
        } else {
            p.setState(State.Pending);
            p.setTime(0);
            _awaitStart(p);
        }
        if (p.isBitcoin()) _endReservation(p, _bitcoin[p.id].opener);
    }

    function _awaitStart(Position memory p) private {
        p.setDeadline(block.timestamp + START_WINDOW);
        emit StartAwaited(p.id, p.deadline());
    }

    function _launch(Position memory p, Launch calldata spec) private {
        _requireLaunchable(p);
        require(spec.sealedSpec.length > 0, Leases_LaunchSpecMissing(p.id));
        _requestLaunch(p.id, p.appliance(), spec, keccak256(spec.sealedSpec));
        _awaitStart(p);
        _save(p);
    }

    /// @dev What the seller has used counts for the seller. In bitcoin the period ends with it, and its use is rounded up, so that
    /// nobody gains by selling often.
    function _accountForSeller(Position memory p) private {
        if (!p.isBitcoin()) {
            _settle(p);
            return;
        }
        uint256 used = p.feeEarned() + LeaseMath.costUp(p.price, p.clock - p.time());
        uint256 left = Math.saturatingSub(p.deposit(), used);
        _openPeriod(p);
        p.setDeposit(left);
        emit Credited(p.id, 0, left);
    }

    function _replaceRefundScript(Position memory p, bytes calldata script) private {
        require(p.isBitcoin() || script.length == 0, Leases_NotPaidInBitcoin(p.id));
        require(LeaseTerms.isStandard(script), Leases_NonStandardRefundScript(script));
        if (p.isBitcoin()) _refundScripts[p.id] = keccak256(script);
    }

    function _stop(Position memory p) private {
        require(p.state() == State.Pending || p.accrues(), Leases_NotStoppable(p.id, p.state()));
        CloseReason reason = p.ended();
        _end(p, reason == CloseReason.None ? CloseReason.Stopped : reason);
    }

    function _add(Position memory p, uint256 amount) private {
        uint256 deposit = p.deposit() + amount;
        p.setDeposit(deposit);
        emit Credited(p.id, amount, deposit);
    }

    /// @dev What comes in during grace is set aside until together it pays for MIN_REVIVAL: nothing of it is spent on the gap,
    /// and dust does not prolong the grace. `amount` is added by the caller.
    function _revive(Position memory p, uint256 amount) private {
        uint256 aside = p.paid();
        if (aside + amount < LeaseMath.costUp(p.price, MIN_REVIVAL)) {
            p.setPaid(aside + amount);
        } else {
            _openPeriod(p);
            p.setDeposit(aside);
        }
    }

    /// @dev What was paid before is used up: it is earned in whole and leaves the arithmetic.
    function _openPeriod(Position memory p) private {
        uint256 fee = p.feeEarned();
        if (p.isBitcoin()) _meter(p, p.earned() - fee);
        else _settle(p);
        if (fee > 0) p.clearStartFee();
        p.setDeposit(0);
        p.setPaid(0);
        p.setTime(p.clock);
        emit PeriodOpened(p.id, p.clock);
    }

    function _settle(Position memory p) private returns (uint256 amount) {
        uint256 earned = p.earned();
        amount = earned - p.paid();
        if (amount == 0) return 0;
        uint256 fee = Math.saturatingSub(p.feeEarned(), p.paid());
        p.setPaid(earned);
        emit Settled(p.id, amount, earned);
        _readStanding(p);
        _meter(p, amount - fee);
        _move(p, address(this), p.provider, amount);
    }

    function _end(Position memory p, CloseReason reason) private {
        _close(p, reason);
        _save(p);
    }

    function _close(Position memory p, CloseReason reason) private {
        uint256 earned = p.earnedAtEnd(reason);
        uint256 left = p.deposit() - earned;
        if (p.state() != State.Active) _freePenalty(p, reason);
        bool isFeeEarned = p.feeEarned() > 0;
        _tellEnd(p, reason, earned, left);
        if (!isFeeEarned) p.clearStartFee();
        p.setState(State.Closed);
        p.setReason(reason);
        p.setDeadline(0);
        p.setTime(block.timestamp);
        emit LeaseClosed(p.id, reason, earned, left);
        if (p.isBitcoin()) {
            p.setPaid(earned);
            if (reason == CloseReason.Exhausted) _releaseCollateral(p);
        } else {
            p.setDeposit(earned);
            if (left > 0) _move(p, address(this), p.holder(), left);
        }
    }

    /// @dev The ask no longer counts the lease as unfunded, and the bond goes to whom it is due.
    function _endReservation(Position memory p, address bondTo) private {
        BitcoinSide storage b = _bitcoin[p.id];
        (uint64 place, uint96 bond) = (b.place, b.bond);
        if (place == 0) return;
        (b.place, b.bond) = (0, 0);
        EXCHANGE.endReservation(orderAt(levelAt(uint32(p.market()), Side.Ask, p.priceCode()), place));
        if (bond > 0) _moveToken(XOV, address(this), bondTo, bond);
    }

    function _requestLaunch(bytes32 id, uint32 appliance, Launch calldata spec, bytes32 need) private {
        _requireSealed(spec.sealedSpec);
        bytes32 specHash = keccak256(spec.sealedSpec);
        require(specHash == need, Leases_LaunchSpecMismatch(specHash, need));
        bytes32 keyHash = keccak256(abi.encode(PROVIDERS.sealKeyOf(appliance)));
        require(spec.sealKeyHash == keyHash, Leases_SealKeyRotated(spec.sealKeyHash, keyHash));
        emit LaunchRequested(id, keyHash, spec.sealedSpec);
    }

    // ----------------------------------------------------------------- checks

    function _requireNew(bytes32 id) private view {
        require(_leases[id].first == 0, Leases_AlreadyOpened(id));
    }

    function _requireShort(string calldata explanation) private pure {
        uint256 length = bytes(explanation).length;
        require(length <= MAX_EXPLANATION, Leases_ExplanationTooLong(length, MAX_EXPLANATION));
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
