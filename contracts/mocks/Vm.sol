// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The cheatcodes that our Solidity tests use (https://hardhat.org/docs/reference/cheatcodes).
interface Vm {
    /// @notice The next call must revert with exactly these bytes.
    function expectRevert(bytes calldata revertData) external;

    /// @notice The next call must revert with an error of this selector.
    function expectPartialRevert(bytes4 selector) external;

    /// @notice Discards the fuzz run unless the condition holds.
    function assume(bool condition) external pure;
}

Vm constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
