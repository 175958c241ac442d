// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BitcoinHeader} from "../bitcoin/BitcoinHeader.sol";
import {BitcoinMerkle} from "../bitcoin/BitcoinMerkle.sol";
import {BitcoinTarget} from "../bitcoin/BitcoinTarget.sol";
import {BitcoinTransaction} from "../bitcoin/BitcoinTransaction.sol";

/// @notice The bitcoin libraries from outside, for tests with data of mainnet.
contract BitcoinHarness {
    /// @notice What one epoch asks of the next.
    struct Epoch {
        uint32 next; // bits that its successor must have
        uint256 work; // of one of its blocks
    }

    /// @notice Applies the retarget rule to epochs, each given by its first and its last header.
    function retargets(bytes calldata headers, uint32 powLimitBits) external pure returns (Epoch[] memory epochs) {
        uint256 powLimit = BitcoinTarget.decode(powLimitBits);
        epochs = new Epoch[](headers.length / (2 * BitcoinHeader.LENGTH));
        bytes memory header = new bytes(BitcoinHeader.LENGTH);
        for (uint256 i = 0; i < epochs.length; ++i) {
            BitcoinHeader.load(header, headers, 2 * i * BitcoinHeader.LENGTH);
            int256 start = int256(uint256(BitcoinHeader.time(header)));
            uint32 bits = BitcoinHeader.bits(header);
            BitcoinHeader.load(header, headers, (2 * i + 1) * BitcoinHeader.LENGTH);
            int256 elapsed = int256(uint256(BitcoinHeader.time(header))) - start;
            epochs[i].next = BitcoinTarget.retarget(bits, elapsed, powLimit);
            epochs[i].work = BitcoinTarget.work(BitcoinTarget.decode(bits));
        }
    }

    /// @notice Parses a transaction.
    function parse(bytes calldata raw) external view returns (BitcoinTransaction.Parsed memory) {
        return BitcoinTransaction.parse(raw);
    }

    /// @notice One output of a transaction.
    function output(bytes calldata raw, uint256 vout) external view returns (uint256 value, bytes memory script) {
        return BitcoinTransaction.output(raw, BitcoinTransaction.parse(raw), vout);
    }

    /// @notice The merkle root above a leaf.
    function rootOf(bytes32 leaf, uint256 index, bytes32[] calldata path) external view returns (bytes32) {
        return BitcoinMerkle.rootOf(leaf, index, path);
    }
}
