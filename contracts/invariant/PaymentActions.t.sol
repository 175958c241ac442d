// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SMALLEST_DEBT} from "../lease/IBitcoinDebts.sol";
import {BitcoinSide, CloseReason, ILeases, Lease, LeaseStatus, State} from "../lease/ILeases.sol";
import {LeaseMath} from "../lease/LeaseMath.sol";
import {vm} from "../mocks/Vm.sol";
import {Kind, LeaseGhost} from "./Ghosts.t.sol";
import {MarketActions} from "./MarketActions.t.sol";

/// @title Payments to leases in both currencies, settlements and releases
abstract contract PaymentActions is MarketActions {
    function credit(uint256 which, uint256 hours_, uint256 dust) external {
        uint256 i = _leases.length;
        for (uint256 n = 0; n < 5 && i == _leases.length; n++) i = _creditable(State((which % 5 + n) % 5 + 1), which / 5);
        if (i == _leases.length) return;
        uint256 price = leases.statusOf(_leases[i].id).price;
        _credit(i, price * (hours_ % 2 * _within(hours_, 1, 8)) + _within(dust, 0, price - 1));
    }

    /// @notice Pays for a lease in grace, when there is one; not each time, or none would ever end.
    function revive(uint256 which, uint256 amount) external {
        if (amount % 3 != 0) return;
        for (uint256 n = 0; n < _leases.length; n++) {
            uint256 i = (which % _leases.length + n) % _leases.length;
            if (!_isInGrace(i) || _awaitsStart(i)) continue;
            uint256 price = leases.statusOf(_leases[i].id).price;
            if (_leases[i].token) return _topUp(i, amount % USER_COUNT, _within(amount, price / 6 + 1, 2 * price));
            return _credit(i, _within(amount, 1, price / 3));
        }
    }

    function topUp(uint256 which, uint256 who, uint256 amount) external {
        uint256 i = _running(which % 2 == 0 ? State.Active : State.Reserved, true, which / 2);
        if (i == _leases.length) return;
        LeaseStatus memory s = leases.statusOf(_leases[i].id);
        // a prepayment may have a start fee beside its 720 hours
        if (s.refundable > s.price * 720) return;
        uint256 room = s.price * 720 - s.refundable;
        _topUp(i, who % USER_COUNT, _within(amount, 0, room < 4 * s.price ? room : 4 * s.price));
    }

    function uncredit(uint256 which, uint256 amount) external {
        uint256 i = _creditable(State(which % 5 + 1), which / 5);
        if (i < _leases.length) _uncredit(i, amount);
    }

    function settle(uint256 which) external {
        for (uint256 n = 0; n < _leases.length; n++) {
            uint256 i = (which % _leases.length + n) % _leases.length;
            if (_leases[i].token && _settle(i)) return;
        }
    }

    function releaseCollateral(uint256 which) external {
        uint256 i = _creditable(State.Closed, which);
        if (i < _leases.length) _release(i);
    }

    function _release(uint256 i) internal {
        LeaseGhost storage g = _leases[i];
        BitcoinSide memory b = leases.bitcoinSide(g.id);
        uint256 owed = leases.statusOf(g.id).refundable;
        if (owed < SMALLEST_DEBT) owed = 0;
        if (LeaseMath.collateralUp(b.collateral, b.covered, owed) == b.collateral) return;
        if (!_isFreed(i)) return _tryToRelease(g.id);
        leases.releaseCollateral(g.id);
        done[Kind.ReleaseCollateral]++;
        _look(i);
    }

    /// @dev Nothing is released before its time, however often somebody asks.
    function _tryToRelease(bytes32 id) private {
        try leases.releaseCollateral(id) {
            revert("6: released early");
        } catch (bytes memory reason) {
            require(bytes4(reason) == ILeases.Leases_HeldUntil.selector, "6: refused for another reason");
        }
    }

    function _credit(uint256 i, uint256 amount) internal {
        LeaseGhost storage g = _leases[i];
        LeaseStatus memory before = leases.statusOf(g.id);
        State stored = leases.lease(g.id).state;
        bool grace = _isInGrace(i) && !_awaitsStart(i);
        bool revives = grace && g.aside + amount >= (before.price + 5) / 6;
        leases.credit(g.id, amount);
        g.credited += amount;
        if (revives) {
            (g.spentBefore, g.earned, g.aside) = (g.spentBefore + before.deposit - g.aside, 0, 0);
            g.fee = 0;
            g.periodStart = before.clock;
            done[Kind.Revive]++;
        } else if (grace) {
            g.aside += amount;
            done[Kind.SetAside]++;
        } else {
            _countCredit(i, stored, leases.lease(g.id));
        }
        if (_accrues(leases.lease(g.id).state) && stored == State.Unfunded) g.periodStart = before.clock;
        _look(i);
    }

    function _topUp(uint256 i, uint256 who, uint256 amount) internal {
        LeaseGhost storage g = _leases[i];
        if (!_has(who, amount)) return;
        LeaseStatus memory before = leases.statusOf(g.id);
        bool revives = _isInGrace(i) && !_awaitsStart(i);
        vm.prank(user(who));
        leases.topUp(g.id, amount);
        g.credited += amount;
        if (revives) {
            (g.spentBefore, g.earned, g.periodStart) = (g.spentBefore + before.deposit, 0, before.clock);
            g.fee = 0;
        }
        done[revives ? Kind.ReviveWithToken : Kind.TopUp]++;
        _look(i);
    }

    function _uncredit(uint256 i, uint256 amount) internal {
        LeaseGhost storage g = _leases[i];
        LeaseStatus memory before = leases.statusOf(g.id);
        State stored = leases.lease(g.id).state;
        amount = _within(amount, 0, g.credited);
        uint256 taken = leases.uncredit(g.id, amount);
        // of a lease that is over and not closed yet, as it is stored
        if (before.state == stored) assert(taken == (amount < before.refundable ? amount : before.refundable));
        g.taken += taken;
        if (stored != State.Closed && g.aside > 0) {
            g.aside -= taken;
            if (taken > 0) done[Kind.UncreditAside]++;
        }
        done[Kind.Uncredit]++;
        if (before.state == State.Pending && leases.lease(g.id).state == State.Unfunded) done[Kind.Unfund]++;
        _look(i);
    }

    function _settle(uint256 i) internal returns (bool) {
        LeaseGhost storage g = _leases[i];
        Lease memory l = leases.lease(g.id);
        uint256 earned = leases.statusOf(g.id).earned;
        if ((l.state != State.Active && l.state != State.Closed) || earned == l.paid) return false;
        uint256 amount = leases.settle(g.id);
        assert(amount == earned - l.paid);
        done[l.state == State.Active ? Kind.SettleActive : Kind.SettleClosed]++;
        _look(i);
        return true;
    }

    /// @dev Exhausted, and not over yet.
    function _isInGrace(uint256 i) internal view returns (bool) {
        LeaseStatus memory s = leases.statusOf(_leases[i].id);
        return _accrues(s.state) && s.clock >= s.exhaustedAt;
    }

    /// @dev Whether what a closed lease does not owe may be released.
    function _isFreed(uint256 i) internal view returns (bool) {
        if (leases.lease(_leases[i].id).reason == CloseReason.Exhausted) return true;
        return block.timestamp >= _leases[i].closedAt + 1 days;
    }

    /// @dev The first lease paid in bitcoin in `state` as stored; the ghosts' length when there is none.
    function _creditable(State state, uint256 seed) private view returns (uint256) {
        for (uint256 n = 0; n < _leases.length; n++) {
            uint256 i = (seed % _leases.length + n) % _leases.length;
            if (!_leases[i].token && leases.lease(_leases[i].id).state == state) return i;
        }
        return _leases.length;
    }

    function _countCredit(uint256 i, State before, Lease memory l) private {
        if (before == State.Unfunded) {
            if (l.state == State.Unfunded) done[Kind.CreditUnfunded]++;
            else done[l.state == State.Reserved ? Kind.FundReserving : Kind.Fund]++;
        } else if (before == State.Closed) {
            done[Kind.CreditClosed]++;
        } else if (l.state == State.Closed) {
            done[Kind.CloseByCredit]++;
        } else if (_leases[i].endsAt != 0) {
            done[Kind.CreditUnderNotice]++;
        } else {
            done[
                before == State.Pending
                    ? Kind.CreditPending
                    : before == State.Reserved ? Kind.CreditReserved : Kind.CreditActive
            ]++;
        }
    }
}
