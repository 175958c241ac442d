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

    /// @notice Root of the tree that has `leaf` at `index`.
    /// @param leaf a txid whose transaction is not 64 bytes long, internal byte order
    /// @param path siblings from the leaf up
    function rootOf(bytes32 leaf, uint256 index, bytes32[] calldata path) internal view returns (bytes32 node) {
        uint256 depth = path.length;
        if (depth > MAX_DEPTH) revert BitcoinMerkle_PathTooLong(depth, MAX_DEPTH);
        if (index >> depth != 0) revert BitcoinMerkle_IndexOutOfRange(index, depth);
        node = leaf;
        for (uint256 level = 0; level < depth; ++level) {
            node = _parent(node, path[level], index >> level & 1 == 1, level);
        }
    }

    /// One step up.
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
