// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {vm} from "../mocks/Vm.sol";
import {BitcoinTransaction} from "./BitcoinTransaction.sol";
import {LittleEndian} from "./LittleEndian.sol";

contract BitcoinTransactionTest {
    struct Built {
        bytes legacy;
        bytes segwit;
        uint64[] values;
        bytes[] scripts;
    }

    function parse(bytes calldata raw) external view returns (BitcoinTransaction.Parsed memory) {
        return BitcoinTransaction.parse(raw);
    }

    function output(bytes calldata raw, uint256 vout) external view returns (uint256, bytes memory) {
        return BitcoinTransaction.output(raw, BitcoinTransaction.parse(raw), vout);
    }

    /// The first transaction of block 170: the first payment ever made.
    function test_ParsesTheFirstPayment() public view {
        bytes memory raw = hex"0100000001c997a5e56e104102fa209c6a852dd90660a20b2d9c352423edce25857fcd3704000000004847304402"
            hex"204e45e16932b8af514961a1d3a1a25fdf3f4f7732e9d624c6c61548ab5fb8cd410220181522ec8eca07de4860a4acdd12909d"
            hex"831cc56cbbac4622082221a8768d1d0901ffffffff0200ca9a3b00000000434104ae1a62fe09c5f51b13905f07f06b99a2f715"
            hex"9b2225f374cd378d71302fa28414e7aab37397f554a7df5f142c21c1b7303b8a0626f1baded5c72a704f7e6cd84cac00286bee"
            hex"0000000043410411db93e1dcdb8a016b49840f8c53bc1eb68a382e97b1482ecad7b148a6909a5cb2e0eaddfb84ccf9744464f8"
            hex"2e160bfa9b8b64f9d4c03f999b8643f656b412a3ac00000000";
        BitcoinTransaction.Parsed memory parsed = this.parse(raw);
        require(
            LittleEndian.swap256(parsed.txid) == 0xf4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16,
            "txid"
        );
        require(parsed.outputs == 2 && !parsed.coinbase, "outputs");
        (uint256 value, bytes memory script) = this.output(raw, 1);
        require(value == 40e8 && script.length == 67 && script[66] == 0xac, "output");
    }

    /// The coinbase of mainnet's genesis block.
    function test_RecognizesACoinbase() public view {
        bytes memory raw = hex"01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d"
            hex"0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f"
            hex"6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a67130b710"
            hex"5cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac000000"
            hex"00";
        BitcoinTransaction.Parsed memory parsed = this.parse(raw);
        require(
            LittleEndian.swap256(parsed.txid) == 0x4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b,
            "txid"
        );
        require(parsed.coinbase, "coinbase");
        raw[36] = 0x01; // another transaction's output 2^32 − 1
        require(!this.parse(raw).coinbase, "previous transaction");
        (raw[36], raw[40]) = (0x00, 0x7f);
        require(!this.parse(raw).coinbase, "previous output");
    }

    function testFuzz_ParsesBothForms(bytes32 seed, uint8 inputs, uint8 outputs) public view {
        Built memory built = _build(seed, uint256(inputs) % 5 + 1, uint256(outputs) % 5 + 1);
        bytes32 txid = sha256(abi.encodePacked(sha256(built.legacy)));
        require(this.parse(built.legacy).txid == txid, "legacy");
        require(this.parse(built.segwit).txid == txid, "segwit");
        for (uint256 i = 0; i < built.values.length; ++i) {
            (uint256 value, bytes memory script) = this.output(built.legacy, i);
            require(value == built.values[i] && keccak256(script) == keccak256(built.scripts[i]), "output");
            (value, script) = this.output(built.segwit, i);
            require(value == built.values[i] && keccak256(script) == keccak256(built.scripts[i]), "segwit output");
        }
    }

    function testFuzz_CountsOf253AndMore(bytes32 seed, uint16 scriptLength) public view {
        bytes memory script = new bytes(uint256(scriptLength) % 1000);
        for (uint256 i = 0; i < script.length; ++i) {
            script[i] = seed[i % 32];
        }
        bytes memory raw = _withOutputs(hex"fd0001", 256, script);
        require(this.parse(raw).outputs == 256, "count");
        (uint256 value, bytes memory found) = this.output(raw, 255);
        require(value == 546 && keccak256(found) == keccak256(script), "last output");
    }

    function testFuzz_RefusesEveryPrefix(bytes32 seed, uint256 length) public view {
        Built memory built = _build(seed, 2, 2);
        length = length % built.legacy.length;
        try this.parse(_prefix(built.legacy, length)) {
            revert("parsed a prefix");
        } catch {}
        // Of the form with witness all up to the lock time has to be there.
        length = length % (built.legacy.length + 2);
        try this.parse(_prefix(built.segwit, length)) {
            revert("parsed a prefix with witness");
        } catch {}
    }

    function testFuzz_RefusesTrailingBytes(bytes32 seed, bytes calldata tail) public {
        vm.assume(tail.length != 0);
        bytes memory legacy = _build(seed, 1, 2).legacy;
        bytes4 selector = BitcoinTransaction.BitcoinTransaction_TrailingBytes.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, legacy.length + tail.length, legacy.length));
        this.parse(abi.encodePacked(legacy, tail));
    }

    function testFuzz_NeverReadsPastTheEnd(bytes calldata garbage) public view {
        try this.parse(garbage) returns (BitcoinTransaction.Parsed memory parsed) {
            require(parsed.firstOutput < garbage.length && parsed.outputs * 9 < garbage.length, "bounds");
        } catch {}
    }

    function test_RefusesCountsNotInTheirShortestForm() public {
        bytes4 selector = BitcoinTransaction.BitcoinTransaction_BadVarint.selector;
        bytes[4] memory counts = [bytes(hex"fd0100"), hex"fdfc00", hex"fe01000000", hex"feffff0000"];
        for (uint256 i = 0; i < counts.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(selector, 46));
            this.parse(_withOutputs(counts[i], 1, ""));
        }
        vm.expectRevert(abi.encodeWithSelector(selector, 46));
        this.parse(_withOutputs(hex"ff0100000000000000", 1, ""));
    }

    function test_RefusesCountsAndLengthsThatOverrun() public {
        bytes4 selector = BitcoinTransaction.BitcoinTransaction_Truncated.selector;
        vm.expectPartialRevert(selector);
        this.parse(_withOutputs(hex"feffffffff", 3, ""));
        vm.expectPartialRevert(selector);
        this.parse(_withOutputs(hex"02", 1, ""));
        vm.expectPartialRevert(selector); // the script's length
        this.parse(abi.encodePacked(_upToOutputs(), hex"01", bytes8(0), hex"feffffffff", new bytes(30)));
    }

    function test_RefusesNoInputsNoOutputsAndOtherFlags() public {
        vm.expectRevert(abi.encodeWithSelector(BitcoinTransaction.BitcoinTransaction_NoOutputs.selector));
        this.parse(_withOutputs(hex"00", 0, new bytes(0)));
        vm.expectRevert(abi.encodeWithSelector(BitcoinTransaction.BitcoinTransaction_BadFlag.selector, 2));
        this.parse(abi.encodePacked(hex"020000000002", new bytes(60)));
        vm.expectRevert(abi.encodeWithSelector(BitcoinTransaction.BitcoinTransaction_NoInputs.selector));
        this.parse(abi.encodePacked(hex"02000000000100", new bytes(60)));
    }

    /// CVE-2017-12842, from the other side: what is hashed could be two nodes of the tree.
    function test_Refuses64Bytes() public {
        bytes memory raw = _withOutputs(hex"01", 1, hex"51515151");
        require(raw.length == 64, "length");
        vm.expectRevert(abi.encodeWithSelector(BitcoinTransaction.BitcoinTransaction_SixtyFourBytes.selector));
        this.parse(raw);
        // With a witness it is longer, but what is hashed is not.
        bytes memory segwit = abi.encodePacked(
            hex"020000000001", _slice(raw, 4, 60), hex"0101aa", _slice(raw, 60, 64)
        );
        vm.expectRevert(abi.encodeWithSelector(BitcoinTransaction.BitcoinTransaction_SixtyFourBytes.selector));
        this.parse(segwit);
        this.parse(_withOutputs(hex"01", 1, hex"515151"));
        this.parse(_withOutputs(hex"01", 1, hex"5151515151"));
    }

    function test_RefusesWhatIsTooLong() public {
        bytes4 selector = BitcoinTransaction.BitcoinTransaction_TooLong.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, 400_001, 400_000));
        this.parse(new bytes(400_001));
    }

    function testFuzz_RefusesValuesThereCannotBe(uint64 value) public {
        uint256 max = 21_000_000 * 1e8;
        vm.assume(value > max);
        bytes memory raw =
            abi.encodePacked(_upToOutputs(), hex"01", LittleEndian.swap64(value), hex"0151", bytes4(0));
        bytes4 selector = BitcoinTransaction.BitcoinTransaction_ValueOutOfRange.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, value, max));
        this.output(raw, 0);
    }

    function testFuzz_RefusesOutputsThatAreNotThere(uint256 vout) public {
        vm.assume(vout >= 2);
        bytes memory raw = _build("two", 1, 2).legacy;
        bytes4 selector = BitcoinTransaction.BitcoinTransaction_NoSuchOutput.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, vout, 2));
        this.output(raw, vout);
    }

    function _build(bytes32 seed, uint256 inputs, uint256 outputs) private pure returns (Built memory built) {
        bytes memory body = abi.encodePacked(uint8(inputs));
        bytes memory witness = "";
        for (uint256 i = 0; i < inputs; ++i) {
            bytes32 random = keccak256(abi.encode(seed, "in", i));
            body = abi.encodePacked(body, random, bytes4(random), _script(random), hex"fdffffff");
            witness = abi.encodePacked(witness, hex"02", _script(~random), _script(random));
        }
        built.values = new uint64[](outputs);
        built.scripts = new bytes[](outputs);
        body = abi.encodePacked(body, uint8(outputs));
        for (uint256 i = 0; i < outputs; ++i) {
            bytes32 random = keccak256(abi.encode(seed, "out", i));
            bytes memory script = _script(random);
            built.values[i] = uint64(uint256(random) % 2_100_000_000_000_001);
            built.scripts[i] = _slice(script, 1, script.length);
            body = abi.encodePacked(body, LittleEndian.swap64(built.values[i]), script);
        }
        built.legacy = abi.encodePacked(hex"02000000", body, bytes4(seed));
        built.segwit = abi.encodePacked(hex"020000000001", body, witness, bytes4(seed));
    }

    /// A script of up to 32 bytes, after its length.
    function _script(bytes32 random) private pure returns (bytes memory) {
        uint256 length = uint8(random[31]) % 33;
        return abi.encodePacked(uint8(length), _slice(abi.encodePacked(random), 0, length));
    }

    /// Version and one input without a script.
    function _upToOutputs() private pure returns (bytes memory) {
        return abi.encodePacked(hex"0200000001", keccak256("previous"), hex"0000000000ffffffff");
    }

    /// A transaction whose output count reads `count`, with `outputs` outputs of 546 satoshi and the same script.
    function _withOutputs(bytes memory count, uint256 outputs, bytes memory script) private pure returns (bytes memory) {
        bytes memory length = script.length < 0xfd
            ? abi.encodePacked(uint8(script.length))
            : abi.encodePacked(hex"fd", uint8(script.length), uint8(script.length >> 8));
        bytes memory one = abi.encodePacked(LittleEndian.swap64(546), length, script);
        bytes memory all = "";
        for (uint256 n = outputs; n != 0; n >>= 1) {
            if (n & 1 == 1) all = abi.encodePacked(all, one);
            one = abi.encodePacked(one, one);
        }
        return abi.encodePacked(_upToOutputs(), count, all, bytes4(0));
    }

    function _prefix(bytes memory data, uint256 length) private pure returns (bytes memory) {
        return _slice(data, 0, length);
    }

    function _slice(bytes memory data, uint256 from, uint256 to) private pure returns (bytes memory part) {
        part = new bytes(to - from);
        for (uint256 i = 0; i < part.length; ++i) {
            part[i] = data[from + i];
        }
    }
}
