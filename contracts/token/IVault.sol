// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @notice An EIP-2612 permit to the vault; the amount is the call's.
struct Permit {
    uint256 deadline;
    uint8 v;
    bytes32 r;
    bytes32 s;
}

/// @notice The contracts that may move entries; fixed for life.
struct Operators {
    address providers;
    address exchange;
    address leases;
    address swap;
}

/// @title The vault: every token of the system, under a ledger of internal balances
/// @notice Tokens enter by `deposit` and leave by `withdraw` or `burn`; in between only ledger entries move. The operators
/// (a set fixed at deployment) move entries; what they escrow stands under their own address in the same ledger.
/// Amounts are in the token's base units.
/// Warning: a token that changes balances by itself (rebasing down) can leave its own entries uncovered; no other token's.
interface IVault {
    event Deposited(IERC20 indexed token, address indexed from, address indexed account, uint256 amount);
    event Withdrawn(IERC20 indexed token, address indexed account, address indexed to, uint256 amount);
    event Moved(IERC20 indexed token, address indexed from, address indexed to, uint256 amount);
    event Burned(address indexed account, uint256 amount);

    /// @notice The caller is not one of the operators fixed at deployment.
    error Vault_NotOperator(address caller);
    /// @notice `account` has `have` of `token` and would need `need`.
    error Vault_BalanceTooSmall(IERC20 token, address account, uint256 have, uint256 need);
    error Vault_ZeroAddress();
    /// @notice What the vault sends to itself would be in nobody's entry.
    error Vault_WithdrawalToItself();

    /// @notice Pulls `amount` of `token` from the caller and credits `account` with what arrived.
    /// @dev Needs an ERC-20 allowance; credits the measured difference, so a token with a transfer fee credits less.
    /// @return received what was credited
    function deposit(IERC20 token, uint256 amount, address account) external returns (uint256 received);

    /// @notice `deposit` after an EIP-2612 permit. A permit that somebody else has already submitted does no harm.
    /// @return received what was credited
    function depositWithPermit(IERC20 token, uint256 amount, address account, Permit calldata permit)
        external
        returns (uint256 received);

    /// @notice `depositWithPermit` by and for `from`, who called an operator that now acts on the deposit; operators only.
    /// @return received what was credited
    function pull(IERC20 token, address from, uint256 amount, Permit calldata permit)
        external
        returns (uint256 received);

    /// @notice Sends `amount` of the caller's balance to `to`, who is not the vault. Reverts with Vault_BalanceTooSmall.
    function withdraw(IERC20 token, uint256 amount, address to) external;

    /// @notice Moves a ledger entry; operators only. Reverts with Vault_BalanceTooSmall.
    function move(IERC20 token, address from, address to, uint256 amount) external;

    /// @notice Burns XOV that stands under the calling operator. Reverts with Vault_BalanceTooSmall.
    function burn(uint256 amount) external;

    /// @notice The balance of `account` in `token`.
    function balanceOf(IERC20 token, address account) external view returns (uint256);
}
