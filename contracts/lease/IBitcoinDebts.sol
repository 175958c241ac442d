// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BlockProof, TransactionProof} from "../bitcoin/BitcoinProof.sol";
import {Terms} from "./ILeases.sol";

// The flat miner's fee that a provider may keep back when it refunds all that it owes, msat: about 200 vbytes (one taproot
// input, the refund, the mark, change) at 10 satoshi each.
uint256 constant REFUND_FEE = 2_000_000;
// Below this nothing has to be refunded and nothing can be claimed, msat: what the fee would leave is near what nodes refuse
// as dust. It stays on record, and counts again together with what arrives later.
uint256 constant SMALLEST_DEBT = 3_000_000;

/// @notice What is going on about the debt of a closed lease.
struct Debt {
    // slot 0
    uint64 refunded; // msat that proven refunds settle and that still count as owed: none of them is confirmed yet
    uint64 claimed; // msat claimed of the collateral; zero without a claim
    uint40 payableAt; // wall time from which the claim is paid
}

/// @notice A refund's output.
struct Refund {
    // slot 0
    bytes32 leaseId;
    // slot 1
    uint64 settled; // msat of the debt
    uint32 height; // of the block it was proven in
    bytes8 hashStart; // first 8 bytes of that block's hash
    uint40 confirmableAt; // wall time; zero once confirmed
}

/// @notice Where a refund is in a transaction.
struct RefundOutputs {
    uint32 paid; // pays the refund script
    uint32 mark; // OP_RETURN and a push of the lease's id, nothing else
}

/// @title What providers owe in bitcoin for leases that have ended, until it is refunded or taken from the collateral
/// @notice A bitcoin lease's payments are with its provider. What is unspent when it closes, and all that arrives later, is
/// owed: `deposit − paid` of a Closed lease. The provider refunds it, less REFUND_FEE, to the refund script of the last resale,
/// else of the terms, by a transaction that was mined after the close and carries the lease's id. Below SMALLEST_DEBT nothing
/// is owed.
///
/// A refund is proven as payments are: by the light client, at the depth that the lease's ask named. It counts at once
/// against a claim. But what leaves the contracts because of it, the collateral, leaves three days later and only if the block is
/// still there (`confirm`); when Bitcoin removes the block before, the debt is as it was (`revoke`).
///
/// From seven days after the close on, or from the close on when there is no refund script, anyone may claim for
/// the holder the collateral that covers what is owed (`claim`). The claim matures like stake that leaves, for 14 days; meanwhile the
/// collateral is the provider's locked stake, slashable like any other, and a refund still counts, so that nobody is paid
/// twice. Then what is still owed of it is paid pro rata to the holder's vault balance (`collect`).
///
/// What arrives after a claim is not part of it and can be claimed after it. What is owed beyond the covered amount
/// stays owed and on record, without anything to take.
///
/// What a forger spends and gains: a provider that forges a refund needs n headers with valid proof of work ahead of all
/// miners, and to stay ahead for three days; it would gain the collateral of the leases whose refunds it forged. A holder that
/// forges payments to claim collateral has to stay ahead for at least 14 days, or until nobody revokes the payments.
/// Warning: a block's time is its miner's; "mined after the close" is checked with two hours of tolerance.
interface IBitcoinDebts {
    /// @notice An outpoint pays a lease's refund script. `settled` msat of its debt are settled, unless revoked before
    /// `confirmableAt`: all of the debt if `value` reaches it but for the fee, else `value`.
    event RefundProven(
        bytes32 indexed leaseId,
        bytes32 indexed txid,
        uint32 vout,
        uint256 value,
        uint256 settled,
        uint32 height,
        uint256 confirmableAt
    );
    event RefundConfirmed(bytes32 indexed leaseId, bytes32 indexed txid, uint32 vout, uint256 settled);
    /// @notice The block of a refund was removed before it was confirmed: `reopened` msat are open again.
    event RefundRevoked(bytes32 indexed leaseId, bytes32 indexed txid, uint32 vout, uint256 reopened);
    event CollateralClaimed(bytes32 indexed leaseId, uint256 amount, uint256 payableAt);
    /// @notice `amount` msat of the claim were still owed; for them `collateral` XOV base units went to the holder.
    event ClaimPaid(bytes32 indexed leaseId, address indexed holder, uint256 amount, uint256 collateral);

    error BitcoinDebts_NotClosed(bytes32 leaseId);
    error BitcoinDebts_NotPaidInBitcoin(bytes32 leaseId);
    error BitcoinDebts_NoRefundScript(bytes32 leaseId);
    error BitcoinDebts_MinedBeforeClose(bytes32 leaseId, uint256 time, uint256 closedAt);
    error BitcoinDebts_NotMarked(bytes32 txid, uint32 vout, bytes32 leaseId);
    error BitcoinDebts_WrongScript(bytes32 txid, uint32 vout, bytes script);
    /// @notice The outpoint has refunded this lease already, in a block that still stands or counted for good.
    error BitcoinDebts_AlreadyProven(bytes32 txid, uint32 vout, bytes32 leaseId);
    error BitcoinDebts_NothingOwed(bytes32 leaseId);
    error BitcoinDebts_NoSuchRefund(bytes32 txid, uint32 vout);
    error BitcoinDebts_NotConfirmable(bytes32 txid, uint32 vout, uint256 from, uint256 time);
    /// @notice The refund's block is no longer canonical: it can be revoked, or proven in the block that it is in now.
    error BitcoinDebts_BlockRemoved(uint32 height);
    error BitcoinDebts_BlockStands(uint32 height);
    error BitcoinDebts_NotDue(bytes32 leaseId, uint256 from, uint256 time);
    error BitcoinDebts_TooSmall(bytes32 leaseId, uint256 have, uint256 need);
    error BitcoinDebts_NotCovered(bytes32 leaseId);
    error BitcoinDebts_ClaimedAlready(bytes32 leaseId, uint256 payableAt);
    error BitcoinDebts_NotClaimed(bytes32 leaseId);
    error BitcoinDebts_NotPayable(bytes32 leaseId, uint256 from, uint256 time);

    /// @notice Proves a refund; anyone may. One outpoint refunds one lease once; that it may have paid another lease too is no
    /// matter. Proven again after its block was removed, it counts anew.
    function prove(
        Terms calldata terms,
        BlockProof calldata inBlock,
        TransactionProof calldata transaction,
        RefundOutputs calldata outputs
    ) external;

    /// @notice Settles the debt for good three days after a proof, if the block stands: the collateral that covered it is
    /// free. Anyone may.
    function confirm(bytes32 txid, uint32 vout) external;

    /// @notice Takes a refund back whose block was removed before it was confirmed. Anyone may.
    function revoke(bytes32 txid, uint32 vout) external;

    /// @notice Claims the collateral that covers what is owed now. Anyone may; it goes to the holder.
    function claim(Terms calldata terms) external;

    /// @notice Pays a claim that has matured, as far as it is still owed. Anyone may.
    /// @return collateral XOV base units that the holder got
    function collect(bytes32 leaseId) external returns (uint256 collateral);

    /// @notice msat that a Closed lease's provider has neither refunded nor lost collateral for; what is not confirmed yet
    /// counts as refunded. Zero for any other lease.
    function owedOf(bytes32 leaseId) external view returns (uint256);

    /// @notice Zeroes when nothing is going on.
    function debtOf(bytes32 leaseId) external view returns (Debt memory);

    /// @notice Zeroes for what was never proven, or was revoked.
    function refundOf(bytes32 txid, uint32 vout) external view returns (Refund memory);
}
