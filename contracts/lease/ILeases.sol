// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ICreditable} from "../bitcoin/ICreditable.sol";
import {OrderId} from "../exchange/OrderId.sol";
import {PriceCode} from "../exchange/PriceCode.sol";
import {StartFee} from "../exchange/StartFee.sol";
import {IResale} from "./IResale.sol";

/// @notice What a holder signs (EIP-712); the digest is the lease's id.
struct Terms {
    address holder;
    uint32 appliance;
    bytes32 class;
    address quote; // BITCOIN for native bitcoin
    uint256 price; // quote units per instance-hour
    uint256 startFee; // quote units: what the start costs a holder beyond its limit; within it nothing
    uint256 prepayment; // agreed prepayment with the start fee, quote units; of bitcoin, covered by the provider's stake
    bytes refundScript; // bitcoin only: a standard scriptPubKey, or empty: then what is owed is paid from the collateral
    bytes32 launchSpecHash; // keccak256 of the sealed launch spec; zero reserves capacity, to be launched later
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
    OrderId order;
    uint32 market;
    PriceCode price;
    StartFee startFee;
    uint8 confirmations; // bitcoin only
    address opener; // posted the bond, or paid
    uint96 bond; // bitcoin only: XOV base units, held by the leases' vault entry already
    uint96 collateral; // bitcoin only: XOV base units of stake, locked already (beside the start penalty)
}

/// @notice Instances of one resting order that the exchange has matched; each is a lease.
struct Fill {
    OrderId order; // that rested
    uint256 first; // number of the first instance; the next ones count down
    uint256 count; // instances, at least 1
    uint256 slot0; // of each lease; see LeaseSlots
    uint256 slot1;
}

/// @notice Reserved: capacity that is paid for and not launched yet.
enum State {
    None,
    Unfunded,
    Pending,
    Reserved,
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

/// @notice A lease as it is stored, in two slots (`Slots`).
struct Lease {
    address holder;
    uint32 time; // Unfunded: pay by (wall); Reserved, Active: start of the period (provider clock); Closed: since (wall)
    uint32 deadline; // a start is awaited: by when (wall); under notice: the end (provider clock); else zero
    PriceCode price;
    State state;
    CloseReason reason; // Ended before the end: under notice
    uint32 appliance;
    uint32 market;
    uint88 deposit; // quote units, below 2^84
    // of the deposit: in a token, what is settled to the provider; in bitcoin, what came in grace and is too little for a new
    // period, and once Closed what was earned
    uint88 paid;
    uint8 confirmations; // that a bitcoin payment needs; zero for a lease in a token
    uint8 decade; // of the market, by which price and fee are decoded
    StartFee startFee; // of the ask; none once its period is over
}

/// @notice What only leases paid in native bitcoin have.
struct BitcoinSide {
    // slot 0
    address opener;
    uint96 bond; // XOV base units, until the bond is returned or forfeited
    // slot 1
    uint64 place; // of the ask at its level; zero once the ask no longer counts this lease as unfunded
    uint64 covered; // msat of the prepayment that the collateral covers
    uint96 collateral; // XOV base units still locked
}

/// @notice What all leases of a market share.
struct Quote {
    // slot 0
    address token; // zero for native bitcoin
    uint32 pool;
    uint32 computeUnits; // of one instance, thousandths
    uint8 decade;
}

/// @notice A lease at this moment, with all that follows from its slots by arithmetic.
struct LeaseStatus {
    State state; // Closed as well once it is over, whether or not `close` was called
    CloseReason reason;
    uint256 price; // quote units per instance-hour
    uint256 deposit;
    uint256 earned;
    uint256 refundable; // deposit − earned, with what is set aside in grace
    uint256 clock; // the appliance's provider clock, seconds
    uint256 exhaustedAt; // provider clock; 0 before the start
    uint256 overAt; // provider clock: when grace, or under notice what is paid, ends; 0 before the start
    uint256 startBy; // wall; 0 unless a start is awaited
    bool withinLimit; // whether it uses its holder's limit
    uint256 startFee; // of `earned`, quote units
}

/// @title Leases: one instance at one appliance at a fixed price
/// @notice All that a lease is worth follows from two slots and a clock: `earned = min(deposit, startFee + price × seconds /
/// 3600)`, rounded down, where the fee of the ask counts once a start was beyond the holder's limit, and
/// `deposit = earned + refundable` at every moment. Nothing has to run for a lease to end.
/// Accrual, exhaustion, grace and notice run on the appliance's provider clock; the payment and start windows on wall time.
/// Notice names the second of that clock at which what is paid is used up: on wall time never sooner than announced, and
/// later by an outage, since what the clock showed at a second of wall time is not known any more once it has beaten again.
///
/// A payment within grace after exhaustion opens a new period when it pays for ten minutes; less would prolong the grace at
/// no cost. A smaller top-up is refused; smaller bitcoin payments are set aside, untouched by accrual, until together they are
/// enough, and are owed back if the lease ends before.
///
/// One code serves both currencies; they differ in where the money is. An ERC-20 lease's deposit stands under this
/// contract in the vault: refunds go to the holder's vault balance at the close, earnings to the provider's at `settle`.
/// A bitcoin lease's payments are with the provider already: what is refundable at the close is owed by it.
/// Warning: a lease's provider is paid for time during which its VA proves life, not for the quality of the machine.
interface ILeases is ICreditable {
    event LeaseOpened(
        bytes32 indexed leaseId,
        address indexed holder,
        uint32 indexed appliance,
        OrderId order,
        uint32 market,
        PriceCode price,
        uint256 startFee,
        uint256 prepayment
    );
    /// @notice With LeaseOpened, for a lease paid in bitcoin: what is needed to show its terms again.
    event BitcoinLeaseOpened(
        bytes32 indexed leaseId,
        address opener,
        uint96 bond,
        uint96 collateral,
        uint8 confirmations,
        uint256 payBy,
        bytes refundScript,
        uint256 salt,
        uint256 deadline
    );
    event LaunchRequested(bytes32 indexed leaseId, bytes32 sealKeyHash, bytes sealedSpec);
    event Credited(bytes32 indexed leaseId, uint256 amount, uint256 deposit);
    event Uncredited(bytes32 indexed leaseId, uint256 amount, uint256 taken, uint256 deposit);
    event Funded(bytes32 indexed leaseId);
    event UnfundedAgain(bytes32 indexed leaseId, uint256 payBy);
    event Reserved(bytes32 indexed leaseId, uint256 clock);
    event StartAwaited(bytes32 indexed leaseId, uint256 startBy);
    event Started(bytes32 indexed leaseId, uint256 periodStart, bytes sealedAccess);
    /// @notice With Started, when that was beyond the holder's limit: of the deposit, the fee is earned.
    event StartFeeEarned(bytes32 indexed leaseId, uint256 amount);
    event AccessPosted(bytes32 indexed leaseId, bytes sealedAccess);
    event PeriodOpened(bytes32 indexed leaseId, uint256 clock);
    event Settled(bytes32 indexed leaseId, uint256 amount, uint256 paid);
    event NoticeGiven(bytes32 indexed leaseId, uint256 endsAt);
    event Declined(bytes32 indexed leaseId, string explanation);
    event Evicted(bytes32 indexed leaseId, string explanation);
    event LeaseClosed(bytes32 indexed leaseId, CloseReason indexed reason, uint256 earned, uint256 refundable);
    /// @notice The lease was resold; with a launch spec, LaunchRequested and StartAwaited follow. Of a lease paid in bitcoin,
    /// `refundScript` replaces the one in its terms.
    event HolderChanged(bytes32 indexed leaseId, address indexed from, address indexed to, bytes refundScript);
    event CollateralReleased(bytes32 indexed leaseId, uint256 amount, uint256 left);
    /// @notice Of what a closed lease's provider owes in bitcoin, `amount` is refunded for good or paid from the collateral.
    event DebtSettled(bytes32 indexed leaseId, uint256 amount, uint256 owed);
    event CollateralForfeited(bytes32 indexed leaseId, uint256 amount, uint256 left);

    error Leases_NotExchange(address caller);
    error Leases_NotPayments(address caller);
    error Leases_NotDebts(address caller);
    error Leases_NotResale(address caller);
    error Leases_NotHolder(bytes32 leaseId, address caller, address holder);
    error Leases_UnknownLease(bytes32 leaseId);
    error Leases_AlreadyOpened(bytes32 leaseId);
    error Leases_InvalidSignature(bytes32 digest, address holder);
    error Leases_SignatureExpired(uint256 deadline, uint256 time);
    error Leases_TermsExpired(uint256 deadline, uint256 time);
    error Leases_NonStandardRefundScript(bytes script);
    error Leases_LaunchSpecMismatch(bytes32 have, bytes32 need);
    error Leases_LaunchSpecMissing(bytes32 leaseId);
    error Leases_SealKeyRotated(bytes32 have, bytes32 need);
    error Leases_SealedTooLong(uint256 length, uint256 max);
    error Leases_ExplanationTooLong(uint256 length, uint256 max);
    error Leases_WrongState(bytes32 leaseId, State have, State need);
    error Leases_NotStoppable(bytes32 leaseId, State have);
    error Leases_NotLaunchable(bytes32 leaseId, State have, CloseReason notice);
    error Leases_NotEvictable(bytes32 leaseId, State have);
    error Leases_NoStartAwaited(bytes32 leaseId, State have);
    error Leases_StartWindowPassed(bytes32 leaseId, uint256 startBy, uint256 time);
    error Leases_PaidInBitcoin(bytes32 leaseId);
    error Leases_NotPaidInBitcoin(bytes32 leaseId);
    error Leases_AmountTooLarge(bytes32 leaseId, uint256 have, uint256 max);
    error Leases_PrepaymentTooLarge(bytes32 leaseId, uint256 have, uint256 max);
    error Leases_TopUpTooSmall(bytes32 leaseId, uint256 have, uint256 need);
    error Leases_Exhausted(bytes32 leaseId, uint256 exhaustedAt, uint256 clock);
    error Leases_UnderNotice(bytes32 leaseId, uint256 endsAt);
    error Leases_Over(bytes32 leaseId, uint256 overAt, uint256 clock);
    error Leases_NothingToSettle(bytes32 leaseId);
    /// @notice Closable from `from` on; of a Pending lease, after it.
    error Leases_NotClosable(bytes32 leaseId, State state, uint256 from, uint256 time);
    error Leases_NothingToRelease(bytes32 leaseId);
    error Leases_HeldUntil(bytes32 leaseId, uint256 until, uint256 time);

    /// @notice Exchange only. Checks the holder's signature (EOA or ERC-1271; none needed when the opener is the holder),
    /// the refund script and the launch spec. A bitcoin lease begins Unfunded, for an hour and 20 minutes more for each
    /// confirmation after the first; an ERC-20 lease, whose prepayment the
    /// exchange has moved here, Pending, or Reserved without a launch spec. The id can never be opened again.
    function open(Terms calldata terms, bytes calldata signature, Launch calldata launch, Opening calldata opening)
        external
        returns (bytes32 leaseId);

    /// @notice Exchange only: opens a lease for each instance of the fills, whose prepayments the exchange has moved here; of
    /// them the exchange's Filled tells.
    /// @param launch of all of them; with an empty spec they are Reserved
    function openFills(Fill[] calldata fills, Launch calldata launch) external;

    /// @notice Adds to an ERC-20 lease's deposit from the caller's vault balance; anyone may. Within grace after
    /// exhaustion it opens a new period, so that the gap is not charged; not while a start is awaited, since what the period
    /// has earned would be settled before it is known to be due. What is then unspent may cover 30 days at most. Reverts with
    /// Leases_TopUpTooSmall when it would open a period of less than ten minutes.
    function topUp(bytes32 leaseId, uint256 amount) external;

    /// @notice The holder gives the launch spec of a Reserved lease, or a new one to an Active lease (the instance is
    /// rebuilt). The start window runs from now.
    function launch(bytes32 leaseId, Launch calldata spec) external;

    /// @notice `launch` signed by the holder: EIP-712 `Launch(bytes32 leaseId,bytes32 launchSpecHash,uint256 nonce,uint256 deadline)`
    /// with the holder's next nonce (`nonces`) and the last second at which it counts.
    function launchBySig(bytes32 leaseId, Launch calldata spec, uint256 deadline, bytes calldata signature) external;

    /// @notice The holder ends a Pending, Reserved or Active lease; the unspent part of the deposit is refunded. One that has
    /// ended by itself is closed as `close` would.
    function stop(bytes32 leaseId) external;

    /// @notice `stop` signed by the holder: EIP-712 `Stop(bytes32 leaseId,uint256 nonce,uint256 deadline)`.
    function stopBySig(bytes32 leaseId, uint256 deadline, bytes calldata signature) external;

    /// @notice Resale only: the buyer pays its holder from the vault and becomes the holder; the instance is rebuilt after the
    /// buyer's spec. Reverts as `launch` does, and with Leases_LaunchSpecMissing for an empty spec unless the lease is Reserved
    /// and no start is awaited. A limit that the lease uses is the seller's no longer: it uses the buyer's, or the buyer's first
    /// start is accounted for as any other. What was started beyond a limit is paid for, and stays so. What an Active lease has
    /// earned is metered as the seller's: in a token it is settled, in bitcoin a new period opens, its use rounded up to an msat.
    /// @param refundScript of a lease paid in bitcoin: a standard one, or empty
    function handOver(
        bytes32 leaseId,
        address buyer,
        IERC20 token,
        uint256 price,
        bytes calldata refundScript,
        Launch calldata spec
    ) external;

    /// @notice The VA's answer to a Pending lease or to a `launch`, within the start window. A Pending lease accrues from
    /// now on. With the first start, the start penalty's stake is free, and the instance uses its holder's limit or, beyond it,
    /// pays the start price from the provider's purse or vault balance (`ILeaseTrust.started`) and the start fee is earned. So with
    /// the first start after a resale to a buyer whose limit did not reach, unless the seller had gone beyond its own.
    /// @param sealedAccess access details sealed with age to the recipient inside the launch spec, at most MAX_SEALED bytes
    function start(bytes32 leaseId, bytes calldata sealedAccess) external;

    /// @notice The VA posts new access details of an Active lease, for example after a rebuild.
    function postAccess(bytes32 leaseId, bytes calldata sealedAccess) external;

    /// @notice The VA cannot serve an Unfunded lease, or one whose start is awaited, before its start window ends (later
    /// its silence is penalised). All that is not yet settled of a lease
    /// that never started is refunded (or owed), of another what is unspent; an unfunded lease's bond returns.
    /// @param explanation at most 256 bytes, shown to the holder
    function decline(bytes32 leaseId, string calldata explanation) external;

    /// @notice The VA ends a Reserved or Active lease when what is paid now is used up: without grace, and nothing added
    /// later extends it. Of a lease that is in grace already, the grace is the holder's: reverts with Leases_Exhausted.
    function giveNotice(bytes32 leaseId) external;

    /// @notice The VA ends a Reserved or Active lease at once, because it cannot serve it any longer: what is unspent is refunded
    /// (or owed), and counts in the provider's record as promised and not delivered. Not while a start is awaited, which is to be
    /// declined, nor in grace, which is the holder's: reverts with Leases_NotEvictable. The hot key may do so no more often than
    /// its provider lets it (`IProviders.setEvictionLimit`). Warning: a start fee that was earned stays so.
    /// @param explanation at most 256 bytes, shown to the holder
    function evict(bytes32 leaseId, string calldata explanation) external;

    /// @notice Pays what an ERC-20 lease has earned since the last settlement to its provider's vault balance; anyone may.
    /// Of a Reserved lease nothing is settled before it has started or closed.
    /// @return amount quote units
    function settle(bytes32 leaseId) external returns (uint256 amount);

    /// @notice Records an end that has come: unpaid past its window (the bond goes to the provider), not started past its
    /// window (the start penalty is burned, if it never started), or over. Anyone may. Reverts with Leases_NotClosable.
    function close(bytes32 leaseId) external;

    /// @notice Frees collateral of a Closed lease paid in bitcoin beyond what is owed; unless it was exhausted, no sooner than a
    /// day (and 20 minutes for each confirmation after the first) after: a payment may have been under way when it ended.
    /// A debt below SMALLEST_DEBT needs none.
    function releaseCollateral(bytes32 leaseId) external;

    /// @notice BitcoinDebts only: `amount` msat of what is owed for a Closed lease (at most all of it) are refunded for good. Frees
    /// the collateral that it needs no more, unless payments may still be under way.
    function repay(bytes32 leaseId, uint256 amount) external;

    /// @notice BitcoinDebts only: pays the collateral that covers `amount` msat of what is owed for a Closed lease to the holder's
    /// vault balance, as far as it is covered.
    /// @return settled msat that are owed no more
    /// @return collateral XOV base units, rounded down
    function forfeit(bytes32 leaseId, uint256 amount) external returns (uint256 settled, uint256 collateral);

    /// @notice Hands leases over to their buyers.
    function RESALE() external view returns (IResale);

    /// @notice The EIP-712 digest of the terms: the id that their lease has or would have.
    function idOf(Terms calldata terms) external view returns (bytes32 leaseId);

    /// @notice As stored. Reverts with Leases_UnknownLease.
    function lease(bytes32 leaseId) external view returns (Lease memory);

    /// @notice As stored; zeroes for a lease that is not paid in bitcoin.
    function bitcoinSide(bytes32 leaseId) external view returns (BitcoinSide memory);

    /// @notice keccak256 of the refund script that a resale put in the place of the one in the terms; zero if none did.
    function refundScriptHashOf(bytes32 leaseId) external view returns (bytes32);

    /// @notice As it is now. Reverts with Leases_UnknownLease.
    function statusOf(bytes32 leaseId) external view returns (LeaseStatus memory);

    /// @notice XOV base units burned from a provider that is silent past a start window, for an instance of so many
    /// thousandths of a compute unit.
    function startPenalty(uint32 computeUnits) external pure returns (uint256);
}
