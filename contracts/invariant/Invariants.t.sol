// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Ask} from "../exchange/IExchange.sol";
import {BitcoinSide, ILeases, Lease, LeaseStatus, State} from "../lease/ILeases.sol";
import {Stake} from "../registry/IProviders.sol";
import {AskGhost, Kind, LeaseGhost} from "./Ghosts.t.sol";
import {LeaseActions} from "./LeaseActions.t.sol";

/// @dev In this file, since the runner fuzzes only contracts of the files that it was given.
contract Actions is LeaseActions {}

/// @notice A lease as the contracts have it, beside what it should be.
struct Seen {
    LeaseGhost ghost;
    Lease stored;
    BitcoinSide side;
    LeaseStatus status;
}

/// @title The invariants; README.md has them in prose, under the same numbers
contract InvariantsTest {
    Actions private _actions;

    error NeverDone(Kind kind, uint256[] times);

    function setUp() external {
        _actions = new Actions();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_actions);
    }

    /// @notice Every kind of action succeeded at least once in every run, or the run proved nothing of it.
    function afterInvariant() external view {
        uint256[] memory times = new uint256[](uint256(type(Kind).max) + 1);
        for (uint256 k = 0; k < times.length; k++) times[k] = _actions.done(Kind(k));
        for (uint256 k = 0; k < times.length; k++) if (times[k] == 0) revert NeverDone(Kind(k), times);
    }

    /// @notice All of them after every action: one campaign checks as much as six would.
    /// hardhat-config: invariant.runs = 4
    /// hardhat-config: invariant.depth = 1000
    /// hardhat-config: invariant.failOnRevert = true
    function invariant_allHold() external view {
        Seen[] memory all = _leases();
        _vaultHoldsItsLedger();
        _operatorsHoldWhatTheyOwe(all);
        _asksCountTheirInstances(all);
        _lockedStakeCoversAsksAndLeases(all);
        for (uint256 i = 0; i < all.length; i++) {
            _depositIsEarnedAndRefundable(all[i]);
            _collateralCoversWhatIsOwed(all[i]);
        }
    }

    function _vaultHoldsItsLedger() private view {
        require(_ledger(_actions.xov()) + _actions.donated() == _held(_actions.xov()), "1: xov");
        require(_ledger(_actions.lyingToken()) == _held(_actions.lyingToken()), "1: the token with a fee");
        require(_actions.xov().totalSupply() == _actions.SUPPLY() - _actions.burned(), "1: supply");
    }

    function _operatorsHoldWhatTheyOwe(Seen[] memory all) private view {
        require(_entry(address(_actions.exchange())) == 0, "2: exchange");
        uint256 bonds;
        for (uint256 i = 0; i < all.length; i++) bonds += all[i].side.bond;
        require(_entry(address(_actions.leases())) == bonds, "2: leases");
        uint256 stakes;
        for (uint256 i = 0; i < 3; i++) {
            uint256 total = _stakeOf(i);
            require(total == _actions.staked(i), "2: a provider's stake");
            stakes += total;
        }
        require(_entry(address(_actions.providers())) == stakes, "2: providers");
    }

    function _depositIsEarnedAndRefundable(Seen memory l) private pure {
        (LeaseGhost memory g, LeaseStatus memory s) = (l.ghost, l.status);
        require(s.deposit == s.earned + s.refundable, "3: deposit");
        require(g.credited - g.taken == g.spentBefore + s.deposit, "3: payments");
        if (g.closedAt != 0) require(s.earned == g.earned, "3: a closed lease's earned");
        require(g.started || s.earned == 0, "3: earned before the start");
        if (l.stored.state == State.Active) require(s.earned == _due(s, l.stored.time), "3: earned");
    }

    function _lockedStakeCoversAsksAndLeases(Seen[] memory all) private view {
        uint256[3] memory locked;
        for (uint256 i = 0; i < _actions.askCount(); i++) {
            Ask memory a = _actions.askNow(i);
            locked[_actions.askGhost(i).provider] += a.quantity * a.lock;
        }
        for (uint256 i = 0; i < all.length; i++) {
            (LeaseGhost memory g, State state) = (all[i].ghost, all[i].stored.state);
            locked[g.provider] += all[i].side.collateral;
            if (state == State.Unfunded || state == State.Pending) locked[g.provider] += g.penalty;
        }
        for (uint256 i = 0; i < 3; i++) {
            require(_actions.providers().stakeOf(_actions.provider(i)).locked == locked[i], "4");
        }
    }

    function _asksCountTheirInstances(Seen[] memory all) private view {
        uint256[] memory unfunded = new uint256[](_actions.askCount());
        for (uint256 i = 0; i < all.length; i++) {
            BitcoinSide memory b = all[i].side;
            require(b.place == 0 || all[i].stored.state == State.Unfunded, "5: a reservation that is over");
            require(b.bond == 0 || b.place != 0, "5: a bond without a reservation");
            if (b.place != 0) unfunded[all[i].ghost.ask]++;
        }
        for (uint256 i = 0; i < _actions.askCount(); i++) {
            AskGhost memory g = _actions.askGhost(i);
            if (g.removed) continue;
            Ask memory a = _actions.askNow(i);
            require(a.quantity == g.left, "5: quantity");
            require(a.reservation.unfunded == unfunded[i], "5: unfunded");
        }
    }

    function _collateralCoversWhatIsOwed(Seen memory l) private view {
        (LeaseGhost memory g, BitcoinSide memory b) = (l.ghost, l.side);
        bool frozen = g.closedAt == 0 || (!g.started && block.timestamp < g.closedAt + 1 days);
        if (frozen) require(b.collateral == g.collateral, "6: frozen");
        uint256 owed = l.status.refundable;
        uint256 covered = owed < b.covered ? owed : b.covered;
        require(b.collateral * g.prepayment >= covered * g.collateral, "6: cover");
        require(b.covered <= g.prepayment && b.collateral <= g.collateral, "6: more than agreed");
    }

    function _leases() private view returns (Seen[] memory all) {
        ILeases leases = _actions.leases();
        all = new Seen[](_actions.leaseCount());
        for (uint256 i = 0; i < all.length; i++) {
            LeaseGhost memory g = _actions.leaseGhost(i);
            all[i] = Seen(g, leases.lease(g.id), leases.bitcoinSide(g.id), leases.statusOf(g.id));
        }
    }

    function _ledger(IERC20 token) private view returns (uint256 sum) {
        address[] memory accounts = _actions.accounts();
        for (uint256 i = 0; i < accounts.length; i++) sum += _actions.vault().balanceOf(token, accounts[i]);
    }

    function _held(IERC20 token) private view returns (uint256) {
        return token.balanceOf(address(_actions.vault()));
    }

    function _entry(address account) private view returns (uint256) {
        return _actions.vault().balanceOf(_actions.xov(), account);
    }

    function _stakeOf(uint256 i) private view returns (uint256) {
        Stake memory s = _actions.providers().stakeOf(_actions.provider(i));
        return uint256(s.free) + s.locked + s.leaving;
    }

    /// @dev What the seconds since the start of the period cost, at most the deposit.
    function _due(LeaseStatus memory s, uint256 startedAt) private pure returns (uint256) {
        uint256 cost = s.price * (s.clock - startedAt) / 3600;
        return cost < s.deposit ? cost : s.deposit;
    }
}
