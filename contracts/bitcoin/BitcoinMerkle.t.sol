// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {vm} from "../mocks/Vm.sol";
import {BitcoinMerkle} from "./BitcoinMerkle.sol";
import {LittleEndian} from "./LittleEndian.sol";
import {Sha256d} from "./Sha256d.sol";

contract BitcoinMerkleTest {
    function rootOf(bytes32 leaf, uint256 index, bytes32[] calldata path) external view returns (bytes32) {
        return BitcoinMerkle.rootOf(leaf, index, path);
    }

    /// Block 100,000 of mainnet.
    function test_ProvesTransactionsOfMainnet() public view {
        bytes32[] memory leaves = new bytes32[](4);
        leaves[0] = _internal(0x8c14f0db3df150123e6f3dbbf30f8b955a8249b62ac1d1ff16284aefa3d06d87);
        leaves[1] = _internal(0xfff2525b8931402dd09222c50775608f75787bd2b87e56995a7bdd30f79702c4);
        leaves[2] = _internal(0x6359f0868171b1d194cbee1af2f16ea598ae8fad666d9b012c8ed2b79a236ec4);
        leaves[3] = _internal(0xe9a66845e05d5abc0ad04ec80f774a7e585c6e8db975962d069a522137b80c1d);
        bytes32 root = _internal(0xf3e94742aca4b5ef85488dc37c06c3282295ffec960994b2c0d5ac2a25a95766);
        for (uint256 i = 0; i < 4; ++i) {
            (bytes32 built, bytes32[] memory path) = _tree(leaves, i);
            require(built == root, "tree");
            require(this.rootOf(leaves[i], i, path) == root, "path");
        }
    }

    function testFuzz_ProvesEveryLeaf(bytes32 seed, uint256 count, uint256 index) public view {
        count = count % 70 + 1;
        index = index % count;
        bytes32[] memory leaves = _leaves(seed, count);
        (bytes32 root, bytes32[] memory path) = _tree(leaves, index);
        require(this.rootOf(leaves[index], index, path) == root, "root");
    }

    function testFuzz_ProvesNothingElse(bytes32 seed, uint256 count, uint256 index, uint256 other) public view {
        count = count % 70 + 2;
        index = index % count;
        bytes32[] memory leaves = _leaves(seed, count);
        (bytes32 root, bytes32[] memory path) = _tree(leaves, index);
        other = other % (1 << path.length);
        vm.assume(other != index);
        try this.rootOf(leaves[index], other, path) returns (bytes32 computed) {
            // Only where a node without a sibling is its own does the order not matter, and that is one leaf only.
            require(computed != root, "another index");
        } catch (bytes memory reason) {
            require(bytes4(reason) == BitcoinMerkle.BitcoinMerkle_DuplicatedNode.selector, "reason");
        }
    }

    /// CVE-2012-2459: with three leaves, the third also seems to be the fourth.
    function test_RefusesADuplicatedNode() public {
        bytes32[] memory leaves = _leaves("three", 3);
        (, bytes32[] memory path) = _tree(leaves, 2);
        vm.expectRevert(abi.encodeWithSelector(BitcoinMerkle.BitcoinMerkle_DuplicatedNode.selector, 0));
        this.rootOf(leaves[2], 3, path);
        // and with five, the fifth is seen at three more places
        leaves = _leaves("five", 5);
        (, path) = _tree(leaves, 4);
        vm.expectRevert(abi.encodeWithSelector(BitcoinMerkle.BitcoinMerkle_DuplicatedNode.selector, 1));
        this.rootOf(leaves[4], 6, path);
    }

    /// CVE-2017-12842: a transaction of 64 bytes in the block, whose second half is the txid of one that is not.
    function testFuzz_RefusesA64ByteTransactionAsNode(bytes32 seed, uint256 scriptLength, uint256 index) public {
        bytes32[] memory leaves = _leaves(seed, 9);
        index = index % 9;
        bytes memory transaction = _transaction64(seed, scriptLength % 5);
        (bytes32 left, bytes32 right) = (_wordAt(transaction, 0), _wordAt(transaction, 32));
        leaves[index] = Sha256d.pair(left, right);
        (bytes32 root, bytes32[] memory path) = _tree(leaves, index);
        bytes32[] memory longer = new bytes32[](path.length + 1);
        longer[0] = left;
        for (uint256 i = 0; i < path.length; ++i) {
            longer[i + 1] = path[i];
        }
        require(this.rootOf(leaves[index], index, path) == root, "the transaction itself is in the block");
        vm.expectRevert(abi.encodeWithSelector(BitcoinMerkle.BitcoinMerkle_NodeIsTransaction.selector, 0));
        this.rootOf(right, index * 2 + 1, longer);
    }

    function testFuzz_TakesOtherNodesThatLookAlike(bytes32 left, bytes32 right) public pure {
        // Input count 1, but a script that is too long, or no output.
        left = (left & ~bytes32(uint256(0xff) << 216)) | bytes32(uint256(1) << 216);
        require(!BitcoinMerkle.isTransaction(left, right | bytes32(uint256(5) << 176)), "script length");
        bytes32 noOutput = right & ~bytes32((uint256(0xff) << 176) | (uint256(0xff) << 136));
        require(!BitcoinMerkle.isTransaction(left, noOutput), "output count");
    }

    function test_BoundsThePath() public {
        bytes32[] memory path = new bytes32[](16);
        vm.expectRevert(abi.encodeWithSelector(BitcoinMerkle.BitcoinMerkle_PathTooLong.selector, 16, 15));
        this.rootOf(bytes32(0), 0, path);
        path = new bytes32[](2);
        vm.expectRevert(abi.encodeWithSelector(BitcoinMerkle.BitcoinMerkle_IndexOutOfRange.selector, 4, 2));
        this.rootOf(bytes32(0), 4, path);
    }

    function testFuzz_HashesAsThePrecompileDoesTwice(bytes memory data, bytes32 left, bytes32 right) public view {
        require(Sha256d.data(data) == sha256(abi.encodePacked(sha256(data))), "data");
        require(Sha256d.pair(left, right) == sha256(abi.encodePacked(sha256(abi.encodePacked(left, right)))), "pair");
    }

    /// One input, one output, four bytes of scripts.
    function _transaction64(bytes32 seed, uint256 s) private pure returns (bytes memory) {
        bytes memory random = abi.encodePacked(keccak256(abi.encode(seed, s)), keccak256(abi.encode(s, seed)));
        uint64 value = uint64(uint256(seed) % 2_100_000_000_000_001);
        bytes memory input = abi.encodePacked(hex"0200000001", _slice(random, 0, 36), uint8(s), _slice(random, 36, s));
        bytes memory tail = abi.encodePacked(uint8(4 - s), _slice(random, 36 + s, 4 - s), hex"00000000");
        return abi.encodePacked(input, hex"ffffffff01", LittleEndian.swap64(value), tail);
    }

    function _slice(bytes memory data, uint256 from, uint256 length) private pure returns (bytes memory part) {
        part = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            part[i] = data[from + i];
        }
    }

    function _wordAt(bytes memory data, uint256 offset) private pure returns (bytes32) {
        require(data.length == 64, "64 bytes");
        return bytes32(_slice(data, offset, 32));
    }

    function _internal(uint256 shown) private pure returns (bytes32) {
        return bytes32(LittleEndian.swap256(bytes32(shown)));
    }

    function _leaves(bytes32 seed, uint256 count) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            leaves[i] = keccak256(abi.encode(seed, i));
        }
    }

    /// The tree built level by level, and the path of one leaf.
    function _tree(bytes32[] memory leaves, uint256 index) private view returns (bytes32, bytes32[] memory path) {
        uint256 depth = 0;
        while (1 << depth < leaves.length) ++depth;
        path = new bytes32[](depth);
        bytes32[] memory level = leaves;
        for (uint256 d = 0; d < depth; ++d) {
            uint256 sibling = (index >> d) ^ 1;
            path[d] = sibling < level.length ? level[sibling] : level[sibling ^ 1];
            bytes32[] memory next = new bytes32[]((level.length + 1) / 2);
            for (uint256 i = 0; i < next.length; ++i) {
                next[i] = Sha256d.pair(level[2 * i], level[2 * i + 1 < level.length ? 2 * i + 1 : 2 * i]);
            }
            level = next;
        }
        return (level[0], path);
    }
}
