// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {vm} from "../mocks/Vm.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {StakeStatus} from "../registry/IProviders.sol";
import {Ghosts, Kind} from "./Ghosts.t.sol";
import {UserStatus} from "../trust/ITrust.sol";

/// @title What anyone does with the vault and what providers do with stake and clocks
/// @notice Every action either has nothing to do or must succeed: the runs fail when one reverts.
abstract contract StakeActions is Ghosts {
    function deposit(uint256 to, uint256 amount) public {
        vault.deposit(xov, _within(amount, 0, 1e21), user(to % USER_COUNT));
        done[Kind.Deposit]++;
    }

    function depositWithFee(uint256 to, uint256 amount) public {
        amount = _within(amount, 0, 1e18);
        lyingToken.approve(address(vault), amount);
        uint256 received = vault.deposit(lyingToken, amount, user(to % USER_COUNT));
        assert(received == amount - amount / 10);
        done[Kind.DepositWithFee]++;
    }

    function withdraw(uint256 from, uint256 amount, bool lying) public {
        IERC20 token = lying ? IERC20(lyingToken) : xov;
        address account = user(from % USER_COUNT);
        amount = _within(amount, 0, vault.balanceOf(token, account) / 10);
        vm.prank(account);
        vault.withdraw(token, amount, address(this));
        done[Kind.Withdraw]++;
    }

    function withdrawEarnings(uint256 who) external {
        _withdrawEarnings(who % PROVIDER_COUNT);
    }

    function donate(uint256 amount) public {
        amount = _within(amount, 0, 1e18);
        donated += amount;
        xov.transfer(address(vault), amount);
        done[Kind.Donate]++;
    }

    function stake(uint256 who, uint256 amount) public {
        who %= PROVIDER_COUNT;
        amount = _within(amount, 0, vault.balanceOf(xov, provider(who)));
        vm.prank(provider(who));
        providers.stake(amount);
        staked[who] += amount;
        done[Kind.Stake]++;
    }

    function requestUnstake(uint256 who, uint256 amount) public {
        who %= PROVIDER_COUNT;
        uint256 most = providers.stakeOf(provider(who)).free / 4;
        if (most == 0 || requests[who] == 32) return;
        amount = _within(amount, 1, most);
        ++requests[who];
        vm.prank(provider(who));
        providers.requestUnstake(amount);
        done[Kind.RequestUnstake]++;
    }

    /// @notice Waits for the cool-down now and then.
    function withdrawStake(uint256 who, uint256 patience) public {
        who %= PROVIDER_COUNT;
        StakeStatus memory s = providers.stakeOf(provider(who));
        if (s.leaving == 0 || (block.timestamp < s.leavesAt && patience % 12 != 0)) return;
        if (block.timestamp < s.leavesAt) _warp(s.leavesAt - block.timestamp);
        vm.prank(provider(who));
        uint256 amount = providers.withdrawStake();
        StakeStatus memory left = providers.stakeOf(provider(who));
        assert(amount > 0 && amount == s.leaving - left.leaving && left.leavesAt != s.leavesAt);
        if (left.leaving == 0) requests[who] = 0;
        staked[who] -= amount;
        done[Kind.WithdrawStake]++;
    }

    /// @notice A user's deposit gives it a limit for some of its instances.
    function depositTrust(uint256 who, uint256 amount) public {
        address account = user(who % USER_COUNT);
        amount = _within(amount, 1, 5e18);
        vm.prank(account);
        trust.deposit(amount);
    }

    /// @notice Asks back what it does not use, as far as the queue has room, and takes what has cooled down.
    function withdrawTrust(uint256 who, uint256 amount) public {
        address account = user(who % USER_COUNT);
        UserStatus memory u = trust.userOf(account);
        if (u.cooling > 0) {
            if (block.timestamp < u.leavesAt) return;
            vm.prank(account);
            assert(trust.withdraw() == u.cooling);
            return;
        }
        uint256 inUse = (u.used + 1) * 1e15;
        if (u.deposit <= inUse) return;
        amount = _within(amount, 1, u.deposit - inUse);
        vm.prank(account);
        trust.requestWithdrawal(amount);
    }

    function fundPurse(uint256 who, uint256 amount) public {
        address account = provider(who % PROVIDER_COUNT);
        amount = _within(amount, 0, 1e18);
        vault.deposit(xov, amount, account);
        vm.prank(account);
        trust.fund(amount);
    }

    function emptyPurse(uint256 who, uint256 amount) public {
        address account = provider(who % PROVIDER_COUNT);
        (uint256 left,) = trust.purseOf(account);
        vm.prank(account);
        trust.empty(_within(amount, 0, left));
    }

    function beat(uint256 who) public {
        who %= PROVIDER_COUNT;
        _beat(who);
        done[Kind.Beat]++;
    }

    /// @notice Time passes: seconds, or hours with every VA alive, or weeks with every VA down.
    function pass(uint256 kind, uint256 amount) external {
        kind %= 16;
        if (kind < 6) _warp(_within(amount, 1, 5 minutes));
        else if (kind < 11) _warp(_within(amount, 1, 90 minutes));
        else if (kind < 15) _live(_within(amount, 1, 8));
        else _warp(_within(amount, 1, 3) * 7 days);
        for (uint256 i = 0; i < _leases.length; i++) _look(i);
    }

    function collectPoolFees(uint256 pool) public {
        uint32 number = uint32(pool % 2 + 1);
        collected[number] += trust.collectPoolFees(number);
        done[Kind.CollectPoolFees]++;
    }

    function changeRatio(uint256 pool, uint96 perMsat) public {
        _setRatio(uint32(pool % 2 + 1), uint88(_within(perMsat, 0, 1e10)));
        done[Kind.ChangeRatio]++;
    }

    function _withdrawEarnings(uint256 who) internal {
        uint256 amount = vault.balanceOf(usd, provider(who));
        vm.prank(provider(who));
        vault.withdraw(usd, amount, address(this));
        withdrawn[who] += amount;
        done[Kind.WithdrawEarnings]++;
    }

    /// @dev More free stake, so that an ask may be placed.
    function _stakeMore(uint256 who, uint256 amount) internal {
        vault.deposit(xov, amount, provider(who));
        vm.prank(provider(who));
        providers.stake(amount);
        staked[who] += amount;
    }

    function _live(uint256 hours_) internal {
        for (uint256 h = 0; h < hours_; h++) _liveFor(1 hours);
    }

    /// @dev At most an hour.
    function _liveFor(uint256 seconds_) internal {
        _warp(seconds_);
        for (uint256 i = 0; i < PROVIDER_COUNT; i++) _beat(i);
    }

    function _beat(uint256 who) private {
        uint256 clock = providers.clockOf(uint32(who + 1));
        vm.prank(provider(who));
        providers.beat(uint32(who + 1));
        require(providers.clockOf(uint32(who + 1)) == clock, "8: a beat moves the clock");
    }

    /// @dev No clock runs backwards, or faster than time.
    function _warp(uint256 seconds_) internal {
        uint256[PROVIDER_COUNT] memory before;
        for (uint256 i = 0; i < PROVIDER_COUNT; i++) before[i] = providers.clockOf(uint32(i + 1));
        vm.warp(block.timestamp + seconds_);
        for (uint256 i = 0; i < PROVIDER_COUNT; i++) {
            uint256 clock = providers.clockOf(uint32(i + 1));
            require(clock >= before[i] && clock - before[i] <= seconds_, "8: a clock against time");
        }
    }
}
