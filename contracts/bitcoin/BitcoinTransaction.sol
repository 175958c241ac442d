// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LittleEndian} from "./LittleEndian.sol";
import {Sha256d} from "./Sha256d.sol";

/// @title Raw transactions
/// @notice Reads a transaction as a node returns it: legacy, or with marker, flag and witness (BIP-144). The txid is
/// over the legacy form either way. The witness is skipped unread, since no txid covers it.
library BitcoinTransaction {
    /// No standard transaction is longer (400,000 weight units); what miners include beyond that cannot be proven.
    uint256 internal constant MAX_LENGTH = 400_000;
    /// Satoshi there can ever be.
    uint256 internal constant MAX_MONEY = 21_000_000 * 1e8;
    /// Confirmations before an output of a coinbase can be spent.
    uint256 internal constant COINBASE_MATURITY = 100;

    /// @notice What one pass over a transaction finds.
    struct Parsed {
        bytes32 txid; // internal byte order
        uint256 firstOutput; // offset of the first output
        uint256 outputs; // how many there are
        bool coinbase;
    }

    error BitcoinTransaction_TooLong(uint256 have, uint256 max);
    /// A field reaches past the end.
    error BitcoinTransaction_Truncated(uint256 have, uint256 need);
    error BitcoinTransaction_TrailingBytes(uint256 have, uint256 need);
    error BitcoinTransaction_BadFlag(uint8 flag);
    error BitcoinTransaction_NoInputs();
    error BitcoinTransaction_NoOutputs();
    /// A count or length not in its shortest form, or of eight bytes.
    error BitcoinTransaction_BadVarint(uint256 offset);
    /// A legacy form of 64 bytes can be mistaken for two nodes of a merkle tree (CVE-2017-12842).
    error BitcoinTransaction_SixtyFourBytes();
    error BitcoinTransaction_NoSuchOutput(uint256 vout, uint256 outputs);
    error BitcoinTransaction_ValueOutOfRange(uint256 have, uint256 max);

    /// @notice Parses all but the witness, and hashes.
    function parse(bytes calldata raw) internal view returns (Parsed memory parsed) {
        if (raw.length > MAX_LENGTH) revert BitcoinTransaction_TooLong(raw.length, MAX_LENGTH);
        bool segwit = _hasWitness(raw);
        (uint256 inputs, uint256 cursor) = _varint(raw, segwit ? 6 : 4);
        if (inputs == 0) revert BitcoinTransaction_NoInputs();
        parsed.coinbase = _isCoinbase(raw, inputs, cursor);
        cursor = _skip(raw, cursor, inputs, 36, 4);
        (parsed.outputs, cursor) = _varint(raw, cursor);
        if (parsed.outputs == 0) revert BitcoinTransaction_NoOutputs();
        parsed.firstOutput = cursor;
        cursor = _skip(raw, cursor, parsed.outputs, 8, 0);
        parsed.txid = segwit ? _txidStripped(raw, inputs, cursor) : _txid(raw, cursor);
    }

    /// @notice One output of a parsed transaction.
    /// @return value satoshi
    /// @return script its scriptPubKey
    function output(bytes calldata raw, Parsed memory parsed, uint256 vout)
        internal
        pure
        returns (uint256 value, bytes calldata script)
    {
        if (vout >= parsed.outputs) revert BitcoinTransaction_NoSuchOutput(vout, parsed.outputs);
        uint256 cursor = _skip(raw, parsed.firstOutput, vout, 8, 0);
        value = LittleEndian.swap64(uint64(bytes8(_word(raw, cursor))));
        if (value > MAX_MONEY) revert BitcoinTransaction_ValueOutOfRange(value, MAX_MONEY);
        uint256 length;
        (length, cursor) = _varint(raw, cursor + 8);
        script = raw[cursor:cursor + length];
    }

    /// No transaction has zero inputs, so a zero in their place is the witness marker.
    function _hasWitness(bytes calldata raw) private pure returns (bool) {
        if (raw.length < 10) revert BitcoinTransaction_Truncated(raw.length, 10);
        bytes32 word = _word(raw, 0);
        if (word[4] != 0) return false;
        if (word[5] != 0x01) revert BitcoinTransaction_BadFlag(uint8(word[5]));
        return true;
    }

    /// A coinbase has one input, which spends output 2^32 − 1 of transaction zero.
    function _isCoinbase(bytes calldata raw, uint256 inputs, uint256 cursor) private pure returns (bool) {
        return inputs == 1 && _word(raw, cursor) == 0 && bytes4(_word(raw, cursor + 32)) == 0xffffffff;
    }

    /// Offset after `count` items, each of `before` bytes, a script with its length, and `after_` bytes.
    /// @dev Nothing overflows: no length exceeds 2^32, and the cursor is checked after each.
    function _skip(bytes calldata raw, uint256 cursor, uint256 count, uint256 before, uint256 after_)
        private
        pure
        returns (uint256)
    {
        unchecked {
            uint256 length;
            for (uint256 i = 0; i < count; ++i) {
                (length, cursor) = _varint(raw, cursor + before);
                cursor += length + after_;
                if (cursor > raw.length) revert BitcoinTransaction_Truncated(raw.length, cursor);
            }
            return cursor;
        }
    }

    /// CompactSize at an offset, and the offset after it. Read past the end it is of no meaning: callers look at where the
    /// items end that it announces.
    function _varint(bytes calldata raw, uint256 offset) private pure returns (uint256 value, uint256 next) {
        unchecked {
            uint256 word = uint256(_word(raw, offset));
            value = word >> 248;
            if (value < 0xfd) return (value, offset + 1);
            if (value == 0xff) revert BitcoinTransaction_BadVarint(offset);
            bool short = value == 0xfd;
            uint32 tail = LittleEndian.swap32(uint32(word >> 216));
            value = short ? tail & 0xffff : tail;
            if (value < (short ? 0xfd : 0x10000)) revert BitcoinTransaction_BadVarint(offset);
            next = offset + (short ? 3 : 5);
        }
    }

    /// Txid of a legacy form whose outputs end at `cursor`; the lock time must end it.
    function _txid(bytes calldata raw, uint256 cursor) private view returns (bytes32) {
        uint256 need = cursor + 4;
        if (raw.length < need) revert BitcoinTransaction_Truncated(raw.length, need);
        if (raw.length > need) revert BitcoinTransaction_TrailingBytes(raw.length, need);
        if (need == 64) revert BitcoinTransaction_SixtyFourBytes();
        return Sha256d.data(raw);
    }

    /// Txid of a form with witness: version, inputs and outputs, lock time, without what is between. Each input's witness
    /// takes at least its count.
    function _txidStripped(bytes calldata raw, uint256 inputs, uint256 cursor) private view returns (bytes32) {
        uint256 need = cursor + inputs + 4;
        if (raw.length < need) revert BitcoinTransaction_Truncated(raw.length, need);
        if (cursor - 2 + 4 == 64) revert BitcoinTransaction_SixtyFourBytes();
        return Sha256d.data(bytes.concat(raw[:4], raw[6:cursor], raw[raw.length - 4:]));
    }

    /// The 32 bytes at an offset; those past the end are of no meaning, and callers look at none.
    function _word(bytes calldata raw, uint256 offset) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := calldataload(add(raw.offset, offset))
        }
    }
}
