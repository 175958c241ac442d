// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {BitcoinProof, BlockProof, ProvenBlock, TransactionProof} from "../bitcoin/BitcoinProof.sol";
import {BitcoinTransaction} from "../bitcoin/BitcoinTransaction.sol";
import {IBitcoinLightClient} from "../bitcoin/IBitcoinLightClient.sol";
import {Debt, IBitcoinDebts, Refund, REFUND_FEE, RefundOutputs, SMALLEST_DEBT} from "./IBitcoinDebts.sol";
import {ILeases, Lease, State, Terms} from "./ILeases.sol";

contract BitcoinDebts is IBitcoinDebts {
    using SafeCast for uint256;

    /// @notice From the close until the collateral may be claimed, seconds of wall time.
    uint256 public constant REFUND_WINDOW = 7 days;
    /// @notice From a proof until what it settles leaves, seconds of wall time.
    uint256 public constant CONFIRM_DELAY = 3 days;
    /// @notice From a claim until it is paid, seconds of wall time: as long as stake takes to leave.
    uint256 public constant CLAIM_DELAY = 14 days;
    /// @notice How far a miner's clock may be behind at the close, seconds: as far as nodes let one be ahead.
    uint256 public constant CLOCK_TOLERANCE = 2 hours;
    uint256 private constant MSAT_PER_SAT = 1000;
    /// @dev OP_RETURN, push of 32 bytes.
    bytes2 private constant MARK = 0x6a20;
    bytes32 private constant NO_SCRIPT = keccak256("");

    IBitcoinLightClient private immutable LIGHT_CLIENT;
    ILeases private immutable LEASES;

    mapping(bytes32 leaseId => Debt) private _debts;
    mapping(bytes32 outpoint => Refund) private _refunds;

    /// @param lightClient says which blocks are canonical
    /// @param leases whose debts these are; must let this contract settle them
    constructor(IBitcoinLightClient lightClient, ILeases leases) {
        LIGHT_CLIENT = lightClient;
        LEASES = leases;
    }

    // ---------------------------------------------------------------- refunds

    /// @inheritdoc IBitcoinDebts
    function prove(
        Terms calldata terms,
        BlockProof calldata inBlock,
        TransactionProof calldata transaction,
        RefundOutputs calldata outputs
    ) external {
        (bytes32 id, Lease memory l) = _closed(terms);
        bytes32 scriptHash = _refundScriptHash(id, terms);
        require(scriptHash != NO_SCRIPT, BitcoinDebts_NoRefundScript(id));
        ProvenBlock memory proven = BitcoinProof.proveBlock(LIGHT_CLIENT, inBlock);
        require(proven.time + CLOCK_TOLERANCE >= l.time, BitcoinDebts_MinedBeforeClose(id, proven.time, l.time));
        BitcoinTransaction.Parsed memory parsed = BitcoinProof.proveTransaction(proven, transaction);
        BitcoinProof.requireDepth(proven, parsed, l.confirmations);
        _requireMarked(id, transaction.raw, parsed, outputs.mark);
        uint256 value = _valuePaid(transaction.raw, parsed, outputs.paid, scriptHash);
        _forget(id, parsed.txid, outputs.paid);
        _record(id, l, proven, parsed.txid, outputs.paid, value);
    }

    /// @inheritdoc IBitcoinDebts
    function confirm(bytes32 txid, uint32 vout) external {
        Refund storage r = _pending(txid, vout);
        require(
            block.timestamp >= r.confirmableAt,
            BitcoinDebts_NotConfirmable(txid, vout, r.confirmableAt, block.timestamp)
        );
        require(LIGHT_CLIENT.stands(r.height, r.hashStart), BitcoinDebts_BlockRemoved(r.height));
        (bytes32 id, uint64 settled) = (r.leaseId, r.settled);
        r.confirmableAt = 0;
        _debts[id].refunded -= settled;
        emit RefundConfirmed(id, txid, vout, settled);
        LEASES.repay(id, settled);
    }

    /// @inheritdoc IBitcoinDebts
    function revoke(bytes32 txid, uint32 vout) external {
        Refund storage r = _pending(txid, vout);
        require(!LIGHT_CLIENT.stands(r.height, r.hashStart), BitcoinDebts_BlockStands(r.height));
        _revoke(r, txid, vout);
    }

    // ----------------------------------------------------------------- claims

    /// @inheritdoc IBitcoinDebts
    function claim(Terms calldata terms) external {
        (bytes32 id, Lease memory l) = _closed(terms);
        Debt storage d = _debts[id];
        require(d.claimed == 0, BitcoinDebts_ClaimedAlready(id, d.payableAt));
        uint256 from = _refundScriptHash(id, terms) == NO_SCRIPT ? l.time : l.time + REFUND_WINDOW;
        require(block.timestamp >= from, BitcoinDebts_NotDue(id, from, block.timestamp));
        uint256 owed = _owed(l, d);
        require(owed >= SMALLEST_DEBT, BitcoinDebts_TooSmall(id, owed, SMALLEST_DEBT));
        uint256 amount = Math.min(owed, LEASES.bitcoinSide(id).covered);
        require(amount > 0, BitcoinDebts_NotCovered(id));
        uint256 payableAt = block.timestamp + CLAIM_DELAY;
        (d.claimed, d.payableAt) = (amount.toUint64(), payableAt.toUint40());
        emit CollateralClaimed(id, amount, payableAt);
    }

    /// @inheritdoc IBitcoinDebts
    function collect(bytes32 id) external returns (uint256 collateral) {
        Debt storage d = _debts[id];
        uint256 amount = d.claimed;
        require(amount > 0, BitcoinDebts_NotClaimed(id));
        require(block.timestamp >= d.payableAt, BitcoinDebts_NotPayable(id, d.payableAt, block.timestamp));
        Lease memory l = LEASES.lease(id);
        amount = Math.min(amount, _owed(l, d));
        (d.claimed, d.payableAt) = (0, 0);
        if (amount > 0) (amount, collateral) = LEASES.forfeit(id, amount);
        emit ClaimPaid(id, l.holder, amount, collateral);
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc IBitcoinDebts
    function owedOf(bytes32 id) external view returns (uint256) {
        Lease memory l = LEASES.lease(id);
        return l.state == State.Closed && l.confirmations != 0 ? _owed(l, _debts[id]) : 0;
    }

    /// @inheritdoc IBitcoinDebts
    function debtOf(bytes32 id) external view returns (Debt memory) {
        return _debts[id];
    }

    /// @inheritdoc IBitcoinDebts
    function refundOf(bytes32 txid, uint32 vout) external view returns (Refund memory) {
        return _refunds[_key(txid, vout)];
    }

    // --------------------------------------------------------------- internal

    function _closed(Terms calldata terms) private view returns (bytes32 id, Lease memory l) {
        id = LEASES.idOf(terms);
        l = LEASES.lease(id);
        require(l.confirmations != 0, BitcoinDebts_NotPaidInBitcoin(id));
        require(l.state == State.Closed, BitcoinDebts_NotClosed(id));
    }

    function _pending(bytes32 txid, uint32 vout) private view returns (Refund storage r) {
        r = _refunds[_key(txid, vout)];
        require(r.leaseId != 0, BitcoinDebts_NoSuchRefund(txid, vout));
        require(r.confirmableAt != 0, BitcoinDebts_AlreadyProven(txid, vout, r.leaseId));
    }

    /// @dev Of the script in the terms, or of the one that came with the last resale.
    function _refundScriptHash(bytes32 id, Terms calldata terms) private view returns (bytes32 hash) {
        hash = LEASES.refundScriptHashOf(id);
        if (hash == 0) hash = keccak256(terms.refundScript);
    }

    /// @dev Makes room for a proof: what the outpoint settled from a block that was removed is open again.
    function _forget(bytes32 id, bytes32 txid, uint32 vout) private {
        Refund storage r = _refunds[_key(txid, vout)];
        if (r.leaseId == 0) return;
        bool counts = r.confirmableAt == 0 || LIGHT_CLIENT.stands(r.height, r.hashStart);
        require(!counts, BitcoinDebts_AlreadyProven(txid, vout, id));
        _revoke(r, txid, vout);
    }

    function _revoke(Refund storage r, bytes32 txid, uint32 vout) private {
        (bytes32 id, uint64 settled) = (r.leaseId, r.settled);
        delete _refunds[_key(txid, vout)];
        _debts[id].refunded -= settled;
        emit RefundRevoked(id, txid, vout, settled);
    }

    function _record(
        bytes32 id,
        Lease memory l,
        ProvenBlock memory proven,
        bytes32 txid,
        uint32 vout,
        uint256 value
    ) private {
        Debt storage d = _debts[id];
        uint256 owed = _owed(l, d);
        require(owed > 0, BitcoinDebts_NothingOwed(id));
        uint64 settled = (value + REFUND_FEE >= owed ? owed : value).toUint64();
        uint256 confirmableAt = block.timestamp + CONFIRM_DELAY;
        d.refunded += settled;
        _refunds[_key(txid, vout)] =
            Refund(id, settled, proven.height, bytes8(proven.blockHash), confirmableAt.toUint40());
        emit RefundProven(id, txid, vout, value, settled, proven.height, confirmableAt);
    }

    /// @dev A payment that was revoked meanwhile may leave less owed than was refunded.
    function _owed(Lease memory l, Debt storage d) private view returns (uint256) {
        return Math.saturatingSub(l.deposit - l.paid, d.refunded);
    }

    function _requireMarked(bytes32 id, bytes calldata raw, BitcoinTransaction.Parsed memory parsed, uint32 vout)
        private
        pure
    {
        (, bytes calldata script) = BitcoinTransaction.output(raw, parsed, vout);
        require(
            script.length == 34 && bytes2(script) == MARK && bytes32(script[2:]) == id,
            BitcoinDebts_NotMarked(parsed.txid, vout, id)
        );
    }

    /// @dev msat of an output that pays a script.
    function _valuePaid(
        bytes calldata raw,
        BitcoinTransaction.Parsed memory parsed,
        uint32 vout,
        bytes32 scriptHash
    ) private pure returns (uint256) {
        (uint256 value, bytes calldata script) = BitcoinTransaction.output(raw, parsed, vout);
        require(keccak256(script) == scriptHash, BitcoinDebts_WrongScript(parsed.txid, vout, script));
        return value * MSAT_PER_SAT;
    }

    function _key(bytes32 txid, uint32 vout) private pure returns (bytes32) {
        return keccak256(abi.encode(txid, vout));
    }
}
