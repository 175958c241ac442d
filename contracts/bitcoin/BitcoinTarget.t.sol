// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {vm} from "../mocks/Vm.sol";
import {BitcoinTarget} from "./BitcoinTarget.sol";
import {LittleEndian} from "./LittleEndian.sol";

/// Expected values are those of arith_uint256_tests.cpp (bignum_SetCompact) and pow_tests.cpp in the reference client.
contract BitcoinTargetTest {
    uint256 private constant POW_LIMIT = 0xffff << 208;

    function decode(uint32 bits) external pure returns (uint256) {
        return BitcoinTarget.decode(bits);
    }

    function test_DecodesAndEncodesKnownTargets() public pure {
        uint32[6] memory bits = [uint32(0x1d00ffff), 0x207fffff, 0x01120000, 0x03123456, 0x04123456, 0x05009234];
        uint256[6] memory targets =
            [POW_LIMIT, 0x7fffff << 232, uint256(0x12), 0x123456, 0x12345600, 0x92340000];
        for (uint256 i = 0; i < bits.length; ++i) {
            require(BitcoinTarget.decode(bits[i]) == targets[i], "decode");
            require(BitcoinTarget.encode(targets[i]) == bits[i], "encode");
        }
    }

    function test_EncodesWithoutTheSignBit() public pure {
        require(BitcoinTarget.encode(0x80) == 0x02008000, "0x80");
        require(BitcoinTarget.encode(0) == 0, "zero");
        require(BitcoinTarget.encode(type(uint256).max) == 0x2100ffff, "max");
    }

    function test_RefusesNegativeZeroAndOverflow() public {
        uint32[12] memory bad = [
            uint32(0),
            0x00123456,
            0x01003456,
            0x02000056,
            0x03000000,
            0x04000000,
            0x01fedcba,
            0x04923456,
            0x1d80ffff,
            0xff123456,
            0x22010000,
            0x21ffffff & 0xff7fffff
        ];
        for (uint256 i = 0; i < bad.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(BitcoinTarget.BitcoinTarget_Invalid.selector, bad[i]));
            this.decode(bad[i]);
        }
    }

    function testFuzz_EncodingLosesOnlyLowBits(uint256 target) public pure {
        vm.assume(target != 0);
        uint256 decoded = BitcoinTarget.decode(BitcoinTarget.encode(target));
        require(decoded <= target, "rounds down");
        require(target - decoded <= target >> 15, "keeps 15 bits");
        require(BitcoinTarget.encode(decoded) == BitcoinTarget.encode(target), "is stable");
    }

    function testFuzz_WorkIsTheQuotient(uint256 target) public pure {
        vm.assume(target > 0 && target < type(uint256).max);
        uint256 work = BitcoinTarget.work(target);
        // 2^256 = work × (target + 1) + rest, with 0 ≤ rest ≤ target, in arithmetic modulo 2^256.
        unchecked {
            uint256 rest = 0 - work * (target + 1);
            require(work != 0 && rest <= target, "quotient");
        }
    }

    function test_WorkOfKnownTargets() public pure {
        require(BitcoinTarget.work(POW_LIMIT) == 0x100010001, "difficulty 1");
        require(BitcoinTarget.work(0x7fffff << 232) == 2, "regtest");
    }

    /// Block 32,256, 68,544, 46,368 and 68,543 of mainnet, as in pow_tests.cpp.
    function test_RetargetsAsMainnetDid() public pure {
        require(BitcoinTarget.retarget(0x1d00ffff, 1262152739 - 1261130161, POW_LIMIT) == 0x1d00d86a, "first");
        require(BitcoinTarget.retarget(0x1d00ffff, 1233061996 - 1231006505, POW_LIMIT) == 0x1d00ffff, "limit");
        require(BitcoinTarget.retarget(0x1c05a3f4, 1279297671 - 1279008237, POW_LIMIT) == 0x1c0168fd, "lower");
        require(BitcoinTarget.retarget(0x1c387f6f, 1269211443 - 1263163443, POW_LIMIT) == 0x1d00e1fd, "upper");
    }

    function testFuzz_RetargetIsClamped(uint32 seed, int64 elapsed) public pure {
        uint256 target = (uint256(seed) + 0x8000) << 150;
        uint32 bits = BitcoinTarget.encode(target);
        target = BitcoinTarget.decode(bits);
        uint256 next = BitcoinTarget.decode(BitcoinTarget.retarget(bits, elapsed, POW_LIMIT));
        require(next <= target * 4 && next <= POW_LIMIT, "at most four times, and the limit");
        require(next >= target / 4 - (target >> 15), "at least a quarter");
        if (elapsed < 302_400) {
            require(BitcoinTarget.encode(target / 4) == BitcoinTarget.encode(next), "a quarter for less, or negative");
        }
    }

    function testFuzz_SwapsBytes(bytes32 word) public pure {
        bytes memory reversed = new bytes(32);
        for (uint256 i = 0; i < 32; ++i) {
            reversed[i] = word[31 - i];
        }
        require(LittleEndian.swap256(word) == uint256(bytes32(reversed)), "256");
        require(LittleEndian.swap64(uint64(uint256(word))) == uint64(bytes8(bytes32(reversed))), "64");
        require(LittleEndian.swap32(uint32(uint256(word))) == uint32(bytes4(bytes32(reversed))), "32");
    }
}
