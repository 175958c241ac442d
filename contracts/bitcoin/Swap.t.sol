// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {vm} from "../mocks/Vm.sol";
import {Operators} from "../token/IVault.sol";
import {Vault} from "../token/Vault.sol";
import {XovToken} from "../token/XovToken.sol";
import {IBitcoinLightClient} from "./IBitcoinLightClient.sol";
import {IBitcoinPayments} from "./IBitcoinPayments.sol";
import {Offer, OfferTerms, Outpoint, Reservation} from "./ISwap.sol";
import {Swap} from "./Swap.sol";

/// @notice A swap, with this contract in the place of what proves payments: it knows each outpoint and whether its block stands.
contract SwapWorld {
    struct Payment {
        bytes32 id;
        uint256 value; // of the output, millisatoshi
        uint256 credited; // and not taken back
        uint32 height; // zero when it is revoked
        bool stands;
    }

    uint256 internal constant PURSE = 1e30;
    uint256 internal constant RECHECK = 3 days;
    /// @dev x of the generator of secp256k1.
    bytes32 internal constant KEY = 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798;

    XovToken public xov;
    Vault public vault;
    Swap public swap;

    address internal constant MAKER = address(0xa1);
    address internal constant TAKER = address(0xa2);
    address internal constant SPONSOR = address(0xa3);

    Payment[] internal _payments;
    /// Millisatoshi that outpoints have credited to a reservation and that were not taken back.
    mapping(bytes32 id => uint256 sum) public creditedTo;

    constructor() {
        address swapAt = _created(3);
        xov = new XovToken(address(this), 2 * PURSE);
        vault = new Vault(xov, Operators(address(1), address(2), address(3), swapAt));
        Swap.Peers memory peers =
            Swap.Peers(xov, vault, IBitcoinPayments(address(this)), IBitcoinLightClient(address(this)));
        swap = new Swap(peers);
        require(address(swap) == swapAt, "prediction");
        xov.approve(address(vault), 2 * PURSE);
        vault.deposit(xov, PURSE, MAKER);
        vault.deposit(xov, PURSE, SPONSOR);
    }

    /// As BitcoinPayments and the light client answer. An outpoint's index is its place in the list.
    function creditOf(bytes32, uint32 vout, bytes32 id) external view returns (uint256, uint32, bytes8) {
        Payment storage p = _payments[vout];
        return p.id == id ? (p.credited, p.height, bytes8(uint64(vout))) : (0, 0, bytes8(0));
    }

    function stands(uint32, bytes8 hashStart) external view returns (bool) {
        return _payments[uint64(hashStart)].stands;
    }

    function _pay(bytes32 id, uint256 value) internal {
        _payments.push(Payment(id, value, value, 7, true));
        creditedTo[id] += value;
        swap.credit(id, value);
    }

    /// Removes a payment's block.
    function _remove(Payment storage p) internal {
        p.stands = false;
    }

    /// As BitcoinPayments.revoke.
    function _revoke(Payment storage p) internal {
        uint256 taken = swap.uncredit(p.id, p.credited);
        (p.credited, p.height) = (p.credited - taken, 0);
        creditedTo[p.id] -= taken;
    }

    /// As BitcoinPayments.prove of an outpoint in another block.
    function _proveAgain(Payment storage p) internal {
        uint256 missing = p.value - p.credited;
        (p.credited, p.height, p.stands) = (p.value, 7, true);
        creditedTo[p.id] += missing;
        if (missing != 0) swap.credit(p.id, missing);
    }

    /// Those of a reservation whose blocks stand, ascending.
    function _standing(bytes32 id) internal view returns (Outpoint[] memory list, uint256 sum) {
        uint256 count = 0;
        list = new Outpoint[](_payments.length);
        for (uint256 i = 0; i < _payments.length; ++i) {
            Payment storage p = _payments[i];
            if (p.id != id || p.height == 0 || !p.stands) continue;
            list[count++] = Outpoint(bytes32(0), uint32(i));
            sum += p.credited;
        }
        assembly ("memory-safe") {
            mstore(list, count)
        }
    }

    function _created(uint8 nonce) private view returns (address) {
        return address(uint160(uint256(keccak256(abi.encodePacked(bytes2(0xd694), address(this), nonce)))));
    }
}

/// @notice Anything that anyone may do, in any order; what the swap should hold is counted beside it.
contract SwapActions is SwapWorld {
    enum Kind {
        Make,
        Close,
        Reserve,
        Pay,
        Remove,
        Revoke,
        ProveAgain,
        Assign,
        Claim,
        Expire,
        Wait
    }

    struct Ghost {
        uint256 made; // lots
        uint256 returned; // lots to the maker
    }

    struct Leaving {
        uint40 offer;
        uint256 time;
        uint256 sats;
    }

    uint256 private constant MOST_OFFERS = 10;
    uint256 private constant MOST_RESERVATIONS = 40;

    mapping(Kind kind => uint256 times) public done;
    mapping(uint40 offer => Ghost) public ghosts;
    uint40 public offers;
    bytes32[] public ids;
    Leaving[] private _leavings;

    function make(uint256 seed) external {
        if (offers == MOST_OFFERS || (offers > 2 && seed % 5 != 0)) return;
        ++done[Kind.Make];
        OfferTerms memory terms = OfferTerms({
            token: xov,
            lot: uint128(seed % 1e18 + 1),
            lots: uint64(seed >> 8) % 300 + 50,
            price: uint64(seed >> 16) % 5000 + 330,
            minimum: 1,
            bondPerLot: uint96(seed >> 24) % 1e15,
            bound: uint64(seed >> 32) % 200_000,
            window: 1 hours,
            confirmations: uint8(seed >> 40) % 100 + 1,
            bitcoinKey: KEY
        });
        vm.prank(MAKER);
        offers = swap.make(terms);
        ghosts[offers].made = terms.lots;
    }

    function close(uint256 seed) external {
        uint40 offer = _offer(seed);
        // Seldom, or all offers would be closed soon.
        if (offer == 0 || seed % 11 != 0) return;
        Offer memory o = swap.offerOf(offer);
        if (o.closed) return;
        ++done[Kind.Close];
        ghosts[offer].returned += o.lots;
        vm.prank(MAKER);
        swap.close(offer);
    }

    function reserve(uint256 seed) external {
        uint40 offer = _offer(seed);
        if (offer == 0 || ids.length == MOST_RESERVATIONS) return;
        Offer memory o = swap.offerOf(offer);
        if (o.closed || o.lots == 0) return;
        ++done[Kind.Reserve];
        uint64 lots = uint64(seed >> 16) % o.lots + 1;
        vm.prank(SPONSOR);
        ids.push(swap.reserve(offer, TAKER, lots, ids.length));
    }

    function pay(uint256 seed) external {
        bytes32 id = _id(seed);
        if (id == 0) return;
        ++done[Kind.Pay];
        Reservation memory r = swap.reservationOf(id);
        uint256 price = uint256(swap.offerOf(r.offer).price) * 1000;
        // Any amount: a part, all, or more than is reserved.
        uint256 most = (uint256(r.reserved) + (seed % 5 == 0 ? 2000 : 3)) * price * 3 / 2;
        _pay(id, ((seed >> 16) % (most / 1000) + 1) * 1000);
        _noteLeaving(id, r.delivered);
    }

    function remove(uint256 seed) external {
        if (_payments.length == 0) return;
        Payment storage p = _payments[seed % _payments.length];
        if (!p.stands || p.height == 0) return;
        ++done[Kind.Remove];
        _remove(p);
    }

    function revoke(uint256 seed) external {
        (Payment storage p, bool found) = _removed(seed);
        if (!found) return;
        ++done[Kind.Revoke];
        _revoke(p);
    }

    function proveAgain(uint256 seed) external {
        if (_payments.length == 0) return;
        Payment storage p = _payments[seed % _payments.length];
        if (p.stands) return;
        ++done[Kind.ProveAgain];
        uint64 before = swap.reservationOf(p.id).delivered;
        _proveAgain(p);
        _noteLeaving(p.id, before);
    }

    function assign(uint256 seed) external {
        for (uint256 i = 0; i < ids.length; ++i) {
            bytes32 id = _id(seed % ids.length + i);
            Reservation memory r = swap.reservationOf(id);
            Offer memory o = swap.offerOf(r.offer);
            uint256 paid = uint256(r.paid) / (uint256(o.price) * 1000);
            if (paid <= uint256(r.held) + r.delivered || o.lots + r.reserved == 0) continue;
            ++done[Kind.Assign];
            swap.assign(id);
            _noteLeaving(id, r.delivered);
            return;
        }
    }

    function claim(uint256 seed) external {
        bytes32 id = _id(seed);
        if (id == 0) return;
        Reservation memory r = swap.reservationOf(id);
        if (r.held == 0 || block.timestamp < r.heldUntil) return;
        (Outpoint[] memory list, uint256 sum) = _standing(id);
        if (sum < (uint256(r.delivered) + 1) * swap.offerOf(r.offer).price * 1000) return;
        ++done[Kind.Claim];
        swap.claim(id, list);
        Reservation memory next = swap.reservationOf(id);
        require(uint256(next.delivered) * swap.offerOf(r.offer).price * 1000 <= sum, "claimed more than stands");
    }

    function expire(uint256 seed) external {
        bytes32 id = _id(seed);
        if (id == 0) return;
        Reservation memory r = swap.reservationOf(id);
        if (r.reserved == 0 || block.timestamp <= r.deadline) return;
        ++done[Kind.Expire];
        if (swap.offerOf(r.offer).closed) ghosts[r.offer].returned += r.reserved;
        swap.expire(id);
    }

    function wait(uint256 seed) external {
        ++done[Kind.Wait];
        vm.warp(block.timestamp + seed % (seed % 3 == 0 ? 4 days : 2 hours) + 1);
    }

    function reservations() external view returns (uint256) {
        return ids.length;
    }

    /// Satoshi that left an offer at once in the last three days.
    function leftAtOnce(uint40 offer) external view returns (uint256 sum) {
        for (uint256 i = 0; i < _leavings.length; ++i) {
            Leaving storage l = _leavings[i];
            if (l.offer == offer && l.time + RECHECK > block.timestamp) sum += l.sats;
        }
    }

    function xovOf(address account) external view returns (uint256) {
        return vault.balanceOf(xov, account);
    }

    function _noteLeaving(bytes32 id, uint64 before) private {
        Reservation memory r = swap.reservationOf(id);
        if (r.delivered == before) return;
        _leavings.push(Leaving(r.offer, block.timestamp, uint256(r.delivered - before) * swap.offerOf(r.offer).price));
    }

    function _removed(uint256 seed) private view returns (Payment storage p, bool found) {
        for (uint256 i = 0; i < _payments.length; ++i) {
            p = _payments[(seed % _payments.length + i) % _payments.length];
            if (p.height != 0 && !p.stands) return (p, true);
        }
        return (_payments.length == 0 ? _none() : _payments[0], false);
    }

    function _none() private pure returns (Payment storage p) {
        assembly ("memory-safe") {
            p.slot := 0
        }
    }

    function _offer(uint256 seed) private view returns (uint40) {
        return offers == 0 ? 0 : uint40(seed % offers + 1);
    }

    function _id(uint256 seed) private view returns (bytes32) {
        return ids.length == 0 ? bytes32(0) : ids[seed % ids.length];
    }
}

contract SwapTest is SwapWorld {
    function testFuzz_PartsBuyWhatOnePaymentWould(uint64[8] calldata parts, uint64 lots) public {
        (uint40 offer, bytes32 id) = _reserved(lots, 3000, type(uint64).max / 2);
        uint256 sum = 0;
        for (uint256 i = 0; i < parts.length; ++i) {
            uint256 value = uint256(parts[i]) % 9_000_000 + 1;
            sum += value;
            _pay(id, value);
        }
        Reservation memory r = swap.reservationOf(id);
        uint256 bought = sum / 3_000_000;
        require(r.paid == sum && r.delivered == (bought < 1000 ? bought : 1000), "lots");
        require(vault.balanceOf(xov, TAKER) == r.delivered * 1e15, "tokens");
        require(vault.balanceOf(xov, address(swap)) == (1000 - r.delivered) * 1e15 + r.bonded * 1e12, "escrow");
        require(swap.offerOf(offer).lots + r.reserved + r.delivered == 1000, "lots of the offer");
    }

    function testFuzz_RevokingAndProvingAgainChangesNothing(uint64 value, uint64 lots, uint64 bound) public {
        (, bytes32 id) = _reserved(lots, 3000, bound % 3_000_000);
        _pay(id, uint256(value) % 3_000_000_000 + 1);
        Reservation memory before = swap.reservationOf(id);
        _remove(_payments[0]);
        _revoke(_payments[0]);
        Reservation memory revoked = swap.reservationOf(id);
        require(revoked.delivered == before.delivered && revoked.held == 0, "what was held is gone");
        require(revoked.paid == uint256(before.delivered) * 3_000_000, "what was spent is kept");
        _proveAgain(_payments[0]);
        Reservation memory again = swap.reservationOf(id);
        require(again.paid == before.paid, "paid");
        require(again.delivered + again.held == before.delivered + before.held, "lots");
    }

    function testFuzz_NeverReleasesMoreThanTheBoundAtOnce(uint64 bound, uint64[6] calldata amounts) public {
        (uint40 offer, bytes32 id) = _reserved(1000, 3000, bound % 5_000_000);
        for (uint256 i = 0; i < amounts.length; ++i) {
            _pay(id, uint256(amounts[i]) % 1_000_000_000 + 1);
        }
        require(uint256(swap.reservationOf(id).delivered) * 3000 <= bound % 5_000_000, "bound");
        require(swap.immediateOf(offer) <= bound % 5_000_000, "left");
    }

    function testFuzz_IdsDiffer(uint40 offer, address taker, uint64 lots, uint256 nonce, uint8 what) public view {
        bytes32 id = swap.idOf(offer, taker, lots, nonce);
        unchecked {
            if (what % 4 == 0) ++offer;
            if (what % 4 == 1) taker = address(uint160(taker) + 1);
            if (what % 4 == 2) ++lots;
            if (what % 4 == 3) ++nonce;
        }
        require(swap.idOf(offer, taker, lots, nonce) != id, "the same id");
    }

    function _reserved(uint64 lots, uint64 price, uint64 bound) private returns (uint40 offer, bytes32 id) {
        vm.prank(MAKER);
        offer = swap.make(OfferTerms(xov, 1e15, 1000, price, 1, 1e12, bound, 1 hours, 1, KEY));
        vm.prank(SPONSOR);
        id = swap.reserve(offer, TAKER, lots % 1000 + 1, 1);
    }
}

/// @title What must hold of a swap after anything
/// @notice 1: it has exactly the lots and bonds that it owes. 2: lots are free, reserved, held, delivered or returned,
/// and nothing else. 3: what is counted as paid is what outpoints credit, and pays for all that is held or delivered. 4: bonds are
/// held for reserved lots only. 5: in any three days no more leaves at once than twice the bound.
contract SwapInvariants {
    SwapActions private _actions;

    function setUp() external {
        _actions = new SwapActions();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_actions);
    }

    /// @notice Every kind of action can succeed, or what is checked after it would prove nothing.
    function test_EveryKindOfActionCanBeDone() external {
        SwapActions a = _actions;
        a.make(uint256(1000) << 32 | 7);
        a.reserve(uint256(4) << 16);
        a.reserve(uint256(a.swap().offerOf(1).lots - 1) << 16);
        // More than there is, to the first: the second has all the rest.
        a.pay((uint256(1_000_000) << 16) / 10 * 10);
        a.remove(0);
        a.revoke(0);
        a.proveAgain(0);
        vm.warp(block.timestamp + 10 days);
        a.claim(0);
        a.expire(1);
        a.assign(0);
        a.close(0);
        a.wait(0);
        for (uint256 k = 0; k <= uint256(type(SwapActions.Kind).max); ++k) {
            require(a.done(SwapActions.Kind(k)) != 0, "an action that did nothing");
        }
        this.invariant_allHold();
    }

    /// @notice All of them after every action.
    /// hardhat-config: invariant.runs = 2
    /// hardhat-config: invariant.depth = 1000
    /// hardhat-config: invariant.failOnRevert = true
    function invariant_allHold() external view {
        Swap swap = _actions.swap();
        uint40 offers = _actions.offers();
        uint256[] memory lots = new uint256[](offers + 1);
        uint256 owed = 0;
        for (uint256 i = 0; i < _actions.reservations(); ++i) {
            bytes32 id = _actions.ids(i);
            Reservation memory r = swap.reservationOf(id);
            Offer memory o = swap.offerOf(r.offer);
            lots[r.offer] += uint256(r.reserved) + r.held + r.delivered;
            owed += (uint256(r.reserved) + r.held) * o.lot + uint256(r.bonded) * o.bondPerLot;
            require(r.paid == _actions.creditedTo(id), "3: paid is what outpoints credit");
            require((uint256(r.held) + r.delivered) * o.price * 1000 <= r.paid, "3: lots are paid for");
            require(r.bonded <= r.reserved, "4: a bond without a reserved lot");
        }
        for (uint40 offer = 1; offer <= offers; ++offer) {
            Offer memory o = swap.offerOf(offer);
            (uint256 made, uint256 returned) = _actions.ghosts(offer);
            require(made == lots[offer] + o.lots + returned, "2: lots");
            require(_actions.leftAtOnce(offer) <= 2 * uint256(o.bound), "5: bound");
            owed += uint256(o.lots) * o.lot;
        }
        require(_actions.xovOf(address(swap)) == owed, "1: escrow");
    }
}
