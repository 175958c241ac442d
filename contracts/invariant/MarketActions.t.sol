// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ask, AskParams, Execution} from "../exchange/IExchange.sol";
import {BITCOIN} from "../exchange/IMarkets.sol";
import {OrderId} from "../exchange/OrderId.sol";
import {PriceCode} from "../exchange/PriceCode.sol";
import {Launch, State, Terms} from "../lease/ILeases.sol";
import {vm} from "../mocks/Vm.sol";
import {AskGhost, Kind, LeaseGhost} from "./Ghosts.t.sol";
import {StakeActions} from "./StakeActions.t.sol";

/// @title Placing, reducing, cancelling and taking asks
abstract contract MarketActions is StakeActions {
    /// @dev Every check looks at every lease.
    uint256 private constant MAX_LEASES = 80;

    uint256 private _salt;

    function place(uint256 who, uint256 price, uint256 quantity, uint256 hours_, uint256 bond) external {
        who %= PROVIDER_COUNT;
        AskParams memory p = AskParams({
            appliance: uint32(who + 1),
            market: poolOf(who),
            price: PriceCode.wrap(uint16(_within(price, 0, 35_999))),
            quantity: uint16(_within(quantity, 1, 12)),
            expiry: uint32(block.timestamp + 1 days + bond % 6 days),
            confirmations: 1,
            prepaidHours: uint16(_within(hours_, 1, 168)),
            bond: uint96(_within(bond, 0, 1e18))
        });
        uint256 free = providers.stakeOf(provider(who)).free;
        uint256 most = free / _lockPerInstance(p);
        if (most < p.quantity || free < 1e18) return;
        vm.prank(provider(who));
        Execution memory goodTill;
        (OrderId order,) = exchange.placeAsk(p, goodTill);
        _asks.push(AskGhost({order: order, provider: who, removed: false, left: p.quantity}));
        done[Kind.Place]++;
    }

    function reduce(uint256 which, uint256 quantity) external {
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
    function cancel(uint256 which) external {
        if (which % 2 != 0) return;
        uint256 i = _present(which / 2);
        if (i == _asks.length) return;
        AskGhost storage g = _asks[i];
        g.removed = true;
        bool expired = block.timestamp > exchange.ask(g.order).expiry;
        if (expired) staked[g.provider] -= leases.startPenalty(classes.computeUnits(class)) / 8;
        else vm.prank(provider(g.provider));
        exchange.cancel(g.order);
        done[expired ? Kind.CancelExpired : Kind.Cancel]++;
    }

    function take(uint256 which, uint256 opener, uint256 holder, uint256 prepayment) public {
        uint256 i = _takeable(which);
        if (i == _asks.length || _leases.length == MAX_LEASES) return;
        AskGhost storage g = _asks[i];
        Ask memory a = exchange.ask(g.order);
        (opener, holder) = (opener % USER_COUNT, holder % USER_COUNT);
        if (vault.balanceOf(xov, user(opener)) < a.reservation.bond) return;
        uint256 price = g.order.priceOf().decode(0);
        uint256 longest = price * a.reservation.prepaidHours;
        Terms memory terms = _terms(a.appliance, price, user(holder), _within(prepayment, price, longest));
        bytes memory signature = opener == holder ? bytes("") : _sign(holder, leases.idOf(terms));
        vm.prank(user(opener));
        bytes32 id = exchange.take(g.order, terms, signature, Launch(keccak256(abi.encode(SEAL_KEY)), "sealed"));
        g.removed = --g.left == 0;
        _record(id, i, terms.prepayment);
        done[Kind.Take]++;
    }

    function _record(bytes32 id, uint256 ask, uint256 prepayment) private {
        LeaseGhost storage g = _leases.push();
        (g.id, g.ask, g.provider, g.state) = (id, ask, _asks[ask].provider, State.Unfunded);
        g.prepayment = prepayment;
        g.collateral = leases.bitcoinSide(id).collateral;
        g.penalty = leases.startPenalty(classes.computeUnits(class));
    }

    function _terms(uint32 appliance, uint256 price, address holder, uint256 prepayment)
        private
        returns (Terms memory t)
    {
        t.holder = holder;
        t.appliance = appliance;
        t.class = class;
        t.quote = BITCOIN;
        t.price = price;
        t.prepayment = prepayment;
        t.launchSpecHash = keccak256("sealed");
        t.salt = ++_salt;
        t.deadline = block.timestamp;
    }

    function _sign(uint256 holder, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(userKey(holder), digest);
        return abi.encodePacked(r, s, v);
    }

    function _lockPerInstance(AskParams memory p) private view returns (uint256) {
        uint256 perMsat = pools.rulesOf(p.market).collateralPerMsat;
        uint256 penalty = leases.startPenalty(classes.computeUnits(class));
        return penalty + p.price.decode(0) * p.prepaidHours * perMsat;
    }
}
