// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A standard instance. `gpuModel` and `architecture` are ASCII, left-aligned (for example "H100", "x86_64");
/// `gpuModel` is zero exactly when `gpus` is.
struct ClassSpec {
    uint16 vcpus;
    uint32 memoryMiB;
    uint32 diskGiB;
    uint8 gpus;
    bytes16 gpuModel;
    bytes8 architecture;
}

/// @title Compute classes: what an instance is
/// @notice Permissionless: anyone may register a class; its id is the hash of its spec, so that equal specs are one class.
interface IComputeClasses {
    event ClassRegistered(bytes32 indexed classId, ClassSpec spec, uint32 computeUnits);

    /// @notice The spec has no vCPU, memory or architecture, or names a GPU model without a GPU (or the reverse).
    error ComputeClasses_InvalidSpec(ClassSpec spec);
    error ComputeClasses_UnknownClass(bytes32 classId);

    /// @notice Registers a class; harmless when it exists already.
    function register(ClassSpec calldata spec) external returns (bytes32 classId);

    /// @notice Thousandths of a compute unit, at least 1. Reverts with ComputeClasses_UnknownClass.
    function computeUnits(bytes32 classId) external view returns (uint32);

    /// @notice The id that a spec has, registered or not: keccak256 of its ABI encoding.
    function idOf(ClassSpec calldata spec) external pure returns (bytes32 classId);
}
