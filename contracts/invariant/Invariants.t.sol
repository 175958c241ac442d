// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Ask} from "../exchange/IExchange.sol";
import {Debt, SMALLEST_DEBT} from "../lease/IBitcoinDebts.sol";
import {BitcoinSide, CloseReason, ILeases, Lease, LeaseStatus, State} from "../lease/ILeases.sol";
import {StakeStatus} from "../registry/IProviders.sol";
import {AskGhost, Kind, LeaseGhost} from "./Ghosts.t.sol";
import {Scenarios} from "./Scenarios.t.sol";
import {UserStatus} from "../trust/ITrust.sol";

/// @dev In this file, since the runner fuzzes only contracts of the files that it was given.
contract Actions is Scenarios {}

/// @notice A lease as the contracts have it, beside what it should be.
struct Seen {
    LeaseGhost ghost;
    Lease stored;
    BitcoinSide side;
    LeaseStatus status;
}

/// @title The invariants; README.md has them in prose, under the same numbers
contract InvariantsTest {
    uint256 private constant PROVIDERS = 3;
    uint256 private constant GRACE = 6 hours;
    uint256 private constant USERS = 3;
    /// @dev As `System` sets them; XOV base units for a compute-unit-hour.
    uint256 private constant METER_FEE = 1e15;
    uint256 private constant POOL_FEE = 3e14;
    uint32 private constant POOLS = 2;
    uint256 private constant UNIT_HOUR = 1000 * 3600;
    /// @dev Each metering rounds up by less than a base unit, each provider's sum here down.
    uint256 private constant ROUNDINGS = 1000;

    Actions private _actions;

    error NeverDone(Kind kind, uint256[] times);

    function setUp() external {
        _actions = new Actions();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_actions);
    }

    /// @notice Every kind of action has succeeded at least once in every run: what chance left out is done now, where the
    /// run has come to, or the run would have proved nothing of it.
    function afterInvariant() external {
        _actions.complete();
        _checkAll();
        uint256[] memory times = new uint256[](uint256(type(Kind).max) + 1);
        for (uint256 k = 0; k < times.length; k++) times[k] = _actions.done(Kind(k));
        for (uint256 k = 0; k < times.length; k++) if (times[k] == 0) revert NeverDone(Kind(k), times);
    }

    /// @notice All of them after every action: one campaign checks as much as six would.
    /// hardhat-config: invariant.runs = 64
    /// hardhat-config: invariant.depth = 200
    /// hardhat-config: invariant.failOnRevert = true
    /// hardhat-config: deep.invariant.runs = 1000
    /// hardhat-config: deep.invariant.depth = 500
    /// hardhat-config: deep.invariant.failOnRevert = true
    function invariant_allHold() external view {
        _checkAll();
    }

    function _checkAll() private view {
        Seen[] memory all = _leases();
        _vaultHoldsItsLedger();
        _operatorsHoldWhatTheyOwe(all);
        _providersHaveWhatWasSettled(all);
        _asksCountTheirInstances(all);
        _lockedStakeCoversAsksAndLeases(all);
        _limitsAreUsedByLeases(all);
        _trustHoldsWhatItOwes();
        _poolsEarnTheirFees();
        for (uint256 i = 0; i < all.length; i++) {
            _depositIsEarnedAndRefundable(all[i]);
            _earnedIsTheTimeDelivered(all[i]);
            _debtsAreWhatWasProven(all[i]);
            if (all[i].ghost.token) _hasNoBitcoinSide(all[i]);
            else _collateralCoversWhatIsOwed(all[i]);
        }
    }

    /// @dev Whatever has become of a lease, its limit is back exactly when it is closed.
    function _limitsAreUsedByLeases(Seen[] memory all) private view {
        uint256[USERS] memory used;
        uint32 units = _actions.classes().computeUnits(_actions.class());
        for (uint256 i = 0; i < all.length; i++) {
            bool runs = all[i].stored.state == State.Active;
            require(runs || !_actions.leases().statusOf(all[i].ghost.id).withinLimit, "10: a lease that does not run");
            if (runs && all[i].status.withinLimit) used[all[i].ghost.holder] += units;
        }
        for (uint256 i = 0; i < USERS; i++) {
            UserStatus memory u = _actions.trust().userOf(_actions.user(i));
            require(u.used == used[i], "10: used");
        }
    }

    function _trustHoldsWhatItOwes() private view {
        (uint256 owed, uint256 burned, uint256 fees) = (0, _entry(_actions.xov(), address(0)), 0);
        for (uint256 i = 0; i < USERS; i++) owed += _actions.trust().seizable(_actions.user(i));
        for (uint256 i = 0; i < PROVIDERS; i++) {
            (uint256 left, uint256 spent) = _actions.trust().purseOf(_actions.provider(i));
            owed += left + spent;
            burned += spent;
            fees += _actions.trust().recordOf(_actions.provider(i)).delivered * METER_FEE / UNIT_HOUR;
        }
        for (uint32 pool = 1; pool <= POOLS; pool++) owed += _actions.trust().poolFeeOf(pool).earned;
        require(_entry(_actions.xov(), address(_actions.trust())) == owed, "11: trust");
        uint256 least = _actions.startPrices() + fees;
        require(burned >= least && burned <= least + ROUNDINGS, "12: burned");
    }

    function _poolsEarnTheirFees() private view {
        for (uint32 pool = 1; pool <= POOLS; pool++) {
            uint256 least;
            for (uint256 i = 0; i < PROVIDERS; i++) {
                (, uint32 sellsIn,) = _actions.providers().providerOf(uint32(i + 1));
                if (sellsIn != pool) continue;
                least += _actions.trust().recordOf(_actions.provider(i)).delivered * POOL_FEE / UNIT_HOUR;
            }
            uint256 earned = _actions.collected(pool) + _actions.trust().poolFeeOf(pool).earned;
            require(earned >= least && earned <= least + ROUNDINGS, "13: a pool's fees");
        }
    }

    function _vaultHoldsItsLedger() private view {
        require(_ledger(_actions.xov()) + _actions.donated() == _held(_actions.xov()), "1: xov");
        require(_ledger(_actions.usd()) == _held(_actions.usd()), "1: the token");
        require(_ledger(_actions.lyingToken()) == _held(_actions.lyingToken()), "1: the token with a fee");
        require(_actions.xov().totalSupply() == _actions.SUPPLY() - _actions.burned(), "1: supply");
    }

    function _operatorsHoldWhatTheyOwe(Seen[] memory all) private view {
        require(_entry(_actions.xov(), address(_actions.exchange())) == 0, "2: exchange");
        require(_entry(_actions.usd(), address(_actions.exchange())) == 0, "2: exchange, the token");
        (uint256 bonds, uint256 deposits) = (0, 0);
        for (uint256 i = 0; i < all.length; i++) {
            bonds += all[i].side.bond;
            if (all[i].ghost.token) deposits += all[i].stored.deposit - all[i].stored.paid;
        }
        require(_entry(_actions.xov(), address(_actions.leases())) == bonds, "2: leases");
        require(_entry(_actions.usd(), address(_actions.leases())) == deposits, "2: leases, the token");
        uint256 stakes;
        for (uint256 i = 0; i < PROVIDERS; i++) {
            uint256 total = _stakeOf(i);
            require(total == _actions.staked(i), "2: a provider's stake");
            stakes += total;
        }
        require(_entry(_actions.xov(), address(_actions.providers())) == stakes, "2: providers");
    }

    function _providersHaveWhatWasSettled(Seen[] memory all) private view {
        uint256[PROVIDERS] memory settled;
        for (uint256 i = 0; i < all.length; i++) {
            if (!all[i].ghost.token) continue;
            settled[all[i].ghost.provider] += all[i].ghost.spentBefore + all[i].stored.paid;
        }
        for (uint256 i = 0; i < PROVIDERS; i++) {
            uint256 had = _entry(_actions.usd(), _actions.provider(i)) + _actions.withdrawn(i);
            require(had == settled[i], "2: a provider's earnings");
        }
    }

    function _depositIsEarnedAndRefundable(Seen memory l) private pure {
        (LeaseGhost memory g, LeaseStatus memory s) = (l.ghost, l.status);
        require(s.deposit == s.earned + s.refundable, "3: deposit");
        require(g.credited == g.taken + g.refunded + g.spentBefore + g.settled + s.deposit, "3: payments");
        if (g.token) require(l.stored.paid <= s.earned, "3: settled");
        else if (g.closedAt == 0) require(l.stored.paid == g.aside, "3: set aside");
        if (g.closedAt != 0) require(s.earned == g.earned, "3: a closed lease's earned");
        if (g.closedAt != 0 && g.token) require(s.refundable == 0, "3: a closed lease's refund");
    }

    function _earnedIsTheTimeDelivered(Seen memory l) private pure {
        (LeaseGhost memory g, LeaseStatus memory s) = (l.ghost, l.status);
        State stored = l.stored.state;
        if (stored == State.Unfunded || stored == State.Pending) require(s.earned == 0, "3: earned before the start");
        if (stored != State.Reserved && stored != State.Active) return;
        require(l.stored.time == g.periodStart, "3: period");
        require((stored == State.Active) == g.started, "3: started");
        bool missed = s.state == State.Closed && s.reason == CloseReason.NotStarted && !g.started;
        require(s.earned == (missed ? 0 : _due(l)), "3: earned");
        require(g.endsAt == 0 || s.exhaustedAt == g.endsAt, "3: notice");
        require(s.overAt == s.exhaustedAt + (g.endsAt == 0 ? GRACE : 0), "3: over");
    }

    function _lockedStakeCoversAsksAndLeases(Seen[] memory all) private view {
        uint256[PROVIDERS] memory locked;
        for (uint256 i = 0; i < _actions.askCount(); i++) {
            Ask memory a = _actions.askNow(i);
            locked[_actions.askGhost(i).provider] += a.quantity * a.lock;
        }
        for (uint256 i = 0; i < all.length; i++) {
            (LeaseGhost memory g, State state) = (all[i].ghost, all[i].stored.state);
            locked[g.provider] += all[i].side.collateral;
            if (state == State.Unfunded || state == State.Pending || state == State.Reserved) {
                locked[g.provider] += g.penalty;
            }
        }
        for (uint256 i = 0; i < PROVIDERS; i++) {
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
        bool exhausted = l.stored.reason == CloseReason.Exhausted;
        bool frozen = g.closedAt == 0 || (!exhausted && block.timestamp < g.closedAt + 1 days);
        if (frozen) require(b.collateral == g.collateral, "6: frozen");
        uint256 owed = l.status.refundable < SMALLEST_DEBT ? 0 : l.status.refundable;
        uint256 covered = owed < b.covered ? owed : b.covered;
        require(b.collateral * g.prepayment >= covered * g.collateral, "6: cover");
        require(b.covered <= g.prepayment && b.collateral + g.forfeited <= g.collateral, "6: more than agreed");
    }

    function _debtsAreWhatWasProven(Seen memory l) private view {
        (LeaseGhost memory g, Debt memory d) = (l.ghost, _actions.debts().debtOf(l.ghost.id));
        require(d.refunded == g.refunding, "9: refunds");
        bool isOwed = g.closedAt != 0 && l.status.refundable > d.refunded;
        uint256 owed = isOwed ? l.status.refundable - d.refunded : 0;
        require(_actions.debts().owedOf(g.id) == (g.token ? 0 : owed), "9: owed");
        require(d.claimed <= g.prepayment && (d.claimed == 0) == (d.payableAt == 0), "9: claim");
        require(g.closedAt != 0 || (d.claimed == 0 && d.refunded == 0), "9: an open lease");
    }

    function _hasNoBitcoinSide(Seen memory l) private pure {
        BitcoinSide memory b = l.side;
        require(b.opener == address(0) && b.bond == 0 && b.collateral == 0 && b.covered == 0, "6: a token lease");
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
        for (uint256 i = 0; i < accounts.length; i++) sum += _entry(token, accounts[i]);
    }

    function _held(IERC20 token) private view returns (uint256) {
        return token.balanceOf(address(_actions.vault()));
    }

    function _entry(IERC20 token, address account) private view returns (uint256) {
        return _actions.vault().balanceOf(token, account);
    }

    function _stakeOf(uint256 i) private view returns (uint256) {
        StakeStatus memory s = _actions.providers().stakeOf(_actions.provider(i));
        return uint256(s.free) + s.locked + s.leaving;
    }

    /// @dev What the seconds since the start of the period, until the end under notice, cost; at most the deposit without
    /// what is set aside.
    function _due(Seen memory l) private pure returns (uint256) {
        uint256 until = l.status.clock;
        if (l.ghost.endsAt != 0 && until > l.ghost.endsAt) until = l.ghost.endsAt;
        uint256 cost = l.ghost.fee + l.status.price * (until - l.ghost.periodStart) / 3600;
        uint256 most = l.status.deposit - l.ghost.aside;
        return cost < most ? cost : most;
    }
}
