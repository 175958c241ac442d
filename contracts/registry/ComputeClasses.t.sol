// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ComputeClasses} from "./ComputeClasses.sol";
import {ClassSpec} from "./IComputeClasses.sol";

contract ComputeClassesTest {
    ComputeClasses private _classes;

    function setUp() external {
        _classes = new ComputeClasses();
    }

    function testFuzz_UnitsAreTheFormulaRoundedUp(uint16 vcpus, uint32 memoryMiB, uint24 diskGiB, uint8 gpus) external {
        ClassSpec memory spec = _spec(vcpus, memoryMiB, diskGiB, gpus);
        uint256 units = _classes.computeUnits(_classes.register(spec));
        // in 1024ths of a thousandth, so that nothing is rounded
        uint256 exact = 1024 * (400 * uint256(spec.vcpus) + 2 * uint256(spec.diskGiB) + 8_000 * uint256(spec.gpus))
            + 100 * uint256(spec.memoryMiB);
        assert(units * 1024 >= exact && units * 1024 < exact + 1024);
    }

    /// @notice More of anything never counts for less.
    function testFuzz_UnitsGrowWithEveryPart(uint8 a, uint8 b, uint8 c, uint8 part) external {
        ClassSpec memory spec = _spec(a, b, c, 0);
        uint256 before = _classes.computeUnits(_classes.register(spec));
        if (part % 4 == 0) spec.vcpus++;
        if (part % 4 == 1) spec.memoryMiB += 1024;
        if (part % 4 == 2) spec.diskGiB++;
        if (part % 4 == 3) (spec.gpus, spec.gpuModel) = (1, "H100");
        assert(_classes.computeUnits(_classes.register(spec)) > before);
    }

    function testFuzz_OtherSpecsAreOtherClasses(uint16 a, uint16 b, uint32 memoryMiB, uint32 diskGiB) external view {
        if (a == b || a == 0 || b == 0) return;
        assert(_classes.idOf(_spec(a, memoryMiB, diskGiB, 0)) != _classes.idOf(_spec(b, memoryMiB, diskGiB, 0)));
    }

    function _spec(uint16 vcpus, uint32 memoryMiB, uint32 diskGiB, uint8 gpus) private pure returns (ClassSpec memory) {
        return ClassSpec({
            vcpus: vcpus == 0 ? 1 : vcpus,
            memoryMiB: memoryMiB == 0 ? 1 : memoryMiB,
            diskGiB: diskGiB,
            gpus: gpus,
            gpuModel: gpus == 0 ? bytes16(0) : bytes16("H100"),
            architecture: "x86_64"
        });
    }
}
