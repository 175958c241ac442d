// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BitcoinSide, CloseReason, LeaseStatus, State} from "../lease/ILeases.sol";
import {vm} from "../mocks/Vm.sol";
import {Kind, LeaseGhost} from "./Ghosts.t.sol";
import {MarketActions} from "./MarketActions.t.sol";

/// @title Payments to leases, and what VAs and passers-by do with them
abstract contract LeaseActions is MarketActions {
    /// @notice Takes, pays and perhaps goes on, so that runs get beyond the beginning more often.
    function serve(uint256 which, uint256 opener, uint256 prepayment, uint256 hours_, uint256 then) external {
        uint256 i = _leases.length;
        take(which, opener, opener ^ 1, prepayment);
        if (i == _leases.length) return;
        _credit(i, leases.statusOf(_leases[i].id).price * (1 + hours_ % 16));
        if (then % 8 < 4) start(i);
        if (then % 8 == 4) _decline(i, Kind.DeclinePending);
        if (then % 8 == 5) _credit(i, 1);
        if (then % 8 == 6) _uncredit(i, leases.statusOf(_leases[i].id).deposit);
    }

    function credit(uint256 which, uint256 hours_, uint256 dust) external {
        uint256 i = _leases.length;
        for (uint256 n = 0; n < 4 && i == _leases.length; n++) {
            State state = State((which + n) % 4 + 1);
            i = state == State.Active ? _running(which / 4) : _inState(state, which / 4);
        }
        if (i == _leases.length) return;
        uint256 price = leases.statusOf(_leases[i].id).price;
        _credit(i, price * (hours_ % 2 * _within(hours_, 1, 8)) + _within(dust, 0, price - 1));
    }

    /// @notice Time passes with every VA alive until an active lease is exhausted, when one may be within sixteen hours.
    function exhaust(uint256 which) external {
        if (which % 3 != 0) return;
        uint256 i = _inState(State.Active, which / 3);
        if (i == _leases.length) return;
        for (uint256 h = 0; h < 16; h++) {
            LeaseStatus memory s = leases.statusOf(_leases[i].id);
            if (s.clock >= s.exhaustedAt) break;
            uint256 left = s.exhaustedAt - s.clock;
            _liveFor(left < 1 hours ? left : 1 hours);
        }
        for (uint256 n = 0; n < _leases.length; n++) _look(n);
    }

    /// @notice Revives a lease in grace, when there is one; not each time, or none would ever end.
    function revive(uint256 which, uint256 amount) external {
        if (amount % 3 != 0) return;
        for (uint256 n = 0; n < _leases.length; n++) {
            uint256 i = (which % _leases.length + n) % _leases.length;
            LeaseStatus memory s = leases.statusOf(_leases[i].id);
            if (s.state != State.Active || s.clock < s.exhaustedAt) continue;
            return _credit(i, s.price + amount % s.price);
        }
    }

    function uncredit(uint256 which, uint256 amount) external {
        uint256 i = _inState(State(which % 4 + 1), which / 4);
        if (i < _leases.length) _uncredit(i, amount);
    }

    function start(uint256 which) public {
        uint256 i = _startable(which);
        if (i == _leases.length) return;
        LeaseGhost storage g = _leases[i];
        vm.prank(provider(g.provider));
        leases.start(g.id, "sealed");
        g.started = true;
        done[Kind.Start]++;
        _look(i);
    }

    function decline(uint256 which, bool pending) external {
        if (which % 4 != 0) return;
        uint256 i = pending ? _startable(which / 4) : _inState(State.Unfunded, which / 4);
        if (i < _leases.length) _decline(i, pending ? Kind.DeclinePending : Kind.DeclineUnfunded);
    }

    function close(uint256 which) external {
        uint256 i = _closable(State(which % 3 + 1), which / 3);
        if (i == _leases.length) return;
        LeaseGhost storage g = _leases[i];
        State state = leases.lease(g.id).state;
        leases.close(g.id);
        if (state == State.Pending) {
            burned += g.penalty;
            staked[g.provider] -= g.penalty;
        }
        _countClose(leases.lease(g.id).reason);
        _look(i);
    }

    function releaseCollateral(uint256 which) external {
        uint256 i = _inState(State.Closed, which);
        if (i == _leases.length) return;
        LeaseGhost storage g = _leases[i];
        BitcoinSide memory b = leases.bitcoinSide(g.id);
        if (leases.statusOf(g.id).refundable >= b.covered) return;
        if (!g.started && block.timestamp < g.closedAt + 1 days) return;
        leases.releaseCollateral(g.id);
        done[Kind.ReleaseCollateral]++;
        _look(i);
    }

    function _credit(uint256 i, uint256 amount) private {
        LeaseGhost storage g = _leases[i];
        LeaseStatus memory before = leases.statusOf(g.id);
        bool revives =
            before.state == State.Active && before.clock >= before.exhaustedAt && before.clock < before.overAt;
        leases.credit(g.id, amount);
        g.credited += amount;
        if (revives) (g.spentBefore, g.earned) = (g.spentBefore + before.deposit, 0);
        _count(before.state, leases.lease(g.id).state, revives);
        _look(i);
    }

    function _uncredit(uint256 i, uint256 amount) private {
        LeaseGhost storage g = _leases[i];
        LeaseStatus memory before = leases.statusOf(g.id);
        amount = _within(amount, 0, g.credited);
        uint256 taken = leases.uncredit(g.id, amount);
        assert(taken == (amount < before.refundable ? amount : before.refundable));
        g.taken += taken;
        done[Kind.Uncredit]++;
        if (before.state == State.Pending && leases.lease(g.id).state == State.Unfunded) done[Kind.Unfund]++;
        _look(i);
    }

    function _decline(uint256 i, Kind kind) private {
        LeaseGhost storage g = _leases[i];
        vm.prank(provider(g.provider));
        leases.decline(g.id, "no");
        done[kind]++;
        _look(i);
    }

    function _count(State before, State now_, bool revives) private {
        if (before == State.Unfunded) done[now_ == State.Pending ? Kind.Fund : Kind.CreditUnfunded]++;
        else if (before == State.Pending) done[Kind.CreditPending]++;
        else if (before == State.Active) done[revives ? Kind.Revive : Kind.CreditActive]++;
        else done[Kind.CreditClosed]++;
    }

    function _countClose(CloseReason reason) private {
        if (reason == CloseReason.Unpaid) done[Kind.CloseUnpaid]++;
        if (reason == CloseReason.NotStarted) done[Kind.CloseNotStarted]++;
        if (reason == CloseReason.Exhausted) done[Kind.CloseExhausted]++;
    }
}
