// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ICreditable} from "./ICreditable.sol";

/// @notice What a maker offers. None of it changes; other terms are another offer.
struct OfferTerms {
    IERC20 token;
    uint128 lot; // base units of the token in one lot, the least that is sold
    uint64 lots; // how many are for sale
    uint64 price; // satoshi for a lot
    uint64 minimum; // lots that a reservation has at least
    uint96 bondPerLot; // XOV base units that a reservation posts for each of its lots
    uint64 bound; // satoshi: what may leave at once for payments not yet three days old; the rest waits
    uint24 window; // seconds that a taker has to pay
    uint8 confirmations; // depth at which a payment counts; 1 is the tip itself
    bytes32 bitcoinKey; // x-only internal key (BIP-340) of the maker
}

struct Offer {
    // slot 0
    address maker;
    uint64 lots; // escrowed and not reserved; none once it is closed
    uint24 window;
    uint8 confirmations;
    // slot 1
    IERC20 token;
    uint96 bondPerLot;
    // slot 2
    uint128 lot;
    uint64 price;
    uint64 minimum;
    // slot 3
    uint64 bound;
    uint64 level; // satoshi that left at once, as far as they have not drained since `levelAt`
    uint40 levelAt; // unix seconds
    bool closed;
    // slot 4
    bytes32 bitcoinKey;
}

/// @notice A taker's part of an offer. In lots: paid ÷ price ≥ held + delivered; what is paid beyond that waits for free lots.
struct Reservation {
    // slot 0
    address taker;
    uint40 offer; // never zero
    uint40 deadline; // unix seconds: until then the reserved lots are the taker's
    // slot 1
    uint64 reserved; // lots escrowed for payments to come
    uint64 held; // lots paid for, which wait to be checked again
    uint64 delivered; // lots handed over
    uint64 paid; // millisatoshi proven and not taken back
    // slot 2
    address sponsor; // posted the bond
    uint64 bonded; // lots of which the bond is still held
    uint32 heldUntil; // unix seconds: from then on held lots can be claimed
}

/// @notice An output of a bitcoin transaction.
struct Outpoint {
    bytes32 txid; // internal byte order
    uint32 vout;
}

/// @title Sells tokens for bitcoin, at a maker's price, without anybody between
/// @notice A maker escrows lots of any ERC-20 from its balance in the vault. A taker reserves some of them, with a bond, and
/// pays the reservation's address: P2TR with the maker's key as internal key and, as merkle root, the tagged hash "xov/lease" of
/// the reservation's id, which commits to (chain, this contract, offer, taker, lots, nonce). So the address is known
/// before anything is sent, it is derived and proven exactly as that of a lease (TaprootAddress, BitcoinPayments with
/// this contract as what it credits), only the maker can spend from it, and no two reservations share one.
/// Proven payments hand over lots, in the vault, to the taker.
///
/// Amounts: lots are whole and prices are satoshi for a lot, so nothing is ever rounded. What is paid beyond whole lots, or
/// beyond what is reserved and free, stays recorded in `paid` and buys lots as soon as there are any (`assign`);
/// until then, or if the offer has been closed, it is the maker's.
///
/// What a taker relies on: the lots are escrowed until the deadline. A payment that is proven later still buys lots if
/// the reservation has not been expired or the offer has free ones, but nothing promises that.
/// What a maker relies on: Bitcoin's proof of work. Of all that one forged fork pays to an offer, at most `bound` satoshi's worth of
/// lots leaves at once, and as much again in every three days that the fork stays canonical; all else waits three days and
/// leaves only if its payments are canonical then.
/// What a reservation without payment costs: the bond of each lot that was not paid for, which goes to the maker.
/// It is linear in lots, so splitting gains nothing. Warning: with a bond of zero, locking an offer is free.
interface ISwap is ICreditable {
    /// @notice The offer's lots are escrowed.
    event OfferMade(uint40 indexed offer, address indexed maker, OfferTerms terms);
    /// @notice No more can be reserved; the free lots are the maker's again.
    event OfferClosed(uint40 indexed offer, uint64 lotsReturned);
    /// @notice `sponsor` posted the bond for the taker. To be paid: `lots` times the price.
    event Reserved(
        bytes32 indexed id,
        uint40 indexed offer,
        address indexed taker,
        address sponsor,
        uint64 lots,
        uint256 nonce,
        uint40 deadline
    );
    /// @notice A payment was counted; `paid` is all that is counted now, millisatoshi.
    event Paid(bytes32 indexed id, uint256 amount, uint64 paid);
    /// @notice Payments taken back, because their block was removed: `lots` that were held are reserved again until `deadline`.
    event Unpaid(bytes32 indexed id, uint256 amount, uint256 taken, uint64 paid, uint64 lots, uint40 deadline);
    /// @notice Paid lots, `fromFree` of them beyond those reserved, were assigned to the taker.
    event Assigned(bytes32 indexed id, uint64 lots, uint64 fromFree);
    /// @notice Lots wait to be checked again.
    event Held(bytes32 indexed id, uint64 lots, uint32 until);
    /// @notice Lots are in the taker's balance in the vault.
    event Delivered(bytes32 indexed id, address indexed taker, uint64 lots, uint256 amount);
    /// @notice The bond of lots that were paid for went back to who posted it.
    event BondReturned(bytes32 indexed id, address indexed sponsor, uint256 amount);
    /// @notice Lots were not paid for in time: they are free again, and the bond went to the maker.
    event ReservationExpired(bytes32 indexed id, uint64 lots, uint256 bond);

    error Swap_NotPayments(address caller);
    error Swap_NotMaker(address caller, address maker);
    error Swap_ZeroTaker();
    /// The key is not the x of a point of secp256k1.
    error Swap_InvalidKey(bytes32 bitcoinKey);
    error Swap_EmptyLot();
    error Swap_ConfirmationsOutOfRange(uint256 have, uint256 min, uint256 max);
    error Swap_WindowOutOfRange(uint256 have, uint256 min, uint256 max);
    /// The least reservation pays less than nodes relay, or all lots more than there is.
    error Swap_ValueOutOfRange(uint256 sats, uint256 min, uint256 max);
    error Swap_UnknownOffer(uint40 offer);
    error Swap_OfferIsClosed(uint40 offer);
    error Swap_TooFewLots(uint256 have, uint256 need);
    error Swap_LotsUnavailable(uint40 offer, uint256 have, uint256 need);
    error Swap_AlreadyReserved(bytes32 id);
    error Swap_UnknownReservation(bytes32 id);
    error Swap_NotExpired(bytes32 id, uint256 deadline, uint256 time);
    error Swap_NothingReserved(bytes32 id);
    error Swap_NothingToAssign(bytes32 id);
    error Swap_NothingHeld(bytes32 id);
    error Swap_HeldUntil(bytes32 id, uint256 until, uint256 time);
    /// The outpoint has no credit, or its block is no longer canonical.
    error Swap_PaymentGone(bytes32 txid, uint32 vout);
    /// Outpoints must ascend by txid, then by index: none may count twice.
    error Swap_OutpointsNotAscending(uint256 index);
    /// The outpoints named do not pay for any lot that is held: `have` must reach `need` millisatoshi.
    error Swap_TooLittlePaid(bytes32 id, uint256 have, uint256 need);

    /// @notice Escrows lots from the caller's balance in the vault. Reverts with Vault_BalanceTooSmall.
    /// @return offer its number, from 1 on
    function make(OfferTerms calldata terms) external returns (uint40 offer);

    /// @notice Ends an offer: what is free goes back to the maker at once, what is reserved or held when it becomes free. Only
    /// the maker may call.
    function close(uint40 offer) external;

    /// @notice Locks lots for a taker. The bond is moved from the caller's balance of XOV in the vault; anyone may post it
    /// for a taker, such as a relayer for one who has bitcoin only. Reverts with Vault_BalanceTooSmall.
    /// @param nonce chosen by the taker, so that each reservation has its own id and address
    /// @return id of the reservation, see `idOf`
    function reserve(uint40 offer, address taker, uint64 lots, uint256 nonce) external returns (bytes32 id);

    /// @notice Gives lots that have become free to a reservation that has paid for more than it got. Anyone may call.
    function assign(bytes32 id) external;

    /// @notice Hands over lots that were held for three days, as far as payments that are canonical now pay for them beside
    /// all that was delivered before. Anyone may call.
    /// @dev When 60 days have passed, no outpoints are needed: their blocks left the light client's ring long ago,
    /// and with them perhaps the records.
    /// @param outpoints all that paid the reservation, ascending by txid, then by index
    function claim(bytes32 id, Outpoint[] calldata outpoints) external;

    /// @notice Frees the lots that were not paid for by the deadline, and gives their bond to the maker. Anyone may call.
    function expire(bytes32 id) external;

    /// @notice Id of a reservation: the lease id, so to speak, that its address commits to.
    function idOf(uint40 offer, address taker, uint64 lots, uint256 nonce) external view returns (bytes32 id);

    /// @notice An offer. Reverts when there is none of that number.
    function offerOf(uint40 offer) external view returns (Offer memory);

    /// @notice A reservation. Reverts when there is none.
    function reservationOf(bytes32 id) external view returns (Reservation memory);

    /// @notice Satoshi for which lots of an offer would leave at once now.
    function immediateOf(uint40 offer) external view returns (uint256 sats);
}
