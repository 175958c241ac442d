// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {KEPT_BLOCKS} from "./IBitcoinLightClient.sol";

/// @title What outpoints have credited
/// @notice One word for each. A record is needed only while its block can be proven, so records live in a table whose
/// slots are reused once their blocks have left the light client's ring: a new slot would cost 17,000 gas more. A record
/// whose slot in the table is still in use goes to a mapping instead.
library CreditRecords {
    /// Slots of the table. Payments of four weeks beyond about as many cost a new slot each.
    uint256 internal constant SIZE = 16_384;

    struct Record {
        uint256 word; // tag 96, amount 64, height 32, start of the block's hash 64 bits
    }

    struct Records {
        Record[SIZE] table;
        mapping(bytes32 key => Record) overflow;
    }

    struct Credit {
        bytes12 tag; // of the key, which has 14 more bits in the slot's index
        uint64 amount; // millisatoshi
        uint32 height; // of the block it was proven in; zero when revoked
        bytes8 hashStart; // first 8 bytes of that block's hash
    }

    /// @notice The credit of a key, all zero when there is none, and the place where it is or may be put.
    /// @dev An empty slot proves that no record with its index was ever put elsewhere: a slot never becomes empty again.
    /// @param tip height of the best block, by which a slot is free or not
    function locate(Records storage self, bytes32 key, uint256 tip)
        internal
        view
        returns (Record storage place, Credit memory credit)
    {
        place = self.table[uint256(key) % SIZE];
        credit = unpack(place.word);
        if (place.word == 0 || credit.tag == bytes12(key)) return (place, credit);
        Record storage other = self.overflow[key];
        if (other.word != 0 || !isFree(credit, tip)) place = other;
        credit = unpack(other.word);
    }

    /// @notice Records a credit.
    function put(Record storage place, bytes32 key, uint256 amount, uint256 height, bytes32 blockHash) internal {
        place.word = uint256(bytes32(bytes12(key))) | (amount << 96) | (height << 64) | (uint256(blockHash) >> 192);
    }

    /// @notice Whether a credit's slot may be reused: its block can be proven no more, or nothing of it is left.
    function isFree(Credit memory credit, uint256 tip) internal pure returns (bool) {
        return credit.height == 0 ? credit.amount == 0 : credit.height + KEPT_BLOCKS <= tip;
    }

    /// @notice Fields of a word.
    function unpack(uint256 word) internal pure returns (Credit memory) {
        return Credit(bytes12(bytes32(word)), uint64(word >> 96), uint32(word >> 64), bytes8(uint64(word)));
    }
}
