// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {PriceCode} from "../exchange/PriceCode.sol";
import {StartFee} from "../exchange/StartFee.sol";
import {CloseReason, ILeases, Lease, State} from "./ILeases.sol";
import {LeaseMath} from "./LeaseMath.sol";
import {Slots} from "./LeaseSlots.sol";

/// @notice A lease and all that its worth follows from, read once. The lease is kept as its two slots, since to copy it
/// member by member costs as much as one of them.
struct Position {
    bytes32 id;
    uint256 first; // of `Slots`
    uint256 second;
    uint256 price; // quote units per instance-hour
    // of the appliance, once they are read: while the lease accrues they always are
    address provider;
    uint256 grace; // seconds
    uint256 clock; // provider clock, seconds
}

/// @title A lease in memory: its members, what it is worth, and how it ends by itself
/// @dev Members are shifted out of the slots as `Slots` lays them out.
library LeasePosition {
    using SafeCast for uint256;

    uint256 private constant TIME = 160; // bits below a member
    uint256 private constant DEADLINE = 192;
    uint256 private constant PRICE = 224;
    uint256 private constant STATE = 240;
    uint256 private constant REASON = 248;
    uint256 private constant MARKET = 32;
    uint256 private constant DEPOSIT = 64;
    uint256 private constant PAID = 148;
    uint256 private constant FEE = 232;
    uint256 private constant CONFIRMATIONS = 242;
    uint256 private constant DECADE = 250;
    uint256 private constant DUE_BIT = 1 << 254;
    uint256 private constant LIMIT_BIT = 1 << 255;
    uint256 private constant AMOUNT_MASK = (1 << 84) - 1;
    uint256 private constant FEE_MASK = (1 << 10) - 1;
    uint8 private constant DECADE_MASK = 0xf;

    // ---------------------------------------------------------------- storage

    /// @notice Reads both slots.
    function read(Position memory p, Slots storage l) internal view {
        (p.first, p.second) = (l.first, l.second);
        p.price = priceCode(p).decode(decade(p));
    }

    /// @notice Writes both slots.
    function write(Position memory p, Slots storage l) internal {
        (l.first, l.second) = (p.first, p.second);
    }

    /// @notice All members.
    function unpack(Position memory p) internal pure returns (Lease memory) {
        return Lease({
            holder: holder(p),
            time: uint32(time(p)),
            deadline: uint32(deadline(p)),
            price: priceCode(p),
            state: state(p),
            reason: reason(p),
            appliance: appliance(p),
            market: market(p),
            deposit: uint88(deposit(p)),
            paid: uint88(paid(p)),
            confirmations: uint8(confirmations(p)),
            decade: decade(p),
            startFee: feeCode(p)
        });
    }

    // ---------------------------------------------------------------- members

    function holder(Position memory p) internal pure returns (address) {
        return address(uint160(p.first));
    }

    function time(Position memory p) internal pure returns (uint256) {
        return uint32(p.first >> TIME);
    }

    function deadline(Position memory p) internal pure returns (uint256) {
        return uint32(p.first >> DEADLINE);
    }

    function priceCode(Position memory p) internal pure returns (PriceCode) {
        return PriceCode.wrap(uint16(p.first >> PRICE));
    }

    function state(Position memory p) internal pure returns (State) {
        return State(uint8(p.first >> STATE));
    }

    function reason(Position memory p) internal pure returns (CloseReason) {
        return CloseReason(uint8(p.first >> REASON));
    }

    function appliance(Position memory p) internal pure returns (uint32) {
        return uint32(p.second);
    }

    function market(Position memory p) internal pure returns (uint32) {
        return uint32(p.second >> MARKET);
    }

    function deposit(Position memory p) internal pure returns (uint256) {
        return p.second >> DEPOSIT & AMOUNT_MASK;
    }

    function paid(Position memory p) internal pure returns (uint256) {
        return p.second >> PAID & AMOUNT_MASK;
    }

    function confirmations(Position memory p) internal pure returns (uint256) {
        return uint8(p.second >> CONFIRMATIONS);
    }

    function decade(Position memory p) internal pure returns (uint8) {
        return uint8(p.second >> DECADE) & DECADE_MASK;
    }

    /// @notice Its code.
    function feeCode(Position memory p) internal pure returns (StartFee) {
        return StartFee.wrap(uint16(p.second >> FEE & FEE_MASK));
    }

    /// @notice Quote units that the start of a holder without trust costs.
    function startFee(Position memory p) internal pure returns (uint256) {
        return feeCode(p).decode(decade(p));
    }

    /// @notice Whether it uses its holder's limit.
    function withinLimit(Position memory p) internal pure returns (bool) {
        return p.second & LIMIT_BIT != 0;
    }

    /// @notice Whether the next start is its holder's first, though it is Active: it was resold.
    function startDue(Position memory p) internal pure returns (bool) {
        return p.second & DUE_BIT != 0;
    }

    /// @notice Its holder's start is accounted for: within the limit, or beyond.
    function setStarted(Position memory p, bool within) internal pure {
        p.second = p.second & ~(LIMIT_BIT | DUE_BIT) | (within ? LIMIT_BIT : 0);
    }

    /// @notice It no longer uses a limit; its holder's start is not accounted for.
    function setStartDue(Position memory p) internal pure {
        p.second = p.second & ~LIMIT_BIT | DUE_BIT;
    }

    function clearStartFee(Position memory p) internal pure {
        p.second &= ~(FEE_MASK << FEE);
    }

    function setHolder(Position memory p, address value) internal pure {
        p.first = _put(p.first, 0, type(uint160).max, uint160(value));
    }

    function setTime(Position memory p, uint256 value) internal pure {
        p.first = _put(p.first, TIME, type(uint32).max, value.toUint32());
    }

    function setDeadline(Position memory p, uint256 value) internal pure {
        p.first = _put(p.first, DEADLINE, type(uint32).max, value.toUint32());
    }

    function setState(Position memory p, State value) internal pure {
        p.first = _put(p.first, STATE, type(uint8).max, uint8(value));
    }

    function setReason(Position memory p, CloseReason value) internal pure {
        p.first = _put(p.first, REASON, type(uint8).max, uint8(value));
    }

    function setDeposit(Position memory p, uint256 value) internal pure {
        p.second = _put(p.second, DEPOSIT, AMOUNT_MASK, _amount(p, value));
    }

    function setPaid(Position memory p, uint256 value) internal pure {
        p.second = _put(p.second, PAID, AMOUNT_MASK, _amount(p, value));
    }

    /// @notice Of a new lease, what never changes.
    function setAgreed(
        Position memory p,
        address holder_,
        PriceCode price,
        uint32 appliance_,
        uint32 market_,
        uint8 confirmations_,
        uint256 decade_,
        StartFee fee
    ) internal pure {
        p.first = uint256(uint160(holder_)) | uint256(PriceCode.unwrap(price)) << PRICE;
        p.second = uint256(appliance_) | uint256(market_) << MARKET | uint256(confirmations_) << CONFIRMATIONS
            | decade_ << DECADE | uint256(StartFee.unwrap(fee)) << FEE;
    }

    // ------------------------------------------------------------- arithmetic

    /// @notice Whether it is paid in native bitcoin.
    function isBitcoin(Position memory p) internal pure returns (bool) {
        return confirmations(p) != 0;
    }

    /// @notice Whether time costs.
    function accrues(Position memory p) internal pure returns (bool) {
        State s = state(p);
        return s == State.Reserved || s == State.Active;
    }

    /// @notice Whether the VA has been asked for a start and has not answered.
    function awaitsStart(Position memory p) internal pure returns (bool) {
        return deadline(p) != 0 && (state(p) == State.Pending || (accrues(p) && reason(p) == CloseReason.None));
    }

    /// @notice Of the deposit, what is earned by now.
    function earned(Position memory p) internal pure returns (uint256) {
        if (!accrues(p)) {
            if (state(p) != State.Closed) return 0;
            return isBitcoin(p) ? paid(p) : deposit(p);
        }
        uint256 until = reason(p) == CloseReason.Ended ? Math.min(p.clock, deadline(p)) : p.clock;
        uint256 fee = feeEarned(p);
        return fee + LeaseMath.earnedDown(_spendable(p) - fee, p.price, until - time(p));
    }

    /// @notice Of what is earned, the start fee: it is earned first, by the start of a holder beyond the limit.
    function feeEarned(Position memory p) internal pure returns (uint256) {
        State s = state(p);
        if (s == State.Closed) return Math.min(startFee(p), earned(p));
        if (s != State.Active || p.second & (LIMIT_BIT | DUE_BIT) != 0) return 0;
        return Math.min(startFee(p), _spendable(p));
    }

    /// @notice What is earned if the lease ends now for a reason: nothing if it never started because of its provider.
    function earnedAtEnd(Position memory p, CloseReason why) internal pure returns (uint256) {
        bool failed = why == CloseReason.Declined || why == CloseReason.NotStarted;
        return failed && state(p) != State.Active ? 0 : earned(p);
    }

    /// @notice The compute that an amount pays for: thousandths of a compute unit × seconds, rounded down.
    /// @param units of the instance, thousandths
    function computeDown(Position memory p, uint256 amount, uint256 units) internal pure returns (uint256) {
        return amount * 1 hours * units / p.price;
    }

    /// @notice When all is used up, on the provider clock; under notice, when the lease ends. Of a lease that accrues.
    function exhaustedAt(Position memory p) internal pure returns (uint256) {
        if (reason(p) == CloseReason.Ended) return deadline(p);
        return time(p) + LeaseMath.secondsPaidUp(_spendable(p) - feeEarned(p), p.price);
    }

    /// @notice When the lease is over, on the provider clock. Of a lease that accrues.
    function overAt(Position memory p) internal pure returns (uint256) {
        return exhaustedAt(p) + (reason(p) == CloseReason.Ended ? 0 : p.grace);
    }

    /// @notice Whether nothing is left of what accrues.
    function isExhausted(Position memory p) internal pure returns (bool) {
        return accrues(p) && p.clock >= exhaustedAt(p);
    }

    /// @notice Whether grace, or under notice what is paid, has ended.
    function isOver(Position memory p) internal pure returns (bool) {
        return accrues(p) && p.clock >= overAt(p);
    }

    /// @notice How the lease has ended by itself; None while it has not. Whoever ends it finds the same: a start window passes
    /// before the lease is over, so a start that was missed comes first.
    function ended(Position memory p) internal view returns (CloseReason) {
        if (awaitsStart(p) && block.timestamp > deadline(p)) return CloseReason.NotStarted;
        if (!isOver(p)) return CloseReason.None;
        return reason(p) == CloseReason.Ended ? CloseReason.Ended : CloseReason.Exhausted;
    }

    /// @dev The deposit without what is set aside in grace.
    function _spendable(Position memory p) private pure returns (uint256) {
        return isBitcoin(p) ? deposit(p) - paid(p) : deposit(p);
    }

    function _amount(Position memory p, uint256 value) private pure returns (uint256) {
        require(value <= AMOUNT_MASK, ILeases.Leases_AmountTooLarge(p.id, value, AMOUNT_MASK));
        return value;
    }

    function _put(uint256 word, uint256 below, uint256 mask, uint256 value) private pure returns (uint256) {
        return word & ~(mask << below) | value << below;
    }
}
