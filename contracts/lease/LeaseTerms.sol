// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Terms} from "./ILeases.sol";

/// @title Hashing and checking of what a lease's holder signs
library LeaseTerms {
    bytes32 internal constant TYPE_HASH = keccak256(
        "Terms(address holder,uint32 appliance,bytes32 class,address quote,uint256 price,uint256 startFee,uint256 prepayment,"
        "bytes refundScript,bytes32 launchSpecHash,uint256 salt,uint256 deadline)"
    );

    /// @notice The EIP-712 struct hash.
    function hash(Terms calldata t) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                TYPE_HASH,
                t.holder,
                t.appliance,
                t.class,
                t.quote,
                t.price,
                t.startFee,
                t.prepayment,
                keccak256(t.refundScript),
                t.launchSpecHash,
                t.salt,
                t.deadline
            )
        );
    }

    bytes32 internal constant LAUNCH_TYPE_HASH =
        keccak256("Launch(bytes32 leaseId,bytes32 launchSpecHash,uint256 nonce,uint256 deadline)");
    bytes32 internal constant STOP_TYPE_HASH = keccak256("Stop(bytes32 leaseId,uint256 nonce,uint256 deadline)");

    /// @notice The EIP-712 struct hash of a holder's `launch`.
    function hashLaunch(bytes32 leaseId, bytes32 specHash, uint256 nonce, uint256 deadline)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(LAUNCH_TYPE_HASH, leaseId, specHash, nonce, deadline));
    }

    /// @notice The EIP-712 struct hash of a holder's `stop`.
    function hashStop(bytes32 leaseId, uint256 nonce, uint256 deadline) internal pure returns (bytes32) {
        return keccak256(abi.encode(STOP_TYPE_HASH, leaseId, nonce, deadline));
    }

    /// @notice Whether a scriptPubKey is empty or of a standard type that an address can name:
    /// P2PKH, P2SH (BIP-16), P2WPKH, P2WSH (BIP-141), P2TR (BIP-341).
    function isStandard(bytes calldata script) internal pure returns (bool) {
        uint256 n = script.length;
        if (n == 0) return true;
        if (n == 25) return bytes3(script) == 0x76a914 && bytes2(script[23:]) == 0x88ac;
        if (n == 23) return bytes2(script) == 0xa914 && script[22] == 0x87;
        if (n == 22) return bytes2(script) == 0x0014;
        return n == 34 && (bytes2(script) == 0x0020 || bytes2(script) == 0x5120);
    }
}
