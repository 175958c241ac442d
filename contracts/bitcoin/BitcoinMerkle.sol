// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Sha256d} from "./Sha256d.sol";

/// @title Merkle paths of Bitcoin's blocks
library BitcoinMerkle {
    /// A block holds fewer than 2^15 transactions: four million weight units, and the least has 240.
    uint256 internal constant MAX_DEPTH = 15;

    error BitcoinMerkle_PathTooLong(uint256 have, uint256 max);
    error BitcoinMerkle_IndexOutOfRange(uint256 index, uint256 depth);
    /// The node repeats its left sibling: the index is beyond the last transaction (CVE-2012-2459).
    error BitcoinMerkle_DuplicatedNode(uint256 level);
    /// What is hashed at this level is a transaction, not two nodes (CVE-2017-12842).
    error BitcoinMerkle_NodeIsTransaction(uint256 level);
    /// A path of `length` siblings does not reach from this index to the branch of the index before it.
    error BitcoinMerkle_NotBeside(uint256 index, uint256 before, uint256 length);

    /// @notice The branch of a leaf that is proven to be in the tree: what its path told of other leaves' paths.
    struct Branch {
        uint256 depth; // levels of the tree; all leaves are as deep
        uint256 index; // of the leaf
        uint256 repeated; // bit by level: the sibling stands for a node that is not there, and repeats the branch's own
        bytes32[MAX_DEPTH] siblings;
    }

    /// @notice Root of the tree that has `leaf` at `index`.
    /// @param leaf a txid whose transaction is not 64 bytes long, internal byte order
    /// @param path siblings from the leaf up
    function rootOf(bytes32 leaf, uint256 index, bytes32[] calldata path) internal view returns (bytes32 root) {
        if (index >> path.length != 0) revert BitcoinMerkle_IndexOutOfRange(index, path.length);
        (root,) = _top(leaf, index, path);
    }

    /// @notice Root of the tree that has `leaf` at `index`, and the branch on which later leaves can be proven with less:
    /// once the root is known to be the block's, `isBeside` proves them.
    function branchOf(bytes32 leaf, uint256 index, bytes32[] calldata path)
        internal
        view
        returns (bytes32 root, Branch memory branch)
    {
        if (index >> path.length != 0) revert BitcoinMerkle_IndexOutOfRange(index, path.length);
        (root, branch.repeated) = _top(leaf, index, path);
        (branch.depth, branch.index) = (path.length, index);
        _copy(branch, path);
    }

    /// @notice Whether the tree of a branch has `leaf` at `index`, which is beyond the branch's; if so the branch becomes
    /// that of `leaf`.
    /// @dev Where two branches meet, each goes through the other's sibling. That sibling is proven already, so the path of
    /// the second leaf ends there: no sibling above is sent or hashed again.
    /// @param path siblings from the leaf up to the level at which the two branches are each other's sibling
    function isBeside(Branch memory branch, bytes32 leaf, uint256 index, bytes32[] calldata path)
        internal
        view
        returns (bool)
    {
        uint256 level = path.length;
        bool beside = index > branch.index && (index ^ branch.index) >> level == 1 && level < branch.depth;
        if (!beside) revert BitcoinMerkle_NotBeside(index, branch.index, level);
        if (branch.repeated >> level & 1 == 1) revert BitcoinMerkle_DuplicatedNode(level);
        (bytes32 node, uint256 repeated) = _top(leaf, index, path);
        if (node != branch.siblings[level]) return false;
        branch.repeated = (branch.repeated >> level << level) | repeated;
        branch.index = index;
        _copy(branch, path);
        return true;
    }

    /// The node that is as many levels above a leaf as its path is long, and at which of them a sibling repeats a node.
    function _top(bytes32 leaf, uint256 index, bytes32[] calldata path)
        private
        view
        returns (bytes32 node, uint256 repeated)
    {
        uint256 depth = path.length;
        if (depth > MAX_DEPTH) revert BitcoinMerkle_PathTooLong(depth, MAX_DEPTH);
        uint256 level;
        (node, level) = _climb(leaf, index, path, 0);
        while (level < depth) {
            if (node == path[level]) repeated |= 1 << level;
            node = _parent(node, path[level], index >> level & 1 == 1, level);
            (node, level) = _climb(node, index, path, level + 1);
        }
    }

    /// Keeps a path's siblings; those above its end stay as they were.
    function _copy(Branch memory branch, bytes32[] calldata path) private pure {
        bytes32[MAX_DEPTH] memory siblings = branch.siblings;
        assembly ("memory-safe") {
            calldatacopy(siblings, path.offset, shl(5, path.length))
        }
    }

    /// Climbs to the root, or to the first level at which the two nodes have to be looked at more closely.
    /// @dev Assembly, because the compiler spends as much on each level as the hashes cost: measured, 300 gas.
    function _climb(bytes32 from, uint256 index, bytes32[] calldata path, uint256 fromLevel)
        private
        view
        returns (bytes32 node, uint256 level)
    {
        node = from;
        level = fromLevel;
        assembly ("memory-safe") {
            for {} lt(level, path.length) { level := add(level, 1) } {
                let side := shl(5, and(shr(level, index), 1))
                mstore(side, node)
                mstore(xor(side, 0x20), calldataload(add(path.offset, shl(5, level))))
                let left := mload(0x00)
                if or(eq(left, mload(0x20)), eq(byte(4, left), 1)) { break }
                let ok := staticcall(gas(), 2, 0x00, 0x40, 0x00, 0x20)
                if iszero(and(staticcall(gas(), 2, 0x00, 0x20, 0x00, 0x20), ok)) { revert(0, 0) }
                node := mload(0x00)
            }
        }
    }

    /// One step up, checked. A left node without a sibling is its own; a right one never repeats its sibling.
    function _parent(bytes32 node, bytes32 sibling, bool isRight, uint256 level) private view returns (bytes32) {
        if (isRight && node == sibling) revert BitcoinMerkle_DuplicatedNode(level);
        (bytes32 left, bytes32 right) = isRight ? (sibling, node) : (node, sibling);
        if (isTransaction(left, right)) revert BitcoinMerkle_NodeIsTransaction(level);
        return Sha256d.pair(left, right);
    }

    /// @notice Whether these 64 bytes are the serialisation of a transaction that could be in a block.
    /// @dev Who gets a 64-byte transaction mined whose second half happens to be the txid of another one could prove that
    /// other one below it. A transaction of 64 bytes has one input, one output and four bytes of scripts between them, so
    /// it can be told: input count 1 at byte 4, script length s ≤ 4 at 41, output count 1 at 46 + s, value of at most
    /// 21 million bitcoin at 47 + s, script length 4 − s at 55 + s. Two honest nodes look so once in 2^42.
    function isTransaction(bytes32 left, bytes32 right) internal pure returns (bool) {
        if (left[4] != 0x01) return false;
        uint256 s = uint8(right[9]);
        if (s > 4 || right[14 + s] != 0x01) return false;
        bool valueInRange = uint8(right[21 + s]) <= 7 && right[22 + s] == 0;
        return valueInRange && uint8(right[23 + s]) == 4 - s;
    }
}
