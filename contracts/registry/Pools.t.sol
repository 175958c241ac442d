// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPoolFees} from "../trust/IPoolFees.sol";
import {Admission, PoolRules} from "./IPools.sol";
import {Pools} from "./Pools.sol";

contract PoolsTest {
    Pools private _pools;

    function setUp() external {
        _pools = new Pools(IPoolFees(address(this)));
    }

    function testFuzz_ANameOfAllowedLettersIsTaken(uint256 seed, uint256 length) external {
        bytes32 name = _name(seed, 3 + length % 30);
        assert(_pools.poolNamed(name) == 0);
        uint32 pool = _create(name);
        assert(_pools.poolNamed(name) == pool && _pools.operatorOf(pool) == address(this));
        try this.create(name) {
            assert(false);
        } catch {}
    }

    /// @notice A name that is taken has one spelling: three letters or more of the alphabet, then zeros to the end.
    function testFuzz_WhatIsTakenIsAName(bytes32 name, uint256 cut) external {
        cut %= 33;
        if (cut < 32) name &= ~bytes32(type(uint256).max >> (8 * cut));
        try this.create(name) {
            assert(_isName(name));
        } catch {
            assert(!_isName(name));
        }
    }

    /// @notice One strange byte in a good name spoils it.
    function testFuzz_OneStrangeByteSpoilsIt(uint256 seed, uint256 length, uint256 at, bytes1 other) external {
        length = 3 + length % 30;
        at %= length;
        if (_isLetter(other) || (other == 0 && at == length - 1 && length > 3)) return;
        bytes32 name = _name(seed, length);
        uint256 shift = 8 * (31 - at);
        name = bytes32((uint256(name) & ~(uint256(0xff) << shift)) | (uint256(uint8(other)) << shift));
        try this.create(name) {
            assert(false);
        } catch {}
    }

    /// @dev This stands for the trust module.
    function setPoolFee(uint32, uint64) external {}

    function create(bytes32 name) external {
        _create(name);
    }

    function _create(bytes32 name) private returns (uint32) {
        return _pools.create(name, PoolRules(0, 0, 0, Admission.Open));
    }

    function _name(uint256 seed, uint256 length) private pure returns (bytes32 name) {
        bytes memory alphabet = "abcdefghijklmnopqrstuvwxyz0123456789-";
        for (uint256 i = 0; i < length; i++) {
            uint256 letter = uint256(keccak256(abi.encode(seed, i))) % alphabet.length;
            name |= bytes32(alphabet[letter]) >> (8 * i);
        }
    }

    function _isName(bytes32 name) private pure returns (bool) {
        uint256 length = 32;
        while (length > 0 && name[length - 1] == 0) length--;
        for (uint256 i = 0; i < length; i++) if (!_isLetter(name[i])) return false;
        return length >= 3;
    }

    function _isLetter(bytes1 b) private pure returns (bool) {
        uint8 c = uint8(b);
        return (c >= 0x61 && c <= 0x7a) || (c >= 0x30 && c <= 0x39) || c == 0x2d;
    }
}
