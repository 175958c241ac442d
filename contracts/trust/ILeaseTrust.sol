// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice How a lease ended.
struct Ending {
    address holder;
    address provider;
    uint32 pool; // of its market
    uint32 units; // of the instance, thousandths of a compute unit
    bool withinLimit; // as `started` gave it: its units return
    bool started;
    bool failed; // for a start, which its provider declined or was silent to
    bool feeless; // declined, where nobody could name a fee for an anonymous start
    uint256 delivered; // compute of it that was not told yet, thousandths of a compute unit × seconds
    uint256 withheld; // compute that was paid for and that the provider failed to deliver, likewise
}

/// @title What leases tell and ask the trust module; leases only
interface ILeaseTrust {
    /// @notice An instance starts. Within the holder's limit this uses it; beyond, the start is anonymous: its price is burned
    /// from the provider's purse, or its vault balance. Reverts with Trust_StartUnpaid, Trust_StartsExhausted.
    /// @return withinLimit false for an anonymous start
    function started(address holder, address provider, uint32 units) external returns (bool withinLimit);

    /// @notice A lease that uses the limit of its holder was resold: that is free, and the buyer's is used if it reaches.
    /// @return withinLimit whether it did
    function handedOver(address seller, address buyer, uint32 units) external returns (bool withinLimit);

    /// @notice Compute was delivered and settled: its fee is burned from the provider's purse, its vault balance, its stake. As far as
    /// that is paid, it counts for the holder's karma and the global compute rate. The pool's fee is paid beside it, from the same.
    /// Never reverts for want of XOV.
    /// @param compute thousandths of a compute unit × seconds
    function delivered(address holder, address provider, uint32 pool, uint256 compute) external;

    /// @notice A lease has ended. Never reverts for want of XOV. A start that was declined is no fault where it would have been
    /// anonymous and no fee could be named.
    function ended(Ending calldata ending) external;
}
