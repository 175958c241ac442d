// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BitcoinMerkle} from "./BitcoinMerkle.sol";
import {BitcoinProof, BlockProof, ProvenBlock, TransactionProof} from "./BitcoinProof.sol";
import {BitcoinTransaction} from "./BitcoinTransaction.sol";
import {CreditRecords} from "./CreditRecords.sol";
import {IBitcoinLightClient} from "./IBitcoinLightClient.sol";
import {IBitcoinPayments} from "./IBitcoinPayments.sol";
import {ICreditable} from "./ICreditable.sol";
import {TaprootAddress} from "./TaprootAddress.sol";

/// @title Credits leases with payments that Bitcoin itself proves
/// @notice See IBitcoinPayments. Holds no money.
contract BitcoinPayments is IBitcoinPayments {
    using CreditRecords for *;

    uint256 private constant MSAT_PER_SAT = 1000;

    IBitcoinLightClient private immutable LIGHT_CLIENT;
    ICreditable private immutable LEASES;

    CreditRecords.Records private _records;

    /// @param lightClient says which blocks are canonical
    /// @param leases what is credited; must let this contract do so
    constructor(IBitcoinLightClient lightClient, ICreditable leases) {
        LIGHT_CLIENT = lightClient;
        LEASES = leases;
    }

    /// @inheritdoc IBitcoinPayments
    function prove(BlockProof calldata inBlock, TransactionProof calldata transaction, PaidOutput[] calldata outputs)
        external
    {
        ProvenBlock memory proven = BitcoinProof.proveBlock(LIGHT_CLIENT, inBlock);
        BitcoinTransaction.Parsed memory parsed = BitcoinProof.proveTransaction(proven, transaction);
        for (uint256 i = 0; i < outputs.length; ++i) {
            if (!_prove(proven, parsed, transaction.raw, outputs[i])) {
                revert BitcoinPayments_AlreadyCredited(parsed.txid, outputs[i].vout, outputs[i].leaseId);
            }
        }
    }

    /// @inheritdoc IBitcoinPayments
    function proveMany(
        BlockProof calldata inBlock,
        TransactionProof[] calldata transactions,
        PaidOutput[][] calldata outputs
    ) external returns (uint256 credited) {
        if (transactions.length != outputs.length) {
            revert BitcoinPayments_LengthsDiffer(transactions.length, outputs.length);
        }
        ProvenBlock memory proven = BitcoinProof.proveBlock(LIGHT_CLIENT, inBlock);
        BitcoinMerkle.Branch memory branch;
        for (uint256 i = 0; i < transactions.length; ++i) {
            BitcoinTransaction.Parsed memory parsed;
            (parsed, branch) = BitcoinProof.proveNext(proven, branch, transactions[i]);
            credited += _proveOutputs(proven, parsed, transactions[i].raw, outputs[i]);
        }
    }

    /// @inheritdoc IBitcoinPayments
    function revoke(bytes32 txid, uint32 vout, bytes32 leaseId) external {
        bytes32 key = _key(txid, vout, leaseId);
        (CreditRecords.Record storage place, CreditRecords.Credit memory credit) = _records.locate(key, 0);
        if (credit.height == 0) revert BitcoinPayments_NotCredited(txid, vout, leaseId);
        if (LIGHT_CLIENT.stands(credit.height, credit.hashStart)) revert BitcoinPayments_BlockStands(credit.height);
        place.put(key, credit.amount, 0, 0);
        uint256 taken = LEASES.uncredit(leaseId, credit.amount);
        uint256 kept = credit.amount - taken;
        place.put(key, kept, 0, 0);
        emit PaymentRevoked(leaseId, txid, vout, taken, kept);
    }

    /// @inheritdoc IBitcoinPayments
    function creditOf(bytes32 txid, uint32 vout, bytes32 leaseId)
        external
        view
        returns (uint256 amount, uint32 height, bytes8 hashStart)
    {
        (, CreditRecords.Credit memory credit) = _records.locate(_key(txid, vout, leaseId), 0);
        return (credit.amount, credit.height, credit.hashStart);
    }

    /// Credits outputs of one transaction; returns how many were not credited already.
    function _proveOutputs(
        ProvenBlock memory proven,
        BitcoinTransaction.Parsed memory parsed,
        bytes calldata raw,
        PaidOutput[] calldata outputs
    ) private returns (uint256 credited) {
        for (uint256 i = 0; i < outputs.length; ++i) {
            if (_prove(proven, parsed, raw, outputs[i])) ++credited;
        }
    }

    /// Credits one output, or moves its record to the block it is in now; false when the recorded block still stands.
    function _prove(
        ProvenBlock memory proven,
        BitcoinTransaction.Parsed memory parsed,
        bytes calldata raw,
        PaidOutput calldata paid
    ) private returns (bool) {
        bytes32 key = _key(parsed.txid, paid.vout, paid.leaseId);
        uint256 tip = uint256(proven.height) + proven.confirmations - 1;
        (CreditRecords.Record storage place, CreditRecords.Credit memory old) = _records.locate(key, tip);
        if (old.height != 0 && LIGHT_CLIENT.stands(old.height, old.hashStart)) return false;
        uint256 amount = _amountPaid(proven, parsed, raw, paid);
        place.put(key, amount, proven.height, proven.blockHash);
        _credit(proven, parsed.txid, paid, amount - old.amount);
        return true;
    }

    /// Millisatoshi of an output, once it is deep enough and pays the lease's address.
    function _amountPaid(
        ProvenBlock memory proven,
        BitcoinTransaction.Parsed memory parsed,
        bytes calldata raw,
        PaidOutput calldata paid
    ) private view returns (uint256) {
        (bytes32 bitcoinKey, uint8 confirmations) = LEASES.bitcoinTerms(paid.leaseId);
        BitcoinProof.requireDepth(proven, parsed, confirmations);
        (uint256 value, bytes calldata script) = BitcoinTransaction.output(raw, parsed, paid.vout);
        bytes32 root = TaprootAddress.leaseRoot(paid.leaseId);
        if (!TaprootAddress.isPaidTo(script, paid.outputKeyY, bitcoinKey, root)) {
            revert BitcoinPayments_WrongAddress(parsed.txid, paid.vout, paid.leaseId);
        }
        return value * MSAT_PER_SAT;
    }

    /// Adds what an earlier proof has not added already.
    function _credit(ProvenBlock memory proven, bytes32 txid, PaidOutput calldata paid, uint256 amount) private {
        if (amount == 0) {
            emit PaymentMoved(paid.leaseId, txid, paid.vout, proven.height, proven.blockHash);
            return;
        }
        emit PaymentCredited(paid.leaseId, txid, paid.vout, amount, proven.height, proven.blockHash);
        LEASES.credit(paid.leaseId, amount);
    }

    /// Where the credit of an outpoint to a lease is recorded.
    function _key(bytes32 txid, uint32 vout, bytes32 leaseId) private pure returns (bytes32) {
        return keccak256(abi.encode(txid, vout, leaseId));
    }
}
