// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Terms} from "./ILeases.sol";
import {LeaseTerms} from "./LeaseTerms.sol";

contract LeaseTermsTest {
    function testFuzz_EveryWordOfTheTermsChangesTheHash(uint256 word, uint256 bit) external view {
        Terms memory terms;
        bytes32 before = this.hash(terms);
        _flip(terms, word % 9, uint8(bit));
        assert(this.hash(terms) != before);
    }

    function testFuzz_EveryByteOfTheRefundScriptChangesTheHash(bytes calldata script, uint256 at, bytes1 other)
        external
        view
    {
        if (script.length == 0 || script[at % script.length] == other) return;
        Terms memory terms;
        terms.refundScript = script;
        bytes32 before = this.hash(terms);
        terms.refundScript[at % script.length] = other;
        assert(this.hash(terms) != before);
    }

    function testFuzz_StandardScripts(bytes20 short, bytes32 long) external view {
        assert(this.isStandard(""));
        assert(this.isStandard(abi.encodePacked(hex"76a914", short, hex"88ac")));
        assert(this.isStandard(abi.encodePacked(hex"a914", short, hex"87")));
        assert(this.isStandard(abi.encodePacked(hex"0014", short)));
        assert(this.isStandard(abi.encodePacked(hex"0020", long)));
        assert(this.isStandard(abi.encodePacked(hex"5120", long)));
    }

    function testFuzz_NoOtherLengthIsStandard(bytes calldata script) external view {
        uint256 n = script.length;
        if (n != 0 && n != 22 && n != 23 && n != 25 && n != 34) assert(!this.isStandard(script));
    }

    function testFuzz_NoOtherBeginningIsStandard(bytes2 start, bytes20 short, bytes32 long) external view {
        if (start != 0x0014) assert(!this.isStandard(abi.encodePacked(start, short)));
        if (start != 0x0020 && start != 0x5120) assert(!this.isStandard(abi.encodePacked(start, long)));
        if (start != 0xa914) assert(!this.isStandard(abi.encodePacked(start, short, hex"87")));
        if (start != 0x76a9) assert(!this.isStandard(abi.encodePacked(start, hex"14", short, hex"88ac")));
    }

    function hash(Terms calldata terms) external pure returns (bytes32) {
        return LeaseTerms.hash(terms);
    }

    function isStandard(bytes calldata script) external pure returns (bool) {
        return LeaseTerms.isStandard(script);
    }

    /// @dev Flips a bit of one of the nine words, within its type.
    function _flip(Terms memory t, uint256 word, uint8 bit) private pure {
        uint256 mask = 1 << bit;
        if (word == 0) t.holder = address(uint160(1 << (bit % 160)));
        else if (word == 1) t.appliance = uint32(1 << (bit % 32));
        else if (word == 2) t.class = bytes32(mask);
        else if (word == 3) t.quote = address(uint160(1 << (bit % 160)));
        else if (word == 4) t.price = mask;
        else if (word == 5) t.prepayment = mask;
        else if (word == 6) t.launchSpecHash = bytes32(mask);
        else if (word == 7) t.salt = mask;
        else t.deadline = mask;
    }
}
