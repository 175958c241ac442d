// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What the bitcoin side asks of whatever it credits
/// @notice All that BitcoinPayments knows of leases. Amounts are millisatoshi.
interface ICreditable {
    /// @notice The terms under which a payment in bitcoin to this lease counts.
    /// @dev Reverts for a lease that is unknown or not paid in bitcoin.
    /// @return bitcoinKey x-only internal key (BIP-340) of the lease's appliance
    /// @return confirmations depth that the ask named; 1 is the tip itself
    function bitcoinTerms(bytes32 leaseId) external view returns (bytes32 bitcoinKey, uint8 confirmations);

    /// @notice Adds a proven payment. Only BitcoinPayments may call.
    function credit(bytes32 leaseId, uint256 amount) external;

    /// @notice Takes a payment back whose block Bitcoin has removed, as far as it is unspent. Only BitcoinPayments may call.
    /// @dev Never reverts because too little is left: it takes what there is and says how much that was. What it could
    /// not take stays counted against the same outpoint, so that proving it again credits no more than the difference.
    /// @return taken what was taken, at most `amount`
    function uncredit(bytes32 leaseId, uint256 amount) external returns (uint256 taken);
}
