// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BitcoinHeader} from "./BitcoinHeader.sol";
import {BitcoinMerkle} from "./BitcoinMerkle.sol";
import {BitcoinTransaction} from "./BitcoinTransaction.sol";
import {IBitcoinLightClient} from "./IBitcoinLightClient.sol";

/// @notice A block, as a proof names it.
struct BlockProof {
    uint32 height;
    bytes header; // 80 bytes
}

/// @notice A transaction and its place in a block.
struct TransactionProof {
    uint32 index; // position in the block
    bytes raw; // as a node returns it, with or without its witness; without is cheaper
    bytes32[] path; // siblings from the leaf to the root, internal byte order; in a batch maybe fewer, see proveNext
}

/// @notice A block that a light client holds canonical.
struct ProvenBlock {
    bytes32 blockHash; // internal byte order
    bytes32 merkleRoot;
    uint32 height;
    uint32 time; // the miner's clock
    uint32 confirmations; // 1 at the tip
}

/// @title Proofs that a transaction is in Bitcoin's best chain
library BitcoinProof {
    error BitcoinProof_BadHeaderLength(uint256 have, uint256 need);
    error BitcoinProof_BlockNotCanonical(uint32 height, bytes32 blockHash);
    error BitcoinProof_NotInBlock(bytes32 txid, bytes32 have, bytes32 need);
    /// The shortened path does not lead to the branch of the transaction before.
    error BitcoinProof_NotBeside(bytes32 txid, uint256 index);
    error BitcoinProof_TooFewConfirmations(uint256 have, uint256 need);

    /// @notice Checks a block against the light client.
    function proveBlock(IBitcoinLightClient client, BlockProof calldata proof)
        internal
        view
        returns (ProvenBlock memory proven)
    {
        bytes memory header = proof.header;
        if (header.length != BitcoinHeader.LENGTH) {
            revert BitcoinProof_BadHeaderLength(header.length, BitcoinHeader.LENGTH);
        }
        proven.height = proof.height;
        proven.blockHash = BitcoinHeader.blockHash(header);
        proven.merkleRoot = BitcoinHeader.merkleRoot(header);
        proven.time = BitcoinHeader.time(header);
        proven.confirmations = client.confirmations(proven.height, proven.blockHash);
        if (proven.confirmations == 0) revert BitcoinProof_BlockNotCanonical(proven.height, proven.blockHash);
    }

    /// @notice Checks that a proven block contains a transaction.
    function proveTransaction(ProvenBlock memory inBlock, TransactionProof calldata proof)
        internal
        view
        returns (BitcoinTransaction.Parsed memory parsed)
    {
        parsed = BitcoinTransaction.parse(proof.raw);
        bytes32 root = BitcoinMerkle.rootOf(parsed.txid, proof.index, proof.path);
        if (root != inBlock.merkleRoot) revert BitcoinProof_NotInBlock(parsed.txid, root, inBlock.merkleRoot);
    }

    /// @notice As `proveTransaction`, for many of one block. One that comes after another in the block may leave out of its
    /// path what the two share: its path then ends below the level at which they are in two halves of one subtree, that is,
    /// it has as many siblings as the highest bit in which their indexes differ.
    /// @param branch that of the transaction before; an empty one for the first
    function proveNext(
        ProvenBlock memory inBlock,
        BitcoinMerkle.Branch memory branch,
        TransactionProof calldata proof
    ) internal view returns (BitcoinTransaction.Parsed memory parsed, BitcoinMerkle.Branch memory next) {
        parsed = BitcoinTransaction.parse(proof.raw);
        if (proof.path.length < branch.depth) {
            if (!BitcoinMerkle.isBeside(branch, parsed.txid, proof.index, proof.path)) {
                revert BitcoinProof_NotBeside(parsed.txid, proof.index);
            }
            return (parsed, branch);
        }
        bytes32 root;
        (root, next) = BitcoinMerkle.branchOf(parsed.txid, proof.index, proof.path);
        if (root != inBlock.merkleRoot) revert BitcoinProof_NotInBlock(parsed.txid, root, inBlock.merkleRoot);
    }

    /// @notice Checks that a transaction lies deep enough; a coinbase as deep as its outputs can be spent.
    function requireDepth(ProvenBlock memory inBlock, BitcoinTransaction.Parsed memory parsed, uint256 need)
        internal
        pure
    {
        if (parsed.coinbase && need < BitcoinTransaction.COINBASE_MATURITY) need = BitcoinTransaction.COINBASE_MATURITY;
        if (inBlock.confirmations < need) revert BitcoinProof_TooFewConfirmations(inBlock.confirmations, need);
    }
}
