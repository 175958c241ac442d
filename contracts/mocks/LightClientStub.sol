// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBitcoinLightClient} from "../bitcoin/IBitcoinLightClient.sol";

/// @notice A light client to which every block is canonical and deep, until it is told that it was removed.
contract LightClientStub is IBitcoinLightClient {
    mapping(bytes8 hashStart => bool) private _removed;

    function remove(bytes32 blockHash) external {
        _removed[bytes8(blockHash)] = true;
    }

    function submit(uint32, bytes calldata) external {}

    function tip() external pure returns (uint32, bytes32, uint256) {
        return (type(uint32).max, 0, 0);
    }

    function blockHashAt(uint32) external pure returns (bytes32) {
        return 0;
    }

    function confirmations(uint32, bytes32 blockHash) external view returns (uint32) {
        return _removed[bytes8(blockHash)] ? 0 : 200;
    }

    function stands(uint32, bytes8 hashStart) external view returns (bool) {
        return !_removed[hashStart];
    }

    function checkpointHeight() external pure returns (uint32) {
        return 0;
    }
}
