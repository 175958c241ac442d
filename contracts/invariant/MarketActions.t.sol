// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ask, AskParams, Execution, IExchange} from "../exchange/IExchange.sol";
import {IGateway} from "../exchange/IGateway.sol";
import {BITCOIN} from "../exchange/IMarkets.sol";
import {OrderId} from "../exchange/OrderId.sol";
import {PriceCode} from "../exchange/PriceCode.sol";
import {Launch, State, Terms} from "../lease/ILeases.sol";
import {vm} from "../mocks/Vm.sol";
import {Permit} from "../token/IVault.sol";
import {AskGhost, Kind, LeaseGhost} from "./Ghosts.t.sol";
import {StakeActions} from "./StakeActions.t.sol";

/// @notice What is given to take an ask.
struct Taking {
    OrderId order;
    uint256 opener; // index of the user
    Terms terms;
    bytes signature;
    Launch spec;
}

/// @title Placing, reducing, cancelling and taking asks
abstract contract MarketActions is StakeActions {
    /// @dev Every check looks at every lease.
    uint256 private constant MAX_LEASES = 32;
    bytes32 private constant PERMIT_TYPE_HASH =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    uint256 private _salt;

    function place(uint256 who, bool token, uint256 price, uint256 quantity, uint256 hours_, uint256 bond) external {
        who %= PROVIDER_COUNT;
        AskParams memory p = AskParams({
            appliance: uint32(who + 1),
            market: marketOf(who, token),
            price: PriceCode.wrap(uint16(_within(price, 0, 35_999))),
            quantity: uint16(_within(quantity, 1, 12)),
            expiry: uint32(block.timestamp + 1 days + bond % 6 days),
            confirmations: token ? 0 : 1,
            prepaidHours: token ? 0 : uint16(_within(hours_, 1, 168)),
            bond: token ? 0 : uint96(_within(bond, 0, 1e18))
        });
        uint256 free = providers.stakeOf(provider(who)).free;
        if (free / _lockPerInstance(p) < p.quantity || free < 1e18) return;
        _place(who, token, p);
    }

    function reduce(uint256 which, uint256 quantity) public {
        uint256 i = _present(which);
        if (i == _asks.length) return;
        AskGhost storage g = _asks[i];
        if (g.left < 2) return;
        g.left = _within(quantity, 1, g.left - 1);
        vm.prank(provider(g.provider));
        exchange.reduce(g.order, uint16(g.left));
        done[Kind.Reduce]++;
    }

    /// @notice Not each time, or there would be little left to take.
    function cancel(uint256 which) public {
        if (which % 2 != 0) return;
        uint256 i = _present(which / 2);
        if (i < _asks.length) _cancel(i);
    }

    function take(uint256 which, uint256 opener, uint256 holder, uint256 prepayment, uint256 manner) public {
        uint256 i = _takeable(which);
        if (i == _asks.length || _leases.length >= MAX_LEASES) return;
        _take(i, opener % USER_COUNT, holder % USER_COUNT, prepayment, manner);
    }

    function _place(uint256 who, bool token, AskParams memory p) internal returns (uint256) {
        vm.prank(provider(who));
        Execution memory goodTill;
        (OrderId order,) = exchange.placeAsk(p, goodTill);
        _asks.push(AskGhost({order: order, provider: who, removed: false, left: p.quantity}));
        done[token ? Kind.PlaceForToken : Kind.Place]++;
        return _asks.length - 1;
    }

    function _cancel(uint256 i) internal {
        AskGhost storage g = _asks[i];
        g.removed = true;
        bool expired = block.timestamp > exchange.ask(g.order).expiry;
        if (expired) staked[g.provider] -= leases.startPenalty(classes.computeUnits(class)) / 8;
        else vm.prank(provider(g.provider));
        exchange.cancel(g.order);
        done[expired ? Kind.CancelExpired : Kind.Cancel]++;
    }

    /// @param manner every third reserves capacity, every second of those for a token pays by permit
    function _take(uint256 i, uint256 opener, uint256 holder, uint256 prepayment, uint256 manner) internal {
        AskGhost storage g = _asks[i];
        Ask memory a = exchange.ask(g.order);
        Taking memory t;
        (t.order, t.opener, t.terms) = (g.order, opener, _terms(g.order, a, user(holder), prepayment));
        if (manner % 3 == 0) t.terms.launchSpecHash = 0;
        else t.spec.sealedSpec = "sealed";
        t.spec.sealKeyHash = keccak256(abi.encode(SEAL_KEY));
        bool token = t.terms.quote != BITCOIN;
        bool permit = token && manner / 3 % 2 == 0;
        if (permit) usd.transfer(user(opener), t.terms.prepayment);
        else if (token ? !_has(opener, t.terms.prepayment) : vault.balanceOf(xov, user(opener)) < a.reservation.bond) return;
        if (opener != holder) t.signature = _sign(holder, leases.idOf(t.terms));
        bytes32 id = permit ? _takeWithPermit(t) : _takeFromBalance(t);
        g.removed = --g.left == 0;
        _record(id, i, t.terms, holder);
        done[permit ? Kind.TakeWithPermit : token ? Kind.TakeForToken : Kind.Take]++;
        if (manner % 3 == 0) done[Kind.TakeReserving]++;
    }

    function _sign(uint256 who, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(userKey(who), digest);
        return abi.encodePacked(r, s, v);
    }

    function _has(uint256 who, uint256 amount) internal view returns (bool) {
        return vault.balanceOf(usd, user(who)) >= amount;
    }

    function _lockPerInstance(AskParams memory p) internal view returns (uint256) {
        uint256 penalty = leases.startPenalty(classes.computeUnits(class));
        if (p.market > 2) return penalty;
        return penalty + p.price.decode(0) * p.prepaidHours * pools.rulesOf(p.market).collateralPerMsat;
    }

    function _takeFromBalance(Taking memory t) private returns (bytes32) {
        vm.prank(user(t.opener));
        return exchange.take(t.order, t.terms, t.signature, t.spec);
    }

    function _takeWithPermit(Taking memory t) private returns (bytes32) {
        Permit memory permit = _permit(t.opener, t.terms.prepayment);
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(IExchange.deposit, (usd, t.terms.prepayment, permit));
        calls[1] = abi.encodeCall(IExchange.take, (t.order, t.terms, t.signature, t.spec));
        IGateway gateway = exchange.GATEWAY();
        vm.prank(user(t.opener));
        return abi.decode(gateway.batch(calls)[1], (bytes32));
    }

    function _permit(uint256 who, uint256 amount) private view returns (Permit memory p) {
        p.deadline = block.timestamp;
        bytes32 message = keccak256(
            abi.encode(PERMIT_TYPE_HASH, user(who), address(vault), amount, usd.nonces(user(who)), p.deadline)
        );
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", usd.DOMAIN_SEPARATOR(), message));
        (p.v, p.r, p.s) = vm.sign(userKey(who), digest);
    }

    function _record(bytes32 id, uint256 ask, Terms memory terms, uint256 holder) private {
        LeaseGhost storage g = _leases.push();
        (g.id, g.ask, g.provider, g.holder) = (id, ask, _asks[ask].provider, holder);
        _termsOf[id] = terms;
        (g.token, g.state) = (terms.quote != BITCOIN, leases.lease(id).state);
        g.prepayment = terms.prepayment;
        g.collateral = leases.bitcoinSide(id).collateral;
        g.penalty = leases.startPenalty(classes.computeUnits(class));
        if (!g.token) return;
        g.credited = terms.prepayment;
        if (g.state == State.Reserved) g.periodStart = providers.clockOf(terms.appliance);
    }

    function _terms(OrderId order, Ask memory a, address holder, uint256 prepayment)
        private
        returns (Terms memory t)
    {
        bool token = order.marketOf() > 2;
        t.holder = holder;
        t.appliance = a.appliance;
        t.class = class;
        t.quote = token ? address(usd) : BITCOIN;
        t.price = order.priceOf().decode(0);
        t.prepayment = _within(prepayment, t.price, t.price * (token ? 720 : a.reservation.prepaidHours));
        t.launchSpecHash = keccak256("sealed");
        t.salt = ++_salt;
        if (t.quote == BITCOIN && t.salt % 4 != 0) t.refundScript = abi.encodePacked(hex"5120", keccak256(abi.encode(holder)));
        t.deadline = block.timestamp;
    }
}
