// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CreditRecords} from "./CreditRecords.sol";

/// Keys are made so that they compete for a few slots, and compared with a mapping that forgets nothing.
contract CreditRecordsTest {
    using CreditRecords for *;

    struct Expected {
        uint256 amount;
        uint256 height;
        bytes8 hashStart;
    }

    uint256 private constant KEPT = 4096;

    CreditRecords.Records private _records;
    mapping(bytes32 key => Expected) private _expected;
    bytes32[] private _keys;

    function testFuzz_KeepsEveryFieldOfOne(bytes32 key, uint64 amount, uint32 height, bytes32 blockHash) public {
        (CreditRecords.Record storage place,) = _records.locate(key, height);
        place.put(key, amount, height, blockHash);
        (, CreditRecords.Credit memory credit) = _records.locate(key, height);
        require(credit.tag == bytes12(key), "tag");
        require(credit.amount == amount && credit.height == height, "amount and height");
        require(credit.hashStart == bytes8(blockHash), "hash");
    }

    /// Time goes on while payments to three slots are recorded, revoked and recorded again.
    function testFuzz_ForgetsOnlyWhatIsFinal(uint256 seed) public {
        uint256 tip = 1000;
        for (uint256 step = 0; step < 40; ++step) {
            seed = uint256(keccak256(abi.encode(seed)));
            tip += seed % 5 == 0 ? 1500 : 1;
            bool known = seed % 3 == 0 && _keys.length != 0;
            bytes32 key = known ? _keys[(seed >> 8) % _keys.length] : _newKey(seed);
            _change(key, tip, seed);
            _compare(tip);
        }
    }

    /// Records or revokes as BitcoinPayments would: what is standing is left alone.
    function _change(bytes32 key, uint256 tip, uint256 seed) private {
        (CreditRecords.Record storage place, CreditRecords.Credit memory credit) = _records.locate(key, tip);
        bool revokes = credit.height != 0 && credit.height + KEPT > tip;
        uint256 amount = (seed >> 16) % (revokes ? 2 : 1_000_000);
        Expected memory next = revokes ? Expected(amount, 0, 0) : Expected(amount, tip - 2, bytes8(key) | bytes8(uint64(1)));
        place.put(key, next.amount, next.height, next.hashStart);
        _expected[key] = next;
    }

    /// Every credit that can still be proven or has a rest to be set off is found as it was put.
    function _compare(uint256 tip) private view {
        for (uint256 i = 0; i < _keys.length; ++i) {
            Expected memory expected = _expected[_keys[i]];
            (, CreditRecords.Credit memory credit) = _records.locate(_keys[i], tip);
            bool needed = expected.height == 0 ? expected.amount != 0 : expected.height + KEPT > tip;
            bool found = credit.tag != 0;
            require(found || !needed, "forgot what is needed");
            if (!found) continue;
            require(credit.amount == expected.amount && credit.height == expected.height, "amount and height");
            require(credit.hashStart == expected.hashStart, "hash");
        }
    }

    function _newKey(uint256 seed) private returns (bytes32 key) {
        key = bytes32((seed & ~uint256(CreditRecords.SIZE - 1)) | (seed % 3));
        _keys.push(key);
    }
}
