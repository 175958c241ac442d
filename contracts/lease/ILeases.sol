// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICreditable} from "../bitcoin/ICreditable.sol";
import {PriceCode} from "../exchange/PriceCode.sol";

/// @notice What a holder signs (EIP-712); the digest is the lease's id.
struct Terms {
    address holder;
    uint32 appliance;
    bytes32 class;
    address quote; // BITCOIN for native bitcoin
    uint256 price; // quote units per instance-hour
    uint256 prepayment; // agreed prepayment, quote units; covered by the provider's stake
    bytes refundScript; // a standard scriptPubKey, or empty: then what is owed is paid from the collateral
    bytes32 launchSpecHash; // keccak256 of the sealed launch spec
    uint256 salt;
    uint256 deadline; // unix seconds: the last at which the lease may be opened
}

/// @notice A launch spec sealed with age to the appliance's seal key.
struct Launch {
    bytes32 sealKeyHash; // keccak256 of the seal key that it was sealed to
    bytes sealedSpec; // at most MAX_SEALED bytes
}

/// @notice What the exchange agreed for a lease that it opens.
struct Opening {
    uint40 order;
    uint32 market;
    PriceCode price;
    uint8 decade;
    uint8 confirmations;
    address opener; // posted the bond
    uint96 bond; // XOV base units, held by the leases' vault entry already
    uint96 collateral; // XOV base units of the provider's stake, locked already (beside the start penalty)
}

enum State {
    None,
    Unfunded,
    Pending,
    Active,
    Closed
}

enum CloseReason {
    None,
    Stopped,
    Exhausted,
    Declined,
    NotStarted,
    Ended,
    Evicted,
    Unpaid
}

struct Lease {
    // slot 0
    address holder;
    uint40 time; // Unfunded: pay by (wall); Pending: start by (wall); Active: start of the period (provider clock); Closed: since (wall)
    State state;
    CloseReason reason;
    PriceCode price;
    uint8 decade; // of the market, so that the price is known without asking
    // slot 1
    uint32 appliance;
    uint32 market;
    uint96 deposit; // quote units
    uint96 paid; // of the deposit, settled to the provider; once Closed, all that it earned
}

/// @notice What only leases paid in native bitcoin have.
struct BitcoinSide {
    // slot 0
    address opener;
    uint96 bond; // XOV base units, until the bond is returned or forfeited
    // slot 1
    uint40 order; // zero once the ask no longer counts this lease as unfunded
    uint8 confirmations;
    uint64 covered; // msat of the prepayment that the collateral covers
    uint96 collateral; // XOV base units still locked
}

/// @notice A lease at this moment, with all that follows from its slots by arithmetic.
struct LeaseStatus {
    State state; // Closed as well once grace has ended, whether or not `close` was called
    CloseReason reason;
    uint256 price; // quote units per instance-hour
    uint256 deposit;
    uint256 earned;
    uint256 refundable; // deposit − earned
    uint256 clock; // the appliance's provider clock, seconds
    uint256 exhaustedAt; // provider clock; 0 before the start
    uint256 graceEndsAt; // provider clock; 0 before the start
}

/// @title Leases: one instance at one appliance at a fixed price
/// @notice All that a lease is worth follows from two slots and a clock: `earned = min(deposit, price × seconds / 3600)`,
/// rounded down, and `deposit = earned + refundable` at every moment. Nothing has to run for a lease to end.
/// Accrual, exhaustion and grace run on the appliance's provider clock; the payment and start windows on wall time.
/// Warning: a lease's provider is paid for time during which its VA proves life, not for the quality of the machine.
interface ILeases is ICreditable {
    event LeaseOpened(
        bytes32 indexed leaseId,
        address indexed holder,
        uint32 indexed appliance,
        Opening opening,
        uint256 prepayment,
        uint256 payBy,
        bytes refundScript,
        uint256 salt,
        uint256 deadline
    );
    event LaunchRequested(bytes32 indexed leaseId, bytes32 sealKeyHash, bytes sealedSpec);
    event Credited(bytes32 indexed leaseId, uint256 amount, uint256 deposit);
    event Uncredited(bytes32 indexed leaseId, uint256 amount, uint256 taken, uint256 deposit);
    event Funded(bytes32 indexed leaseId, uint256 startBy);
    event UnfundedAgain(bytes32 indexed leaseId, uint256 payBy);
    event Started(bytes32 indexed leaseId, uint256 clock, bytes sealedAccess);
    event AccessPosted(bytes32 indexed leaseId, bytes sealedAccess);
    event PeriodOpened(bytes32 indexed leaseId, uint256 clock);
    event Declined(bytes32 indexed leaseId, string explanation);
    event LeaseClosed(bytes32 indexed leaseId, CloseReason indexed reason, uint256 earned, uint256 refundable);
    event CollateralReleased(bytes32 indexed leaseId, uint256 amount, uint256 left);

    error Leases_NotExchange(address caller);
    error Leases_NotPayments(address caller);
    error Leases_UnknownLease(bytes32 leaseId);
    error Leases_AlreadyOpened(bytes32 leaseId);
    error Leases_InvalidSignature(bytes32 leaseId, address holder);
    error Leases_TermsExpired(uint256 deadline, uint256 time);
    error Leases_NonStandardRefundScript(bytes script);
    error Leases_LaunchSpecMismatch(bytes32 have, bytes32 need);
    error Leases_SealKeyRotated(bytes32 have, bytes32 need);
    error Leases_SealedTooLong(uint256 length, uint256 max);
    error Leases_ExplanationTooLong(uint256 length, uint256 max);
    error Leases_WrongState(bytes32 leaseId, State have, State need);
    error Leases_StartWindowPassed(bytes32 leaseId, uint256 startBy, uint256 time);
    error Leases_NotClosable(bytes32 leaseId, State state, uint256 from, uint256 time);
    error Leases_NothingToRelease(bytes32 leaseId);
    error Leases_HeldUntil(bytes32 leaseId, uint256 until, uint256 time);

    /// @notice Exchange only. Checks the holder's signature (EOA or ERC-1271; none needed when the opener is the holder),
    /// the refund script and the launch spec, and records the lease as Unfunded: for an hour, and 20 minutes more for each
    /// confirmation after the first. The id can never be opened again.
    function open(Terms calldata terms, bytes calldata signature, Launch calldata launch, Opening calldata opening)
        external
        returns (bytes32 leaseId);

    /// @notice The VA's answer to a Pending lease before its start window ends: accrual begins, the start penalty's stake is free.
    /// @param sealedAccess access details sealed with age to the recipient inside the launch spec, at most MAX_SEALED bytes
    function start(bytes32 leaseId, bytes calldata sealedAccess) external;

    /// @notice The VA posts new access details of an Active lease, for example after a rebuild.
    function postAccess(bytes32 leaseId, bytes calldata sealedAccess) external;

    /// @notice The VA cannot serve an Unfunded lease, or a Pending one before its start window ends (later its silence is
    /// penalised). All that was paid is owed back; the bond returns.
    /// @param explanation at most 256 bytes, shown to the holder
    function decline(bytes32 leaseId, string calldata explanation) external;

    /// @notice Records an end that has come: unpaid past its window (the bond goes to the provider), not started past its
    /// window (the start penalty is burned), or exhausted past its grace. Anyone may. Reverts with Leases_NotClosable.
    function close(bytes32 leaseId) external;

    /// @notice Frees collateral of a Closed lease beyond what is owed; of one that never started (unpaid, declined, not
    /// started) no sooner than a day, and 20 minutes for each confirmation after the first, since a payment may have been
    /// under way.
    function releaseCollateral(bytes32 leaseId) external;

    /// @notice The EIP-712 digest of the terms: the id that their lease has or would have.
    function idOf(Terms calldata terms) external view returns (bytes32 leaseId);

    /// @notice As stored. Reverts with Leases_UnknownLease.
    function lease(bytes32 leaseId) external view returns (Lease memory);

    /// @notice As stored; zeroes for a lease that is not paid in bitcoin.
    function bitcoinSide(bytes32 leaseId) external view returns (BitcoinSide memory);

    /// @notice As it is now. Reverts with Leases_UnknownLease.
    function statusOf(bytes32 leaseId) external view returns (LeaseStatus memory);

    /// @notice XOV base units burned from a provider that is silent past a start window, for an instance of so many
    /// thousandths of a compute unit.
    function startPenalty(uint32 computeUnits) external pure returns (uint256);
}
