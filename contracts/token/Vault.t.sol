// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LyingToken, Manner} from "../mocks/LyingToken.sol";
import {vm} from "../mocks/Vm.sol";
import {IVault, Operators} from "./IVault.sol";
import {Vault} from "./Vault.sol";
import {XovToken} from "./XovToken.sol";

contract VaultTest {
    address private constant ALICE = address(0xa11ce);
    address private constant BOB = address(0xb0b);
    uint256 private constant SUPPLY = 1e24;

    XovToken private _xov;
    LyingToken private _lying;
    Vault private _vault;

    function setUp() external {
        _xov = new XovToken(address(this), SUPPLY);
        _lying = new LyingToken();
        // this test is an operator
        _vault = new Vault(_xov, Operators(address(this), address(1), address(2), address(3)));
        _xov.approve(address(_vault), type(uint256).max);
        _lying.approve(address(_vault), type(uint256).max);
    }

    function testFuzz_DepositMoveWithdraw(uint256 deposited, uint256 moved, uint256 withdrawn) external {
        (deposited, moved) = (deposited % SUPPLY, moved % SUPPLY);
        withdrawn = withdrawn % SUPPLY;
        _vault.deposit(_xov, deposited, ALICE);
        if (moved > deposited) return _moveTooMuch(deposited, moved);
        _vault.move(_xov, ALICE, BOB, moved);
        assert(_vault.balanceOf(_xov, ALICE) == deposited - moved && _vault.balanceOf(_xov, BOB) == moved);
        if (withdrawn > moved) return _withdrawTooMuch(moved, withdrawn);
        vm.prank(BOB);
        _vault.withdraw(_xov, withdrawn, BOB);
        assert(_xov.balanceOf(BOB) == withdrawn && _vault.balanceOf(_xov, BOB) == moved - withdrawn);
        assert(_xov.balanceOf(address(_vault)) == deposited - withdrawn);
    }

    function testFuzz_MovingToOneselfChangesNothing(uint256 deposited, uint256 moved) external {
        deposited %= SUPPLY;
        vm.assume(moved <= deposited);
        _vault.deposit(_xov, deposited, ALICE);
        _vault.move(_xov, ALICE, ALICE, moved);
        assert(_vault.balanceOf(_xov, ALICE) == deposited);
    }

    function testFuzz_BurnTakesFromTheOperatorAndTheSupply(uint256 deposited, uint256 burned) external {
        deposited %= SUPPLY;
        vm.assume(burned <= deposited);
        _vault.deposit(_xov, deposited, address(this));
        _vault.burn(burned);
        assert(_vault.balanceOf(_xov, address(this)) == deposited - burned);
        assert(_xov.totalSupply() == SUPPLY - burned && _xov.balanceOf(address(_vault)) == deposited - burned);
    }

    /// @notice Whatever a token does, its entries are never worth more than what it delivered, and no other token's change.
    function testFuzz_ATokenThatLiesHurtsOnlyItself(uint8 manner, uint256 amount, uint256 honest) external {
        (amount, honest) = (amount % SUPPLY, honest % SUPPLY);
        _vault.deposit(_xov, honest, ALICE);
        _lying.setManner(Manner(manner % 6));
        try _vault.deposit(_lying, amount, ALICE) returns (uint256 received) {
            assert(received == _vault.balanceOf(_lying, ALICE));
        } catch {
            assert(_vault.balanceOf(_lying, ALICE) == 0);
        }
        assert(_lying.balanceOf(address(_vault)) == _vault.balanceOf(_lying, ALICE));
        assert(_vault.balanceOf(_xov, ALICE) == honest && _xov.balanceOf(address(_vault)) == honest);
    }

    function testFuzz_OnlyOperatorsMove(address caller) external {
        vm.assume(!_vault.isOperator(caller));
        vm.expectRevert(abi.encodeWithSelector(IVault.Vault_NotOperator.selector, caller));
        vm.prank(caller);
        _vault.move(_xov, ALICE, caller, 0);
    }

    function _moveTooMuch(uint256 have, uint256 need) private {
        vm.expectRevert(abi.encodeWithSelector(IVault.Vault_BalanceTooSmall.selector, _xov, ALICE, have, need));
        _vault.move(_xov, ALICE, BOB, need);
    }

    function _withdrawTooMuch(uint256 have, uint256 need) private {
        vm.expectRevert(abi.encodeWithSelector(IVault.Vault_BalanceTooSmall.selector, _xov, BOB, have, need));
        vm.prank(BOB);
        _vault.withdraw(_xov, need, BOB);
    }
}
