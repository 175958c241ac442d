// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BlockProof, TransactionProof} from "./BitcoinProof.sol";

/// @title Credits leases with payments that Bitcoin itself proves
/// @notice Anyone may prove any payment; nobody is trusted. An outpoint credits once per canonical history: while the
/// block it was proven in is canonical it cannot be proven again; when that block is removed, its credit can be revoked
/// (as far as unspent), or moved to the block that the payment is in now. A block whose height has left the light
/// client's ring (4,096 blocks, four weeks) counts as final.
///
/// What a forger spends: a false payment with n confirmations needs n headers with valid proof of work that together have
/// more work than what has been submitted of the honest chain since the fork. Each costs about what a block earns, 3.125
/// bitcoin and fees until 2028, and for none a reward is ever paid: n × 3.125 bitcoin at least, for every attempt, and with
/// less than half of all work an attempt seldom succeeds.
/// What a forger gains, of all leases that one fork pays: the time they run until somebody revokes, at most the prepayment
/// cap of each lease it has reserved. What it could take out of the contracts because of it, collateral or tokens, is checked
/// again days later. So an ask's n should grow with what one fork could buy of it. See README.md in this folder.
interface IBitcoinPayments {
    /// @notice An output that pays a lease: its script is P2TR with the lease's output key.
    struct PaidOutput {
        uint32 vout;
        bytes32 outputKeyY; // y of the output key, whose x is in the script
        bytes32 leaseId;
    }

    /// @notice `amount` millisatoshi of an outpoint were added to a lease. Less than its value only when a revoked
    /// credit had been spent in part.
    event PaymentCredited(
        bytes32 indexed leaseId, bytes32 indexed txid, uint32 vout, uint256 amount, uint32 height, bytes32 blockHash
    );
    /// @notice The block recorded for a credited outpoint was removed, and the payment is now in this one.
    event PaymentMoved(bytes32 indexed leaseId, bytes32 indexed txid, uint32 vout, uint32 height, bytes32 blockHash);
    /// @notice The block recorded for a credited outpoint was removed, and of its credit `taken` millisatoshi were taken
    /// back; `kept` had been spent.
    event PaymentRevoked(bytes32 indexed leaseId, bytes32 indexed txid, uint32 vout, uint256 taken, uint256 kept);

    error BitcoinPayments_AlreadyCredited(bytes32 txid, uint32 vout, bytes32 leaseId);
    error BitcoinPayments_WrongAddress(bytes32 txid, uint32 vout, bytes32 leaseId);
    error BitcoinPayments_NotCredited(bytes32 txid, uint32 vout, bytes32 leaseId);
    /// The recorded block is canonical, or final.
    error BitcoinPayments_BlockStands(uint32 height);
    error BitcoinPayments_LengthsDiffer(uint256 transactions, uint256 outputs);

    /// @notice Proves payments by outputs of one transaction. Reverts when one of them is credited already.
    /// @dev A coinbase transaction counts from 100 confirmations.
    function prove(BlockProof calldata inBlock, TransactionProof calldata transaction, PaidOutput[] calldata outputs)
        external;

    /// @notice Proves payments by many transactions of one block. Skips what is credited already, so that relayers who
    /// work at the same time do each other no harm; anything else wrong reverts all.
    /// @dev In the block's order, each transaction may leave out of its path what it shares with the one before it: see
    /// BitcoinProof.proveNext. In a block of 4,096 transactions that saves about 2,800 gas for each of ten payments and
    /// 6,800 for each of a hundred (of 60,000).
    /// @param outputs the paid outputs of each transaction
    /// @return credited how many were credited or moved
    function proveMany(
        BlockProof calldata inBlock,
        TransactionProof[] calldata transactions,
        PaidOutput[][] calldata outputs
    ) external returns (uint256 credited);

    /// @notice Takes back a credit whose block is no longer canonical. Anyone may call.
    function revoke(bytes32 txid, uint32 vout, bytes32 leaseId) external;

    /// @notice What is recorded of an outpoint for a lease; all zero when nothing is, or when its block is final and the
    /// record has made room for another.
    /// @return amount millisatoshi credited and not taken back
    /// @return height of the block it was proven in; zero when revoked
    /// @return hashStart first 8 bytes of that block's hash
    function creditOf(bytes32 txid, uint32 vout, bytes32 leaseId)
        external
        view
        returns (uint256 amount, uint32 height, bytes8 hashStart);
}
