// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CloseReason, Launch, LeaseStatus, State} from "../lease/ILeases.sol";
import {Buyer, IResale, Purchase} from "../lease/IResale.sol";
import {LeaseMath} from "../lease/LeaseMath.sol";
import {LeaseTerms} from "../lease/LeaseTerms.sol";
import {vm} from "../mocks/Vm.sol";
import {UserStatus} from "../trust/ITrust.sol";
import {Kind, LeaseGhost} from "./Ghosts.t.sol";
import {PaymentActions} from "./PaymentActions.t.sol";

/// @title What holders, VAs and passers-by do with leases
abstract contract LeaseActions is PaymentActions {
    /// @notice Takes, pays and perhaps goes on, so that runs get beyond the beginning more often.
    function serve(uint256 which, uint256 opener, uint256 prepayment, uint256 hours_, uint256 then) external {
        uint256 i = _leases.length;
        take(which, opener, opener ^ 1, prepayment, then / 8);
        if (i == _leases.length) return;
        if (!_leases[i].token) _credit(i, _termsOf[_leases[i].id].startFee + leases.statusOf(_leases[i].id).price * (1 + hours_ % 16));
        if (leases.lease(_leases[i].id).state == State.Reserved) return;
        if (then % 8 < 5) _start(i);
        else if (then % 8 == 5) _decline(i);
        else if (then % 8 == 6 && !_leases[i].token) _uncredit(i, leases.statusOf(_leases[i].id).deposit);
    }

    /// @notice Time passes with every VA alive until a lease is exhausted, when one may be within sixteen hours.
    function exhaust(uint256 which) external {
        if (which % 3 != 0) return;
        uint256 i = _inState(which % 2 == 0 ? State.Active : State.Reserved, which / 6);
        if (i < _leases.length) _exhaust(i);
    }

    function start(uint256 which) external {
        uint256 i = _leases.length;
        for (uint256 n = 0; n < 3 && i == _leases.length; n++) i = _startable(State((which % 3 + n) % 3 + 2), which / 3);
        if (i < _leases.length) _start(i);
    }

    function launch(uint256 which, uint256 manner) external {
        uint256 i = _running(which % 2 == 0 ? State.Active : State.Reserved, manner % 2 == 0, which / 2);
        if (i < _leases.length) _launch(i, manner / 2 % 2 == 0);
    }

    /// @notice Not each time, or few would come to another end.
    function stop(uint256 which, uint256 manner) external {
        if (which % 4 != 0) return;
        uint256 i = _inState(State(manner % 3 + 2), which / 4);
        if (i < _leases.length) _stop(i, manner / 3 % 2 == 0);
    }

    function giveNotice(uint256 which) external {
        if (which % 3 != 0) return;
        uint256 i = _running(which % 2 == 0 ? State.Active : State.Reserved, which / 6 % 2 == 0, which / 12);
        if (i < _leases.length && !_awaitsStart(i)) _giveNotice(i);
    }

    /// @notice To another user, for nothing: what is paid for it is no concern of the lease's.
    function sell(uint256 which, uint256 to) external {
        if (which % 2 != 0) return;
        uint256 i = _running(which / 2 % 4 == 0 ? State.Reserved : State.Active, to % 2 == 0, which / 8);
        if (i < _leases.length && !_missedStart(i)) _sell(i, to / 2);
    }

    function evict(uint256 which) external {
        if (which % 4 != 0) return;
        uint256 i = _running(which / 4 % 4 == 0 ? State.Reserved : State.Active, which / 16 % 2 == 0, which / 32);
        if (i < _leases.length && !_awaitsStart(i)) _evict(i);
    }

    function decline(uint256 which, uint256 state) external {
        if (which % 4 != 0) return;
        state = state % 4 + 1;
        uint256 i = state == 1 ? _inState(State.Unfunded, which / 4) : _startable(State(state), which / 4);
        if (i < _leases.length) _decline(i);
    }

    function close(uint256 which) external {
        uint256 i = _closable(State(which % 4 + 1), which / 4);
        if (i < _leases.length) _close(i);
    }

    function _exhaust(uint256 i) internal {
        for (uint256 h = 0; h < 16; h++) {
            LeaseStatus memory s = leases.statusOf(_leases[i].id);
            if (s.clock >= s.exhaustedAt) break;
            uint256 left = s.exhaustedAt - s.clock;
            _liveFor(left < 1 hours ? left : 1 hours);
        }
        for (uint256 n = 0; n < _leases.length; n++) _look(n);
    }

    function _start(uint256 i) internal {
        LeaseGhost storage g = _leases[i];
        State before = leases.lease(g.id).state;
        if (before == State.Pending) g.periodStart = providers.clockOf(uint32(g.provider + 1));
        uint256 price = trust.startPriceFor(user(g.holder), classes.computeUnits(class));
        vault.deposit(xov, price, provider(g.provider));
        vm.prank(provider(g.provider));
        leases.start(g.id, "sealed");
        if (!g.started || g.startDue) _accountForStart(i, price);
        (g.started, g.startDue) = (true, false);
        done[before == State.Pending ? Kind.Start : before == State.Reserved ? Kind.StartReserved : Kind.StartAgain]++;
        _look(i);
    }

    /// @dev Within the limit, which holds then; or beyond it, and the fee is earned.
    function _accountForStart(uint256 i, uint256 price) private {
        LeaseGhost storage g = _leases[i];
        UserStatus memory u = trust.userOf(user(g.holder));
        if (leases.statusOf(g.id).withinLimit) return require(u.used <= u.limit, "10: limit");
        g.fee = _termsOf[g.id].startFee;
        startPrices += price;
    }

    function _launch(uint256 i, bool signed) internal {
        LeaseGhost storage g = _leases[i];
        Launch memory spec = Launch(keccak256(abi.encode(SEAL_KEY)), "another");
        if (signed) {
            bytes32 message = LeaseTerms.hashLaunch(g.id, keccak256("another"), _nonce(g), block.timestamp);
            leases.launchBySig(g.id, spec, block.timestamp, _sign(g.holder, _digest(message)));
        } else {
            vm.prank(user(g.holder));
            leases.launch(g.id, spec);
        }
        if (signed) done[Kind.LaunchBySignature]++;
        done[g.started ? Kind.Relaunch : Kind.Launch]++;
        _look(i);
    }

    function _stop(uint256 i, bool signed) internal {
        LeaseGhost storage g = _leases[i];
        uint256 had = _balance(g);
        if (signed) {
            bytes32 message = LeaseTerms.hashStop(g.id, _nonce(g), block.timestamp);
            leases.stopBySig(g.id, block.timestamp, _sign(g.holder, _digest(message)));
        } else {
            vm.prank(user(g.holder));
            leases.stop(g.id);
        }
        _refunded(g, had);
        if (signed) done[Kind.StopBySignature]++;
        done[g.token ? Kind.StopWithToken : Kind.Stop]++;
        _look(i);
    }

    function _sell(uint256 i, uint256 to) internal {
        LeaseGhost storage g = _leases[i];
        LeaseStatus memory before = leases.statusOf(g.id);
        uint256 buyer = (g.holder + 1 + to % (USER_COUNT - 1)) % USER_COUNT;
        IResale resale = leases.RESALE();
        vm.prank(user(g.holder));
        resale.list(g.id, xov, 0, block.timestamp);
        vm.prank(user(buyer));
        resale.buy(
            g.id,
            Purchase(0, _termsOf[g.id].refundScript),
            Launch(keccak256(abi.encode(SEAL_KEY)), "another"),
            Buyer(user(buyer), 0, 0, "")
        );
        g.holder = buyer;
        if (before.withinLimit) g.startDue = !leases.statusOf(g.id).withinLimit;
        if (!g.token && before.state == State.Active) _openPeriod(g, before);
        if (g.token) done[Kind.Sell]++;
        // only what was used is rounded
        else if (before.earned > 0) done[Kind.SellForBitcoin]++;
        _look(i);
    }

    /// @dev What was used is rounded up once, as whoever sells pays for it.
    function _openPeriod(LeaseGhost storage g, LeaseStatus memory before) private {
        uint256 used = g.fee + LeaseMath.costUp(before.price, before.clock - g.periodStart);
        g.spentBefore += used < before.deposit ? used : before.deposit;
        (g.earned, g.fee, g.periodStart) = (0, 0, before.clock);
    }

    function _evict(uint256 i) internal {
        LeaseGhost storage g = _leases[i];
        (LeaseStatus memory before, uint256 had) = (leases.statusOf(g.id), _balance(g));
        vm.prank(provider(g.provider));
        leases.evict(g.id, "lost");
        _refunded(g, had);
        LeaseStatus memory s = leases.statusOf(g.id);
        require(s.reason == CloseReason.Evicted && s.earned == before.earned, "3: evicted");
        done[Kind.Evict]++;
        _look(i);
    }

    function _giveNotice(uint256 i) internal {
        LeaseGhost storage g = _leases[i];
        g.endsAt = leases.statusOf(g.id).exhaustedAt;
        vm.prank(provider(g.provider));
        leases.giveNotice(g.id);
        done[Kind.GiveNotice]++;
        _look(i);
    }

    function _decline(uint256 i) internal {
        LeaseGhost storage g = _leases[i];
        (State before, uint256 had) = (leases.lease(g.id).state, _balance(g));
        vm.prank(provider(g.provider));
        leases.decline(g.id, "no");
        _refunded(g, had);
        if (before == State.Unfunded) done[Kind.DeclineUnfunded]++;
        else if (before == State.Pending) done[Kind.DeclinePending]++;
        else done[before == State.Reserved ? Kind.DeclineLaunch : Kind.DeclineRelaunch]++;
        _look(i);
    }

    function _close(uint256 i) internal {
        LeaseGhost storage g = _leases[i];
        (State before, uint256 had) = (leases.lease(g.id).state, _balance(g));
        leases.close(g.id);
        _refunded(g, had);
        CloseReason reason = leases.lease(g.id).reason;
        if (reason == CloseReason.Unpaid) done[Kind.CloseUnpaid]++;
        else if (reason == CloseReason.Exhausted) done[Kind.CloseExhausted]++;
        else if (reason == CloseReason.Ended) done[Kind.CloseEnded]++;
        else if (before == State.Pending) done[Kind.CloseNotStarted]++;
        else done[before == State.Reserved ? Kind.CloseReservedNotStarted : Kind.CloseRelaunchNotStarted]++;
        _look(i);
    }

    function _balance(LeaseGhost storage g) private view returns (uint256) {
        return vault.balanceOf(usd, user(g.holder));
    }

    function _refunded(LeaseGhost storage g, uint256 had) private {
        g.refunded += _balance(g) - had;
    }

    function _nonce(LeaseGhost storage g) private view returns (uint256) {
        return leases.nonces(user(g.holder));
    }

    function _digest(bytes32 message) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("XOV Leases"),
                keccak256("1"),
                block.chainid,
                address(leases)
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, message));
    }
}
