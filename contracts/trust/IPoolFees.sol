// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What providers pay a pool's operator beside the meter's fee: one slot.
struct PoolFee {
    uint64 fee; // XOV base units for each compute-unit-hour delivered, until `nextFrom`
    uint64 next; // and from then on
    uint40 nextFrom; // unix seconds
    uint88 earned; // XOV base units that the operator has not collected
}

/// @title The fees of pools
/// @notice A lower fee counts at once; a higher one after a notice in which every ask of before expires, and whoever does not
/// want to pay it can leave: longer than an ask may live and a lease in a token may be prepaid together.
interface IPoolFees {
    event PoolFeeSet(uint32 indexed pool, uint256 fee, uint256 from);
    /// @notice Less than `due` when a provider has no more: neither in its purse nor in its vault balance nor at stake.
    event PoolFeePaid(uint32 indexed pool, address indexed provider, uint256 due, uint256 paid);
    event PoolFeesCollected(uint32 indexed pool, address indexed operator, uint256 amount);

    error Trust_NotPools(address caller);
    error Trust_PoolFeeTooHigh(uint256 fee, uint256 max);

    /// @notice Pools only: the fee of a pool, XOV base units for each compute-unit-hour. A new pool's counts at once; to name the
    /// one that is set already changes nothing, nor its notice. Reverts with Trust_PoolFeeTooHigh.
    function setPoolFee(uint32 pool, uint64 fee) external;

    /// @notice Pays what a pool has earned to the vault balance of its operator; anyone may.
    /// @return amount XOV base units
    function collectPoolFees(uint32 pool) external returns (uint256 amount);

    /// @notice As it is kept; zeroes for an unknown pool.
    function poolFeeOf(uint32 pool) external view returns (PoolFee memory);
}
