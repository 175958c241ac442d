// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Money that stands behind an account's conduct: a user's deposit, a provider's stake
/// @notice For the claims alone. What cools down counts as what does not, and both lose the same part.
interface ISeizable {
    event Frozen(address indexed account, uint256 amount, uint256 frozen);
    event Unfrozen(address indexed account, uint256 amount, uint256 frozen);
    /// @notice `reward` of it went to `payee`, the rest is burned.
    event Seized(address indexed account, uint256 amount, address indexed payee, uint256 reward);
    event ClaimUpheld(address indexed account);

    /// @notice Keeps so much more from being paid out until `unfreeze`; it may be more than there is.
    function freeze(address account, uint256 amount) external;

    /// @notice Ends a freeze of so much.
    function unfreeze(address account, uint256 amount) external;

    /// @notice Takes `amount` (XOV base units), as far as it is there: `reward` of it, as far as it reaches, to the vault balance
    /// of `payee`, the rest burned.
    /// @return taken what was there
    function seize(address account, uint256 amount, address payee, uint256 reward) external returns (uint256 taken);

    /// @notice What `seize` could take now, XOV base units.
    function seizable(address account) external view returns (uint256);
}
