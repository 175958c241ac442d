// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IVault, Operators, Permit} from "./IVault.sol";
import {XovToken} from "./XovToken.sol";

contract Vault is IVault, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    XovToken public immutable XOV;
    address public immutable PROVIDERS;
    address public immutable EXCHANGE;
    address public immutable LEASES;
    address public immutable SWAP;

    mapping(IERC20 token => mapping(address account => uint256 amount)) public override balanceOf;

    modifier onlyOperator() {
        require(isOperator(msg.sender), Vault_NotOperator(msg.sender));
        _;
    }

    constructor(XovToken xov, Operators memory operators) {
        XOV = xov;
        PROVIDERS = operators.providers;
        EXCHANGE = operators.exchange;
        LEASES = operators.leases;
        SWAP = operators.swap;
    }

    /// @inheritdoc IVault
    function deposit(IERC20 token, uint256 amount, address account) external nonReentrant returns (uint256) {
        return _deposit(token, msg.sender, amount, account);
    }

    /// @inheritdoc IVault
    function depositWithPermit(IERC20 token, uint256 amount, address account, Permit calldata permit)
        external
        nonReentrant
        returns (uint256)
    {
        _permit(token, msg.sender, amount, permit);
        return _deposit(token, msg.sender, amount, account);
    }

    /// @inheritdoc IVault
    function pull(IERC20 token, address from, uint256 amount, Permit calldata permit)
        external
        onlyOperator
        nonReentrant
        returns (uint256)
    {
        _permit(token, from, amount, permit);
        return _deposit(token, from, amount, from);
    }

    /// @inheritdoc IVault
    function withdraw(IERC20 token, uint256 amount, address to) external nonReentrant {
        require(to != address(0), Vault_ZeroAddress());
        require(to != address(this), Vault_WithdrawalToItself());
        _debit(token, msg.sender, amount);
        emit Withdrawn(token, msg.sender, to, amount);
        token.safeTransfer(to, amount);
    }

    /// @inheritdoc IVault
    function move(IERC20 token, address from, address to, uint256 amount) external onlyOperator {
        _debit(token, from, amount);
        balanceOf[token][to] += amount;
        emit Moved(token, from, to, amount);
    }

    /// @inheritdoc IVault
    function burn(uint256 amount) external onlyOperator {
        _debit(XOV, msg.sender, amount);
        emit Burned(msg.sender, amount);
        XOV.burn(amount);
    }

    /// @notice Whether `account` may move entries.
    function isOperator(address account) public view returns (bool) {
        return account == LEASES || account == EXCHANGE || account == PROVIDERS || account == SWAP;
    }

    /// @dev A permit seen in the mempool can be submitted first by anyone; the allowance it left is what counts.
    function _permit(IERC20 token, address owner, uint256 amount, Permit calldata p) private {
        try IERC20Permit(address(token)).permit(owner, address(this), amount, p.deadline, p.v, p.r, p.s) {} catch {}
    }

    function _deposit(IERC20 token, address from, uint256 amount, address account) private returns (uint256 received) {
        require(account != address(0), Vault_ZeroAddress());
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(from, address(this), amount);
        received = token.balanceOf(address(this)) - before;
        balanceOf[token][account] += received;
        emit Deposited(token, from, account, received);
    }

    function _debit(IERC20 token, address account, uint256 amount) private {
        uint256 have = balanceOf[token][account];
        require(have >= amount, Vault_BalanceTooSmall(token, account, have, amount));
        unchecked {
            balanceOf[token][account] = have - amount;
        }
    }
}
