// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Who may register an appliance in a pool.
enum Admission {
    Open,
    Listed
}

/// @notice A pool's rules; the operator may change them. Leases keep what was agreed at their take; a higher fee counts only
/// after a notice, see `IPoolFees`.
struct PoolRules {
    // slot 0
    uint96 minimumStake; // XOV base units that a provider must have at stake (not withdrawing) to register and to sell
    uint88 collateralPerMsat; // XOV base units locked for each millisatoshi of an agreed bitcoin prepayment
    uint64 fee; // XOV base units that providers pay the operator for each compute-unit-hour delivered, at most 10 XOV
    Admission admission;
}

/// @title Pools: brands under which providers sell
interface IPools {
    event PoolCreated(uint32 indexed pool, bytes32 indexed name, address indexed operator, PoolRules rules);
    event RulesChanged(uint32 indexed pool, PoolRules rules);
    event OperatorChanged(uint32 indexed pool, address indexed operator);
    event ProviderListed(uint32 indexed pool, address indexed provider, bool listed);

    /// @notice Names are 3 to 32 of `a-z 0-9 -`, left-aligned ASCII, zero-padded.
    error Pools_InvalidName(bytes32 name);
    error Pools_NameTaken(bytes32 name, uint32 pool);
    error Pools_UnknownPool(uint32 pool);
    error Pools_NotOperator(uint32 pool, address caller, address operator);
    error Pools_ZeroAddress();

    /// @notice Creates a pool with the caller as its operator. Names are never freed.
    /// Reverts with Trust_PoolFeeTooHigh.
    function create(bytes32 name, PoolRules calldata rules) external returns (uint32 pool);

    /// @notice Operator only. Reverts with Trust_PoolFeeTooHigh.
    function setRules(uint32 pool, PoolRules calldata rules) external;

    /// @notice Operator only.
    function setOperator(uint32 pool, address operator) external;

    /// @notice Operator only: admits a provider to a pool whose admission is Listed, or takes that back.
    /// Appliances that are registered already stay, but place no more asks.
    function setListed(uint32 pool, address provider, bool listed) external;

    /// @notice Whether the provider may register appliances and place asks. Reverts with Pools_UnknownPool.
    function isAdmitted(uint32 pool, address provider) external view returns (bool);

    /// @notice What placing an ask asks of the pool, in one call: whether the provider is admitted, and the minimum stake.
    /// Reverts with Pools_UnknownPool.
    function admissionOf(uint32 pool, address provider) external view returns (bool admitted, uint256 minimumStake);

    /// @notice Reverts with Pools_UnknownPool.
    function rulesOf(uint32 pool) external view returns (PoolRules memory);

    /// @notice Zero for an unknown pool.
    function operatorOf(uint32 pool) external view returns (address);

    /// @notice Zero for an unknown name.
    function poolNamed(bytes32 name) external view returns (uint32);
}
