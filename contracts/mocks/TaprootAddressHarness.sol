// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TaprootAddress} from "../bitcoin/TaprootAddress.sol";

/// @notice TaprootAddress from outside, for tests.
contract TaprootAddressHarness {
    function leaseRoot(bytes32 leaseId) external pure returns (bytes32) {
        return TaprootAddress.leaseRoot(leaseId);
    }

    function tweak(bytes32 internalKey, bytes32 root) external pure returns (uint256) {
        return TaprootAddress.tweak(internalKey, root);
    }

    function isOutputKey(bytes32 x, bytes32 y, bytes32 internalKey, bytes32 root) external pure returns (bool) {
        return TaprootAddress.isOutputKey(x, y, internalKey, root);
    }

    function isPaidTo(bytes calldata script, bytes32 y, bytes32 internalKey, bytes32 root)
        external
        pure
        returns (bool)
    {
        return TaprootAddress.isPaidTo(script, y, internalKey, root);
    }

    function lifts(bytes32 x) external pure returns (bool) {
        return TaprootAddress.lifts(x);
    }
}
