// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {StakeStatus} from "../../registry/IProviders.sol";
import {ClaimActions, ClaimGhost, Done} from "./ClaimActions.t.sol";

/// @dev In this file, since the runner fuzzes only contracts of the files that it was given.
contract Claiming is ClaimActions {}

/// @title The invariants of claims; ../README.md has them in prose, under the same numbers
contract ClaimInvariantsTest {
    uint256 private constant ACCOUNTS = 3;

    Claiming private _actions;

    error NeverDone(Done kind);

    function setUp() external {
        _actions = new Claiming();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_actions);
    }

    function afterInvariant() external {
        _actions.complete();
        _check();
        for (uint256 d; d <= uint256(type(Done).max); ++d) if (_actions.times(Done(d)) == 0) revert NeverDone(Done(d));
    }

    /// hardhat-config: invariant.runs = 24
    /// hardhat-config: invariant.depth = 100
    /// hardhat-config: invariant.failOnRevert = true
    /// hardhat-config: deep.invariant.runs = 500
    /// hardhat-config: deep.invariant.depth = 500
    /// hardhat-config: deep.invariant.failOnRevert = true
    function invariant_claims() external view {
        _check();
    }

    function _check() private view {
        ClaimGhost[] memory all = _actions.claimGhosts();
        uint256 open;
        for (uint256 i; i < all.length; ++i) {
            if (all[i].closed) require(all[i].returned == all[i].posted, "1: bonds of a closed claim");
            else open += all[i].posted;
        }
        require(_entry(address(_actions.claims())) == open, "1: bonds");
        require(_entry(address(0)) == _actions.burned(), "3: burned");
        (uint256 deposits, uint256 stakes) = (0, 0);
        for (uint256 i; i < ACCOUNTS; ++i) {
            deposits += _checkUser(all, _actions.user(i));
            stakes += _checkProvider(all, _actions.provider(i));
        }
        require(_entry(address(_actions.trust())) == deposits, "4: trust");
        require(_entry(address(_actions.providers())) == stakes, "4: providers");
    }

    function _checkUser(ClaimGhost[] memory all, address account) private view returns (uint256 total) {
        total = _actions.trust().seizable(account);
        require(total == _actions.atStake(account), "4: a deposit");
        require(_actions.trust().userOf(account).frozen == _frozen(all, account), "2: frozen");
    }

    function _checkProvider(ClaimGhost[] memory all, address account) private view returns (uint256 total) {
        StakeStatus memory s = _actions.providers().stakeOf(account);
        total = s.free + s.locked - s.short + s.leaving;
        require(total == _actions.atStake(account), "4: a stake");
        require(s.short <= s.locked && (s.short == 0 || s.free == 0), "5: short");
        require(s.frozen == _frozen(all, account), "2: frozen");
    }

    /// @dev All that open claims are about.
    function _frozen(ClaimGhost[] memory all, address account) private pure returns (uint256 sum) {
        for (uint256 i; i < all.length; ++i) {
            if (all[i].accused == account && !all[i].closed) sum += all[i].amount;
        }
    }

    function _entry(address account) private view returns (uint256) {
        return _actions.vault().balanceOf(_actions.xov(), account);
    }
}
