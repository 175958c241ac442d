// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IVault} from "../token/IVault.sol";
import {BitcoinTransaction} from "./BitcoinTransaction.sol";
import {IBitcoinLightClient} from "./IBitcoinLightClient.sol";
import {IBitcoinPayments} from "./IBitcoinPayments.sol";
import {ICreditable} from "./ICreditable.sol";
import {ISwap, Offer, OfferTerms, Outpoint, Reservation} from "./ISwap.sol";
import {TaprootAddress} from "./TaprootAddress.sol";

/// @title Sells tokens for bitcoin
/// @notice See ISwap. Escrows and bonds stand under this contract's address in the vault, whose operator it must be.
contract Swap is ISwap {
    using SafeCast for uint256;

    /// @notice What each confirmation adds to a reservation's window: twice what a block takes on average, seconds.
    uint256 public constant CONFIRMATION_TIME = 20 minutes;
    /// @notice How long lots are held that are worth more than may leave at once, seconds.
    uint256 public constant RECHECK_TIME = 3 days;
    /// @notice From the recheck until held lots can be claimed without naming payments, seconds: twice the light client's ring.
    uint256 public constant FINAL_TIME = 57 days;
    uint256 private constant MIN_WINDOW = 30 minutes;
    uint256 private constant MAX_WINDOW = 7 days;
    uint256 private constant MAX_CONFIRMATIONS = 100;
    /// @dev Satoshi that an output to a taproot address has at least, or nodes do not relay it.
    uint256 private constant DUST = 330;
    uint256 private constant MSAT_PER_SAT = 1000;

    struct Peers {
        IERC20 xov;
        IVault vault;
        IBitcoinPayments payments; // an own instance, deployed with this contract as what it credits
        IBitcoinLightClient lightClient; // the one of `payments`
    }

    IERC20 private immutable XOV;
    IVault private immutable VAULT;
    IBitcoinPayments private immutable PAYMENTS;
    IBitcoinLightClient private immutable LIGHT_CLIENT;

    uint40 private _offerCount;
    mapping(uint40 offer => Offer) private _offers;
    mapping(bytes32 id => Reservation) private _reservations;

    modifier onlyPayments() {
        require(msg.sender == address(PAYMENTS), Swap_NotPayments(msg.sender));
        _;
    }

    constructor(Peers memory peers) {
        XOV = peers.xov;
        VAULT = peers.vault;
        PAYMENTS = peers.payments;
        LIGHT_CLIENT = peers.lightClient;
    }

    // ----------------------------------------------------------------- offers

    /// @inheritdoc ISwap
    function make(OfferTerms calldata terms) external returns (uint40 offer) {
        _requireValid(terms);
        offer = ++_offerCount;
        _offers[offer] = Offer({
            maker: msg.sender,
            lots: terms.lots,
            window: terms.window,
            confirmations: terms.confirmations,
            token: terms.token,
            bondPerLot: terms.bondPerLot,
            lot: terms.lot,
            price: terms.price,
            minimum: terms.minimum,
            bound: terms.bound,
            level: 0,
            levelAt: 0,
            closed: false,
            bitcoinKey: terms.bitcoinKey
        });
        emit OfferMade(offer, msg.sender, terms);
        VAULT.move(terms.token, msg.sender, address(this), uint256(terms.lots) * terms.lot);
    }

    /// @inheritdoc ISwap
    function close(uint40 offer) external {
        Offer storage o = _known(offer);
        require(msg.sender == o.maker, Swap_NotMaker(msg.sender, o.maker));
        require(!o.closed, Swap_OfferIsClosed(offer));
        uint64 lots = o.lots;
        o.closed = true;
        o.lots = 0;
        emit OfferClosed(offer, lots);
        _move(o, o.maker, lots);
    }

    // ----------------------------------------------------------- reservations

    /// @inheritdoc ISwap
    function reserve(uint40 offer, address taker, uint64 lots, uint256 nonce) external returns (bytes32 id) {
        Offer storage o = _known(offer);
        require(taker != address(0), Swap_ZeroTaker());
        require(!o.closed, Swap_OfferIsClosed(offer));
        require(lots >= o.minimum, Swap_TooFewLots(lots, o.minimum));
        require(lots <= o.lots, Swap_LotsUnavailable(offer, o.lots, lots));
        id = idOf(offer, taker, lots, nonce);
        Reservation storage r = _reservations[id];
        require(r.offer == 0, Swap_AlreadyReserved(id));
        uint40 deadline = _deadline(o);
        (r.taker, r.offer, r.deadline) = (taker, offer, deadline);
        r.reserved = lots;
        (r.sponsor, r.bonded) = (msg.sender, lots);
        o.lots -= lots;
        emit Reserved(id, offer, taker, msg.sender, lots, nonce, deadline);
        uint256 bond = uint256(lots) * o.bondPerLot;
        if (bond != 0) VAULT.move(XOV, msg.sender, address(this), bond);
    }

    /// @inheritdoc ISwap
    function assign(bytes32 id) external {
        (Reservation storage r, Offer storage o) = _reservation(id);
        require(_assign(id, r, o) != 0, Swap_NothingToAssign(id));
    }

    /// @inheritdoc ISwap
    function claim(bytes32 id, Outpoint[] calldata outpoints) external {
        (Reservation storage r, Offer storage o) = _reservation(id);
        uint256 lots = r.held;
        require(lots != 0, Swap_NothingHeld(id));
        require(block.timestamp >= r.heldUntil, Swap_HeldUntil(id, r.heldUntil, block.timestamp));
        if (block.timestamp < r.heldUntil + FINAL_TIME) {
            uint256 standing = _standing(id, outpoints);
            uint256 price = _priceMsat(o);
            uint256 need = (uint256(r.delivered) + 1) * price;
            require(standing >= need, Swap_TooLittlePaid(id, standing, need));
            lots = Math.min(lots, standing / price - r.delivered);
        }
        r.held -= uint64(lots);
        _deliver(id, r, o, uint64(lots));
    }

    /// @inheritdoc ISwap
    function expire(bytes32 id) external {
        (Reservation storage r, Offer storage o) = _reservation(id);
        uint64 lots = r.reserved;
        require(lots != 0, Swap_NothingReserved(id));
        require(block.timestamp > r.deadline, Swap_NotExpired(id, r.deadline, block.timestamp));
        uint256 bond = uint256(r.bonded) * o.bondPerLot;
        r.reserved = 0;
        r.bonded = 0;
        emit ReservationExpired(id, lots, bond);
        if (bond != 0) VAULT.move(XOV, address(this), o.maker, bond);
        if (o.closed) _move(o, o.maker, lots);
        else o.lots += lots;
    }

    // --------------------------------------------------------------- payments

    /// @inheritdoc ICreditable
    function credit(bytes32 id, uint256 amount) external onlyPayments {
        (Reservation storage r, Offer storage o) = _reservation(id);
        r.paid = (uint256(r.paid) + amount).toUint64();
        emit Paid(id, amount, r.paid);
        _assign(id, r, o);
    }

    /// @inheritdoc ICreditable
    /// @dev Lots that were held are reserved again, and long enough for the payment to be mined and proven again: a maker who is
    /// quick to revoke gains nothing from a reorganization that only moves the payment.
    function uncredit(bytes32 id, uint256 amount) external onlyPayments returns (uint256 taken) {
        (Reservation storage r, Offer storage o) = _reservation(id);
        uint256 price = _priceMsat(o);
        taken = Math.min(amount, r.paid - r.delivered * price);
        r.paid -= uint64(taken);
        uint256 covered = r.paid / price - r.delivered;
        uint64 lots = r.held > covered ? uint64(r.held - covered) : 0;
        if (lots != 0) {
            r.held -= lots;
            r.reserved += lots;
            r.deadline = _deadline(o);
        }
        emit Unpaid(id, amount, taken, r.paid, lots, r.deadline);
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc ICreditable
    function bitcoinTerms(bytes32 id) external view returns (bytes32 bitcoinKey, uint8 confirmations) {
        (, Offer storage o) = _reservation(id);
        return (o.bitcoinKey, o.confirmations);
    }

    /// @inheritdoc ISwap
    function idOf(uint40 offer, address taker, uint64 lots, uint256 nonce) public view returns (bytes32) {
        return keccak256(abi.encode("XOV swap", block.chainid, address(this), offer, taker, lots, nonce));
    }

    /// @inheritdoc ISwap
    function offerOf(uint40 offer) external view returns (Offer memory) {
        return _known(offer);
    }

    /// @inheritdoc ISwap
    function reservationOf(bytes32 id) external view returns (Reservation memory reservation) {
        (reservation,) = _reservation(id);
    }

    /// @inheritdoc ISwap
    function immediateOf(uint40 offer) external view returns (uint256) {
        Offer storage o = _known(offer);
        return o.bound - _level(o);
    }

    // ------------------------------------------------------------ transitions

    /// @dev Lots that are paid for and not assigned yet: first those reserved, then free ones.
    function _assign(bytes32 id, Reservation storage r, Offer storage o) private returns (uint256 lots) {
        uint256 due = r.paid / _priceMsat(o) - r.held - r.delivered;
        uint64 fromReserved = uint64(Math.min(due, r.reserved));
        uint64 fromFree = uint64(Math.min(due - fromReserved, o.lots));
        lots = fromReserved + fromFree;
        if (lots == 0) return 0;
        r.reserved -= fromReserved;
        if (fromFree != 0) o.lots -= fromFree;
        emit Assigned(id, uint64(lots), fromFree);
        _returnBond(id, r, o);
        if (_leavesAtOnce(o, lots * o.price)) {
            _deliver(id, r, o, uint64(lots));
        } else {
            r.held += uint64(lots);
            r.heldUntil = (block.timestamp + RECHECK_TIME).toUint32();
            emit Held(id, uint64(lots), r.heldUntil);
        }
    }

    function _deliver(bytes32 id, Reservation storage r, Offer storage o, uint64 lots) private {
        r.delivered += lots;
        emit Delivered(id, r.taker, lots, uint256(lots) * o.lot);
        _move(o, r.taker, lots);
    }

    /// @dev Of lots that are no longer reserved. Those that are reserved again after a reorganization have none.
    function _returnBond(bytes32 id, Reservation storage r, Offer storage o) private {
        if (r.bonded <= r.reserved) return;
        uint256 bond = uint256(r.bonded - r.reserved) * o.bondPerLot;
        r.bonded = r.reserved;
        if (bond == 0) return;
        emit BondReturned(id, r.sponsor, bond);
        VAULT.move(XOV, address(this), r.sponsor, bond);
    }

    function _move(Offer storage o, address to, uint64 lots) private {
        if (lots != 0) VAULT.move(o.token, address(this), to, uint256(lots) * o.lot);
    }

    /// @dev A bucket as large as the bound that drains in three days.
    function _leavesAtOnce(Offer storage o, uint256 sats) private returns (bool) {
        uint256 level = _level(o) + sats;
        if (level > o.bound) return false;
        o.level = uint64(level);
        o.levelAt = uint40(block.timestamp);
        return true;
    }

    // ------------------------------------------------------------- arithmetic

    function _level(Offer storage o) private view returns (uint256) {
        return Math.saturatingSub(o.level, uint256(o.bound) * (block.timestamp - o.levelAt) / RECHECK_TIME);
    }

    function _priceMsat(Offer storage o) private view returns (uint256) {
        return o.price * MSAT_PER_SAT;
    }

    function _deadline(Offer storage o) private view returns (uint40) {
        return uint40(block.timestamp + o.window + o.confirmations * CONFIRMATION_TIME);
    }

    /// @dev Millisatoshi credited to a reservation by outpoints whose blocks are canonical.
    function _standing(bytes32 id, Outpoint[] calldata outpoints) private view returns (uint256 sum) {
        for (uint256 i = 0; i < outpoints.length; ++i) {
            (bytes32 txid, uint32 vout) = (outpoints[i].txid, outpoints[i].vout);
            require(i == 0 || _ascends(outpoints[i - 1], txid, vout), Swap_OutpointsNotAscending(i));
            (uint256 amount, uint32 height, bytes8 hashStart) = PAYMENTS.creditOf(txid, vout, id);
            require(height != 0 && LIGHT_CLIENT.stands(height, hashStart), Swap_PaymentGone(txid, vout));
            sum += amount;
        }
    }

    function _ascends(Outpoint calldata before, bytes32 txid, uint32 vout) private pure returns (bool) {
        return before.txid < txid || (before.txid == txid && before.vout < vout);
    }

    // ----------------------------------------------------------------- checks

    function _known(uint40 offer) private view returns (Offer storage o) {
        o = _offers[offer];
        require(o.maker != address(0), Swap_UnknownOffer(offer));
    }

    function _reservation(bytes32 id) private view returns (Reservation storage r, Offer storage o) {
        r = _reservations[id];
        require(r.offer != 0, Swap_UnknownReservation(id));
        o = _offers[r.offer];
    }

    function _requireValid(OfferTerms calldata t) private pure {
        require(TaprootAddress.lifts(t.bitcoinKey), Swap_InvalidKey(t.bitcoinKey));
        require(t.lot != 0, Swap_EmptyLot());
        require(
            t.confirmations != 0 && t.confirmations <= MAX_CONFIRMATIONS,
            Swap_ConfirmationsOutOfRange(t.confirmations, 1, MAX_CONFIRMATIONS)
        );
        require(
            t.window >= MIN_WINDOW && t.window <= MAX_WINDOW, Swap_WindowOutOfRange(t.window, MIN_WINDOW, MAX_WINDOW)
        );
        require(t.lots >= t.minimum, Swap_TooFewLots(t.lots, t.minimum));
        uint256 least = uint256(t.minimum) * t.price;
        uint256 most = uint256(t.lots) * t.price;
        uint256 max = BitcoinTransaction.MAX_MONEY;
        require(least >= DUST && most <= max, Swap_ValueOutOfRange(least < DUST ? least : most, DUST, max));
    }
}
