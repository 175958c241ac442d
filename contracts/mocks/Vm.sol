// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The cheatcodes that our Solidity tests use (https://hardhat.org/docs/reference/cheatcodes).
interface Vm {
    /// @notice Sets the block's timestamp.
    function warp(uint256 timestamp) external;

    /// @notice The next call comes from `caller`.
    function prank(address caller) external;

    /// @notice The next call must revert with exactly these bytes.
    function expectRevert(bytes calldata revertData) external;

    /// @notice The next call must revert with an error of this selector.
    function expectPartialRevert(bytes4 selector) external;

    /// @notice Discards the fuzz run unless the condition holds.
    function assume(bool condition) external pure;

    /// @notice Signs a digest (secp256k1).
    function sign(uint256 key, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);

    /// @notice The address of a private key.
    function addr(uint256 key) external pure returns (address);
}

Vm constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
