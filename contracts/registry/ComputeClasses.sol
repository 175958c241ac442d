// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ClassSpec, IComputeClasses} from "./IComputeClasses.sol";

contract ComputeClasses is IComputeClasses {
    // Thousandths of a compute unit: one vCPU, 4 GiB and 100 GiB together are one compute unit; a GPU counts for eight.
    uint256 private constant PER_VCPU = 400;
    uint256 private constant PER_MEMORY_GIB = 100;
    uint256 private constant PER_DISK_GIB = 2;
    uint256 private constant PER_GPU = 8_000;

    mapping(bytes32 classId => uint32 units) private _computeUnits;

    /// @inheritdoc IComputeClasses
    function register(ClassSpec calldata spec) external returns (bytes32 classId) {
        require(_isValid(spec), ComputeClasses_InvalidSpec(spec));
        classId = idOf(spec);
        if (_computeUnits[classId] != 0) return classId;
        uint32 units = _unitsOf(spec);
        _computeUnits[classId] = units;
        emit ClassRegistered(classId, spec, units);
    }

    /// @inheritdoc IComputeClasses
    function computeUnits(bytes32 classId) external view returns (uint32 units) {
        units = _computeUnits[classId];
        require(units != 0, ComputeClasses_UnknownClass(classId));
    }

    /// @inheritdoc IComputeClasses
    function idOf(ClassSpec calldata spec) public pure returns (bytes32) {
        return keccak256(abi.encode(spec));
    }

    function _isValid(ClassSpec calldata spec) private pure returns (bool) {
        return spec.vcpus > 0 && spec.memoryMiB > 0 && spec.architecture != 0 && (spec.gpus > 0) == (spec.gpuModel != 0);
    }

    /// @dev Rounds the memory's share up, so that no class is free.
    function _unitsOf(ClassSpec calldata spec) private pure returns (uint32) {
        return SafeCast.toUint32(
            PER_VCPU * spec.vcpus + Math.ceilDiv(PER_MEMORY_GIB * spec.memoryMiB, 1024) + PER_DISK_GIB * spec.diskGiB
                + PER_GPU * spec.gpus
        );
    }
}
