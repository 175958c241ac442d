// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {PriceCode} from "../exchange/PriceCode.sol";
import {CloseReason, Lease, State} from "./ILeases.sol";
import {LeaseMath} from "./LeaseMath.sol";

/// @notice A lease and all that its worth follows from, read once. The lease is kept as its two slots, since to copy it
/// member by member costs as much as one of them.
struct Position {
    bytes32 id;
    uint256 first; // slot 0 of `Lease`
    uint256 second; // slot 1
    uint256 price; // quote units per instance-hour
    // of the appliance, once they are read: while the lease accrues they always are
    address provider;
    uint256 grace; // seconds
    uint256 clock; // provider clock, seconds
}

/// @title A lease in memory: its members, what it is worth, and how it ends by itself
/// @dev Members are shifted out of the slots as `Lease` lays them out.
library LeasePosition {
    using SafeCast for uint256;

    uint256 private constant TIME = 160; // bits below a member
    uint256 private constant DEADLINE = 192;
    uint256 private constant PRICE = 224;
    uint256 private constant STATE = 240;
    uint256 private constant REASON = 248;
    uint256 private constant MARKET = 32;
    uint256 private constant DEPOSIT = 64;
    uint256 private constant PAID = 152;
    uint256 private constant CONFIRMATIONS = 240;
    uint256 private constant DECADE = 248;
    uint256 private constant WITHIN_LIMIT = 255;
    /// @dev Of the member `decade`, what is the decade.
    uint8 internal constant DECADE_MASK = 0x7f;

    // ---------------------------------------------------------------- storage

    /// @notice Reads both slots.
    function read(Position memory p, Lease storage l) internal view {
        (uint256 first, uint256 second) = (0, 0);
        assembly ("memory-safe") {
            first := sload(l.slot)
            second := sload(add(l.slot, 1))
        }
        (p.first, p.second) = (first, second);
        p.price = PriceCode.wrap(uint16(first >> PRICE)).decode(uint8(second >> DECADE) & DECADE_MASK);
    }

    /// @notice Writes both slots.
    function write(Position memory p, Lease storage l) internal {
        (uint256 first, uint256 second) = (p.first, p.second);
        assembly ("memory-safe") {
            sstore(l.slot, first)
            sstore(add(l.slot, 1), second)
        }
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
        return uint88(p.second >> DEPOSIT);
    }

    function paid(Position memory p) internal pure returns (uint256) {
        return uint88(p.second >> PAID);
    }

    function confirmations(Position memory p) internal pure returns (uint256) {
        return uint8(p.second >> CONFIRMATIONS);
    }

    function withinLimit(Position memory p) internal pure returns (bool) {
        return p.second >> WITHIN_LIMIT != 0;
    }

    function setWithinLimit(Position memory p, bool value) internal pure {
        p.second = value ? p.second | 1 << WITHIN_LIMIT : p.second & ~(uint256(1) << WITHIN_LIMIT);
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
        p.second = _put(p.second, DEPOSIT, type(uint88).max, value.toUint88());
    }

    function setPaid(Position memory p, uint256 value) internal pure {
        p.second = _put(p.second, PAID, type(uint88).max, value.toUint88());
    }

    /// @notice Of a new lease, what never changes.
    function setAgreed(
        Position memory p,
        address holder_,
        PriceCode price,
        uint32 appliance_,
        uint32 market_,
        uint8 confirmations_,
        uint8 decade
    ) internal pure {
        p.first = uint256(uint160(holder_)) | uint256(PriceCode.unwrap(price)) << PRICE;
        p.second = uint256(appliance_) | uint256(market_) << MARKET | uint256(confirmations_) << CONFIRMATIONS
            | uint256(decade) << DECADE;
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
        return LeaseMath.earnedDown(_spendable(p), p.price, until - time(p));
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
        return time(p) + LeaseMath.secondsPaidUp(_spendable(p), p.price);
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

    function _put(uint256 word, uint256 below, uint256 mask, uint256 value) private pure returns (uint256) {
        return word & ~(mask << below) | value << below;
    }
}
