// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AskParams} from "../exchange/IExchange.sol";
import {PriceCode} from "../exchange/PriceCode.sol";
import {StartFee} from "../exchange/StartFee.sol";
import {Kind} from "./Ghosts.t.sol";
import {DebtActions} from "./DebtActions.t.sol";

/// @title The shortest way to each kind of action, on a lease of its own
/// @notice What chance has left out is done so, in whatever state the run has come to.
abstract contract Scenarios is DebtActions {
    /// @dev 10^6 per hour.
    PriceCode private constant PRICE = PriceCode.wrap(27_000);
    uint256 private constant PRICE_PER_HOUR = 1e6;
    /// @dev 10^5.
    StartFee private constant START_FEE = StartFee.wrap(361);
    uint256 private constant FEE = 1e5;
    uint256 private constant HOURS = 2;

    /// @notice Does the first kind that has not been done yet, from a place that `seed` chooses.
    function scenario(uint256 seed) external {
        uint256 kinds = uint256(type(Kind).max) + 1;
        for (uint256 n = 0; n < kinds; n++) {
            Kind kind = Kind((seed % kinds + n) % kinds);
            if (done[kind] == 0) return _do(kind);
        }
    }

    /// @notice Does every kind that has not been done yet.
    function complete() external {
        for (uint256 k = 0; k <= uint256(type(Kind).max); k++) if (done[Kind(k)] == 0) _do(Kind(k));
    }

    function _do(Kind kind) private {
        if (kind <= Kind.ChangeRatio) _doWithStake(kind);
        else if (kind <= Kind.TakeReserving) _doOnMarket(kind);
        else if (kind <= Kind.FundReserving) _doWithBitcoin(kind);
        else if (kind <= Kind.SettleClosed) _doWithMoney(kind);
        else if (kind <= Kind.GiveNotice) _doWithLease(kind);
        else if (kind <= Kind.ReleaseCollateral) _doToTheEnd(kind);
        else _doWithDebt(kind);
        for (uint256 i = 0; i < _leases.length; i++) _look(i);
    }

    function _doWithStake(Kind kind) private {
        if (kind == Kind.Deposit) deposit(0, 1e18);
        else if (kind == Kind.DepositWithFee) depositWithFee(0, 100);
        else if (kind == Kind.Withdraw) withdraw(0, 1, false);
        else if (kind == Kind.WithdrawEarnings) _withdrawEarnings(0);
        else if (kind == Kind.Donate) donate(1);
        else if (kind == Kind.Stake) stake(0, 1);
        else if (kind == Kind.RequestUnstake) requestUnstake(0, 1);
        else if (kind == Kind.Beat) beat(0);
        else if (kind == Kind.CollectPoolFees) collectPoolFees(0);
        else if (kind == Kind.ChangeRatio) changeRatio(0, 1e9);
        else {
            _stakeMore(0, 1e18);
            requestUnstake(0, 1e17);
            withdrawStake(0, 0);
        }
    }

    function _doOnMarket(Kind kind) private {
        if (kind == Kind.Place) _ask(false);
        else if (kind == Kind.PlaceForToken) _ask(true);
        else if (kind == Kind.Reduce) reduce(_ask(false), 1);
        else if (kind == Kind.Cancel) _cancel(_ask(true));
        else if (kind == Kind.CancelExpired) {
            uint256 ask = _ask(false);
            _warp(8 days);
            _cancel(ask);
        } else if (kind == Kind.Take) _taken(false, 4);
        else if (kind == Kind.TakeForToken) _taken(true, 4);
        else if (kind == Kind.TakeWithPermit) _taken(true, 1);
        else _taken(true, 3);
    }

    function _doWithBitcoin(Kind kind) private {
        if (kind == Kind.CreditUnfunded) _credit(_taken(false, 4), 1);
        else if (kind == Kind.CreditPending) _credit(_paid(false, false), 1);
        else if (kind == Kind.CreditReserved) _credit(_paid(false, true), 1);
        else if (kind == Kind.CreditActive) _credit(_active(false), 1);
        else if (kind == Kind.CreditUnderNotice) _credit(_noticed(false), 1);
        else if (kind == Kind.CreditClosed) {
            uint256 i = _paid(false, false);
            _stop(i, false);
            _credit(i, 1);
        } else _paid(false, kind == Kind.FundReserving);
    }

    function _doWithMoney(Kind kind) private {
        bool token =
            kind == Kind.TopUp || kind == Kind.ReviveWithToken || kind == Kind.SettleActive || kind == Kind.SettleClosed;
        if (kind == Kind.Unfund) return _uncredit(_paid(false, false), HOURS * PRICE_PER_HOUR + FEE);
        uint256 i = _active(token);
        if (kind == Kind.TopUp) return _topUp(i, 0, 1);
        if (kind == Kind.Uncredit) return _uncredit(i, 1);
        _exhaust(i);
        if (kind == Kind.ReviveWithToken) _topUp(i, 0, PRICE_PER_HOUR);
        else if (kind == Kind.Revive) _credit(i, PRICE_PER_HOUR);
        else if (kind == Kind.SettleActive) _settle(i);
        else if (kind == Kind.SettleClosed) {
            _stop(i, false);
            _settle(i);
        } else {
            _credit(i, 1);
            if (kind == Kind.UncreditAside) _uncredit(i, 1);
        }
    }

    function _doWithLease(Kind kind) private {
        if (kind == Kind.Start) _active(false);
        else if (kind == Kind.StartReserved) _start(_launched(false));
        else if (kind == Kind.StartAgain) _start(_launched(true));
        else if (kind == Kind.Launch) _launched(false);
        else if (kind == Kind.Relaunch) _launched(true);
        else if (kind == Kind.LaunchBySignature) _launch(_paid(true, true), true);
        else if (kind == Kind.Stop) _stop(_active(false), false);
        else if (kind == Kind.StopWithToken) _stop(_active(true), false);
        else if (kind == Kind.StopBySignature) _stop(_active(true), true);
        else if (kind == Kind.Sell) _sell(_active(true), 1);
        else if (kind == Kind.SellForBitcoin) {
            uint256 i = _active(false);
            _liveFor(7);
            _sell(i, 1);
        } else _noticed(true);
    }

    function _doToTheEnd(Kind kind) private {
        if (kind == Kind.DeclineUnfunded) _decline(_taken(false, 4));
        else if (kind == Kind.DeclinePending) _decline(_paid(true, false));
        else if (kind == Kind.DeclineLaunch) _decline(_launched(false));
        else if (kind == Kind.DeclineRelaunch) _decline(_launched(true));
        else if (kind == Kind.Evict) _evict(_active(false));
        else if (kind == Kind.CloseUnpaid) _closeAfter(_taken(false, 4), 1 hours);
        else if (kind == Kind.CloseNotStarted) _closeAfter(_paid(true, false), 30 minutes);
        else if (kind == Kind.CloseReservedNotStarted) _closeAfter(_launched(false), 30 minutes);
        else if (kind == Kind.CloseRelaunchNotStarted) _closeAfter(_launched(true), 30 minutes);
        else if (kind == Kind.CloseEnded) {
            uint256 i = _noticed(true);
            _exhaust(i);
            _close(i);
        } else if (kind == Kind.CloseExhausted) _close(_over(true));
        else if (kind == Kind.CloseByCredit) _credit(_over(false), 1);
        else {
            // there is collateral only where the pool wants some
            changeRatio(0, 1e9);
            uint256 i = _paid(false, false);
            _stop(i, false);
            _uncredit(i, 1);
            _warp(1 days);
            _release(i);
        }
    }

    function _doWithDebt(Kind kind) private {
        uint256 i = _indebtedLease(kind == Kind.Claim || kind == Kind.Collect);
        if (kind == Kind.Claim || kind == Kind.Collect) {
            _claim(i);
            _warp(14 days);
            return _collect(i);
        }
        uint256 refund = _refund(i, 1);
        if (kind == Kind.Refund) return;
        if (kind == Kind.RevokeRefund) {
            _remove(refund);
            return _revoke(refund);
        }
        _warp(3 days);
        _confirm(refund);
    }

    /// @dev Closed, with more owed than the minimum; with or without a refund script.
    function _indebtedLease(bool withoutScript) private returns (uint256 i) {
        do i = _taken(false, 4);
        while ((_termsOf[_leases[i].id].refundScript.length == 0) != withoutScript);
        _credit(i, 10 * PRICE_PER_HOUR);
        _stop(i, false);
    }

    /// @dev An ask of two by the first provider, and stake for it.
    function _ask(bool token) private returns (uint256) {
        AskParams memory p = AskParams({
            appliance: 1,
            market: marketOf(0, token),
            price: PRICE,
            quantity: 2,
            expiry: uint32(block.timestamp + 7 days),
            confirmations: token ? 0 : 1,
            prepaidHours: token ? 0 : uint16(HOURS),
            bond: token ? 0 : 1e15,
            startFee: START_FEE
        });
        _stakeMore(0, 2 * _lockPerInstance(p) + 1e18);
        return _place(0, token, p);
    }

    function _taken(bool token, uint256 manner) private returns (uint256) {
        uint256 ask = _ask(token);
        vault.deposit(xov, 1e15, user(0));
        vault.deposit(usd, 10 * PRICE_PER_HOUR, user(0));
        _take(ask, 0, 1, HOURS * PRICE_PER_HOUR, manner);
        return _leases.length - 1;
    }

    function _paid(bool token, bool reserve) private returns (uint256 i) {
        i = _taken(token, reserve ? 3 : 4);
        if (!token) _credit(i, HOURS * PRICE_PER_HOUR + FEE);
    }

    function _active(bool token) private returns (uint256 i) {
        i = _paid(token, false);
        _start(i);
    }

    function _launched(bool again) private returns (uint256 i) {
        i = again ? _active(true) : _paid(true, true);
        _launch(i, false);
    }

    function _noticed(bool token) private returns (uint256 i) {
        i = _active(token);
        _giveNotice(i);
    }

    function _over(bool token) private returns (uint256 i) {
        i = _active(token);
        _exhaust(i);
        _live(GRACE / 1 hours);
    }

    function _closeAfter(uint256 i, uint256 window) private {
        _warp(window + 1);
        _close(i);
    }
}
