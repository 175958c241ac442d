// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ask} from "../exchange/IExchange.sol";
import {OrderId} from "../exchange/OrderId.sol";
import {CloseReason, Lease, LeaseStatus, State, Terms} from "../lease/ILeases.sol";
import {LyingToken, Manner} from "../mocks/LyingToken.sol";
import {System} from "./System.t.sol";

enum Kind {
    Deposit,
    DepositWithFee,
    Withdraw,
    WithdrawEarnings,
    Donate,
    Stake,
    RequestUnstake,
    WithdrawStake,
    Beat,
    CollectPoolFees,
    ChangeRatio,
    Place,
    PlaceForToken,
    Reduce,
    Cancel,
    CancelExpired,
    Take,
    TakeForToken,
    TakeWithPermit,
    TakeReserving,
    CreditUnfunded,
    CreditPending,
    CreditReserved,
    CreditActive,
    CreditUnderNotice,
    CreditClosed,
    Fund,
    FundReserving,
    SetAside,
    Revive,
    TopUp,
    ReviveWithToken,
    Uncredit,
    UncreditAside,
    Unfund,
    SettleActive,
    SettleClosed,
    Start,
    StartReserved,
    StartAgain,
    Launch,
    Relaunch,
    LaunchBySignature,
    Stop,
    StopWithToken,
    StopBySignature,
    Sell,
    SellForBitcoin,
    GiveNotice,
    DeclineUnfunded,
    DeclinePending,
    DeclineLaunch,
    DeclineRelaunch,
    Evict,
    CloseUnpaid,
    CloseNotStarted,
    CloseReservedNotStarted,
    CloseRelaunchNotStarted,
    CloseExhausted,
    CloseEnded,
    CloseByCredit,
    ReleaseCollateral,
    Refund,
    ConfirmRefund,
    RevokeRefund,
    Claim,
    Collect
}

/// @notice What a lease should be, by what was done to it.
struct LeaseGhost {
    bytes32 id;
    uint256 ask; // index
    uint256 provider; // index
    uint256 holder; // index of the user
    bool token;
    uint256 penalty;
    uint256 prepayment;
    uint256 collateral; // at the take
    uint256 credited;
    uint256 taken; // back
    uint256 refunded; // to the holder's vault balance
    uint256 refunding; // in bitcoin, proven and not confirmed
    uint256 settled; // of what was owed in bitcoin, for good
    uint256 forfeited; // XOV of the collateral, to the holder
    uint256 spentBefore; // in periods that are over
    uint256 aside; // came in grace, too little for a new period
    uint256 fee; // earned by the start, in this period
    uint256 earned; // when last looked at, in this period
    uint256 periodStart; // provider clock
    uint256 endsAt; // provider clock, under notice; else zero
    uint256 closedAt; // wall time; zero while open
    bool started;
    bool startDue; // its buyer's, though it has started
    State state; // when last looked at, as it is by arithmetic
}

/// @notice What an ask should be.
struct AskGhost {
    OrderId order;
    uint256 provider; // index
    bool removed; // or sold out
    uint256 left;
}

/// @title What the handlers remember, to compare the contracts with
abstract contract Ghosts is System {
    LyingToken public lyingToken;

    LeaseGhost[] internal _leases;
    AskGhost[] internal _asks;
    mapping(bytes32 leaseId => Terms) internal _termsOf;
    /// @notice Sent to the vault past its ledger.
    uint256 public donated;
    /// @notice Burned as a penalty, in all and of each provider.
    uint256 public burned;
    /// @notice Of starts beyond limits, as they were told beforehand.
    uint256 public startPrices;
    /// @notice What the operator of a pool has collected, XOV base units.
    mapping(uint32 pool => uint256) public collected;
    /// @notice Of the token, by each provider.
    mapping(uint256 provider => uint256) public withdrawn;
    mapping(uint256 provider => uint256) public staked;
    /// @dev To take stake out, since none was waiting: at least those that wait.
    mapping(uint256 provider => uint256) internal requests;
    mapping(Kind kind => uint256 times) public done;

    constructor() {
        lyingToken = new LyingToken();
        lyingToken.setManner(Manner.TakesTenth);
        for (uint256 i = 0; i < PROVIDER_COUNT; i++) staked[i] = providers.stakeOf(provider(i)).free;
    }

    function leaseCount() external view returns (uint256) {
        return _leases.length;
    }

    function leaseGhost(uint256 i) external view returns (LeaseGhost memory) {
        return _leases[i];
    }

    function askCount() external view returns (uint256) {
        return _asks.length;
    }

    function askGhost(uint256 i) external view returns (AskGhost memory) {
        return _asks[i];
    }

    /// @notice Zeroes once the ask is gone.
    function askNow(uint256 i) external view returns (Ask memory a) {
        if (!_asks[i].removed) a = exchange.ask(_asks[i].order);
    }

    /// @notice Everyone who has an entry in the vault.
    function accounts() public view returns (address[] memory all) {
        all = new address[](PROVIDER_COUNT + USER_COUNT + 6);
        uint256 n;
        for (uint256 i = 0; i < PROVIDER_COUNT; i++) all[n++] = provider(i);
        for (uint256 i = 0; i < USER_COUNT; i++) all[n++] = user(i);
        (all[n++], all[n++], all[n++]) = (address(providers), address(exchange), address(leases));
        (all[n++], all[n++]) = (address(this), address(trust));
        // what is retired and not burned yet
        all[n] = address(0);
    }

    /// @dev The first ask that was not removed, from a place that `seed` chooses; the ghosts' length when there is none.
    function _present(uint256 seed) internal view returns (uint256) {
        for (uint256 n = 0; n < _asks.length; n++) {
            uint256 i = (seed % _asks.length + n) % _asks.length;
            if (!_asks[i].removed) return i;
        }
        return _asks.length;
    }

    /// @dev The first ask that may be taken, from a place that `seed` chooses; the ghosts' length when there is none.
    function _takeable(uint256 seed) internal view returns (uint256) {
        for (uint256 n = 0; n < _asks.length; n++) {
            uint256 i = (seed % _asks.length + n) % _asks.length;
            if (_asks[i].removed) continue;
            Ask memory a = exchange.ask(_asks[i].order);
            uint256 unfunded = a.reservation.unfunded;
            if (block.timestamp <= a.expiry && unfunded < (a.quantity + unfunded + 3) / 4) return i;
        }
        return _asks.length;
    }

    /// @dev The first lease in `state` as stored, from a place that `seed` chooses; the ghosts' length when there is none.
    function _inState(State state, uint256 seed) internal view returns (uint256) {
        for (uint256 n = 0; n < _leases.length; n++) {
            uint256 i = (seed % _leases.length + n) % _leases.length;
            if (leases.lease(_leases[i].id).state == state) return i;
        }
        return _leases.length;
    }

    /// @dev The first lease in `state` within its start window; the ghosts' length when there is none.
    function _startable(State state, uint256 seed) internal view returns (uint256) {
        for (uint256 n = 0; n < _leases.length; n++) {
            uint256 i = (seed % _leases.length + n) % _leases.length;
            if (leases.lease(_leases[i].id).state == state && _awaitsStart(i) && !_missedStart(i)) return i;
        }
        return _leases.length;
    }

    /// @dev The first lease that accrues, for `token` or bitcoin, not exhausted and not under notice; the ghosts' length
    /// when there is none.
    function _running(State state, bool token, uint256 seed) internal view returns (uint256) {
        for (uint256 n = 0; n < _leases.length; n++) {
            uint256 i = (seed % _leases.length + n) % _leases.length;
            if (_leases[i].token != token || _leases[i].endsAt != 0) continue;
            LeaseStatus memory s = leases.statusOf(_leases[i].id);
            if (s.state == state && s.clock < s.exhaustedAt) return i;
        }
        return _leases.length;
    }

    /// @dev The first lease in `state` as stored whose end has come; the ghosts' length when there is none.
    function _closable(State state, uint256 seed) internal view returns (uint256) {
        for (uint256 n = 0; n < _leases.length; n++) {
            uint256 i = (seed % _leases.length + n) % _leases.length;
            Lease memory l = leases.lease(_leases[i].id);
            if (l.state != state) continue;
            if (state == State.Unfunded && block.timestamp > l.time) return i;
            if (_missedStart(i)) return i;
            if (_accrues(state) && leases.statusOf(_leases[i].id).state == State.Closed) return i;
        }
        return _leases.length;
    }

    function _awaitsStart(uint256 i) internal view returns (bool) {
        return leases.statusOf(_leases[i].id).startBy != 0;
    }

    function _missedStart(uint256 i) internal view returns (bool) {
        return _awaitsStart(i) && block.timestamp > leases.statusOf(_leases[i].id).startBy;
    }

    function _accrues(State state) internal pure returns (bool) {
        return state == State.Reserved || state == State.Active;
    }

    /// @dev Keeps what this moment says of a lease, after requiring that it may follow what was said before.
    function _look(uint256 i) internal {
        LeaseGhost storage g = _leases[i];
        LeaseStatus memory s = leases.statusOf(g.id);
        require(_mayFollow(g.state, s.state), "7: a transition");
        bool failed = s.reason == CloseReason.Declined || s.reason == CloseReason.NotStarted;
        if (g.closedAt != 0 || g.state == State.Closed) require(s.earned == g.earned, "3: earned after the end");
        else if (s.state == State.Closed && failed && !g.started) require(s.earned == 0, "3: earned without a start");
        else require(s.earned >= g.earned, "3: earned falls");
        if (leases.lease(g.id).state == State.Closed && g.closedAt == 0) {
            g.closedAt = block.timestamp;
            if (s.reason == CloseReason.NotStarted && !g.started) {
                burned += g.penalty;
                staked[g.provider] -= g.penalty;
            }
        }
        (g.state, g.earned) = (s.state, s.earned);
    }

    /// @dev Brings `value` between `min` and `max`, both included.
    function _within(uint256 value, uint256 min, uint256 max) internal pure returns (uint256) {
        return value >= min && value <= max ? value : min + value % (max - min + 1);
    }

    function _mayFollow(State before, State now_) private pure returns (bool) {
        if (before == now_) return true;
        if (now_ == State.Closed) return true;
        if (before == State.Unfunded) return now_ == State.Pending || now_ == State.Reserved;
        if (before == State.Reserved) return now_ == State.Active;
        if (before == State.Pending) return now_ == State.Active || now_ == State.Unfunded;
        return false;
    }
}
