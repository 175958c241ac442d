// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILeaseTrust} from "./ILeaseTrust.sol";
import {IPoolFees} from "./IPoolFees.sol";
import {ISeizable} from "./ISeizable.sol";
import {StartPricing} from "./StartPrice.sol";

/// @notice What gives users their limit: one slot.
struct LimitParameters {
    uint96 unitDeposit; // XOV base units of deposit for each compute unit in use
    uint96 karmaValue; // XOV base units that a compute-unit-hour of karma counts as
}

/// @notice The meter, and the flow that it measures: one slot.
struct MeterState {
    uint88 fee; // XOV base units burned for each compute-unit-hour delivered
    uint32 halfLife; // of the flow, seconds
    uint40 updatedAt; // unix seconds
    uint96 flow; // compute metered, decayed until then: millionths of a thousandth of a compute unit × second
}

/// @notice A user.
struct Account {
    uint96 deposit; // XOV base units, without what cools down
    uint64 karma; // thousandths of a compute unit × seconds
    uint48 used; // thousandths of a compute unit
}

/// @notice A provider, as its starts and deliveries change it: one slot.
struct ProviderAccount {
    uint80 purse; // XOV base units, prepaid for fees and start prices
    uint80 spent; // XOV base units of it that are spent and not burned yet
    uint64 delivered; // compute, thousandths of a compute unit × seconds
    uint32 made; // starts, of leases that have ended
}

/// @notice What speaks against a provider: one slot.
struct ProviderFaults {
    uint32 failed; // starts that it declined or was silent to
    uint32 upheld; // claims
    uint128 withheld; // compute paid for, and not delivered by its own fault
}

/// @notice What a provider has done.
struct ProviderRecord {
    uint256 asked; // starts, of leases that have ended: those it made, declined or was silent to
    uint256 made; // of them
    uint256 promised; // compute, thousandths of a compute unit × seconds
    uint256 delivered; // of it
    uint256 upheld; // claims
}

/// @notice A user as it is now.
struct UserStatus {
    uint256 deposit; // XOV base units
    uint256 cooling; // XOV base units
    uint256 frozen; // XOV base units, of both
    uint256 leavesAt; // unix seconds, of the oldest request; zero when none waits
    uint256 karma; // thousandths of a compute unit × seconds
    uint256 limit; // thousandths of a compute unit
    uint256 used; // thousandths of a compute unit
    uint256 upheld; // claims
}

/// @title Trust: what strangers know of each other, and what it costs to be one
/// @notice A user's limit on compute units in use at once is `(deposit + karma × karmaValue) / unitDeposit`: linear, so that
/// many accounts have no more than one. A start within it is free and uses it until its lease ends; a start beyond it is
/// anonymous and costs the start price. Karma is the compute that a user has consumed and that was metered: its fee was
/// burned. The global compute rate is the same, of all, as an exponentially decaying flow.
///
/// What it costs to pretend: karma is worth at most the fee that is burned for it, and the starts that an inflated rate
/// allows cost in burned fees at least what they would at the floor of the start price. Both hold for whatever parameters
/// the owner may set, as long as they stand: one that raises the fee and `karmaValue`, or the half-life, raises with them what
/// was paid for at the lower one.
///
/// A start that leases report (`Leases.Started`) without a `StartPaid` of this contract in the same transaction was within
/// the limit, and its units are in use until the lease is closed.
/// Warning: a limit is for what a user may run, not for what a provider is owed; who misuses a free start loses what an
/// upheld claim takes, and no more.
interface ITrust is ILeaseTrust, IPoolFees, ISeizable {
    event Deposited(address indexed account, uint256 amount);
    event WithdrawalRequested(address indexed account, uint256 amount, uint256 leavesAt);
    /// @notice `kept` had cooled down as well, and went back to the deposit, being frozen.
    event Withdrawn(address indexed account, uint256 amount, uint256 kept);
    event PurseFunded(address indexed provider, uint256 amount);
    event PurseEmptied(address indexed provider, uint256 amount);
    event StartPaid(address indexed provider, address indexed holder, uint256 units, uint256 price, uint256 clearsAt);
    /// @notice Of the compute delivered, `counted` was paid for by `fee`, which is burned.
    event Metered(address indexed provider, address indexed holder, uint256 compute, uint256 fee, uint256 counted);
    /// @notice A lease that used the limit of `from` was resold; it uses that of `to` if that reached.
    event LimitHandedOver(address indexed from, address indexed to, uint256 units, bool withinLimit);
    event StartFailed(address indexed provider, address indexed holder, uint256 withheld);
    event DeliveryBroken(address indexed provider, address indexed holder, uint256 withheld);
    event KarmaZeroed(address indexed account, uint256 karma);
    event LimitParametersSet(LimitParameters parameters);
    event MeterSet(uint256 fee, uint256 halfLife);
    event StartPricingSet(uint256 floor, uint256 leastTarget, uint256 share, uint256 rise);

    error Trust_NotLeases(address caller);
    error Trust_NotClaims(address caller);
    error Trust_ZeroAmount();
    error Trust_DepositTooSmall(address account, uint256 have, uint256 need);
    /// @notice What the account runs would be more than its limit.
    error Trust_LimitInUse(address account, uint256 limit, uint256 used);
    error Trust_NothingToWithdraw(address account);
    error Trust_PurseTooSmall(address provider, uint256 have, uint256 need);
    /// @notice The price of an anonymous start is more than the provider's vault balance, and than its purse.
    error Trust_StartUnpaid(address provider, uint256 have, uint256 need);
    /// @notice Too many anonymous starts: with one of these units the excess would be more than the most, nanoseconds. One that
    /// is more than the most by itself can never start anonymously while the target is what it is.
    error Trust_StartsExhausted(uint256 units, uint256 excess, uint256 most);
    error Trust_ParameterOutOfBounds(bytes32 name, uint256 have, uint256 min, uint256 max);

    /// @notice Moves XOV from the caller's vault balance to its deposit.
    function deposit(uint256 amount) external;

    /// @notice Starts the cool-down of `amount`: it no longer gives a limit, and stays slashable. Reverts with
    /// Trust_DepositTooSmall, or with Trust_LimitInUse when the rest does not cover what the caller runs.
    function requestWithdrawal(uint256 amount) external;

    /// @notice Pays what has cooled down, as far as it is not frozen, to the caller's vault balance; what is frozen of it goes
    /// back to the deposit.
    /// @return amount XOV base units
    function withdraw() external returns (uint256 amount);

    /// @notice Moves XOV from the caller's vault balance to its purse as a provider, which pays its starts and fees at less gas.
    function fund(uint256 amount) external;

    /// @notice Moves XOV from the caller's purse to its vault balance. Reverts with Trust_PurseTooSmall.
    function empty(uint256 amount) external;

    /// @notice Burns what the purses of the providers have spent; anyone may.
    /// @return amount XOV base units, without what other contracts had retired
    function burnSpent(address[] calldata providers) external returns (uint256 amount);

    /// @notice Claims only: zeroes the karma of a user.
    function zeroKarma(address account) external;

    /// @notice Claims only: counts a claim in the record of a user and a provider.
    function countUpheld(address account) external;

    /// @notice The owner only. `karmaValue` is at most the fee.
    function setLimitParameters(LimitParameters calldata parameters) external;

    /// @notice The owner only. The fee is at least `karmaValue`, and at least what the starts that a metered compute-unit-hour
    /// allows cost at the floor.
    function setMeter(uint256 fee, uint256 halfLife) external;

    /// @notice The owner only. What is in excess stays as long; see `StartPricing`.
    function setStartPricing(uint256 floor, uint256 leastTarget, uint256 share, uint256 rise) external;

    /// @notice The compute units (thousandths) that the account may use at once.
    function limitOf(address account) external view returns (uint256);

    /// @notice As it is now; zeroes for an account that was never seen.
    function userOf(address account) external view returns (UserStatus memory);

    /// @notice Zeroes for a provider that was never asked.
    function recordOf(address provider) external view returns (ProviderRecord memory);

    /// @notice What a provider's purse has, and what it has spent and is not burned yet, XOV base units.
    function purseOf(address provider) external view returns (uint256 left, uint256 spent);

    /// @notice The average of the compute that the network was metered for lately: thousandths of a compute unit.
    function globalRate() external view returns (uint256);

    /// @notice Thousandths of a compute unit an hour that may start anonymously at a steady price.
    function targetRate() external view returns (uint256);

    /// @notice What starting `units` (thousandths) anonymously costs now, in one start or in several, XOV base units.
    /// Reverts with Trust_StartsExhausted.
    function startPrice(uint256 units) external view returns (uint256);

    /// @notice What a start of `units` costs now: zero within the holder's limit, else `startPrice`.
    function startPriceFor(address holder, uint256 units) external view returns (uint256);

    /// @notice The price of one compute unit at this moment's excess, XOV base units, and the excess in nanoseconds of decay.
    function pricing() external view returns (StartPricing memory parameters, uint256 perUnit, uint256 excess);

    /// @notice As set.
    function limitParameters() external view returns (LimitParameters memory);

    /// @notice As set, and the flow when it was last written.
    function meter() external view returns (MeterState memory);
}
