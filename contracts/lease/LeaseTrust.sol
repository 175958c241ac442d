// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Ending} from "../trust/ILeaseTrust.sol";
import {CloseReason, State} from "./ILeases.sol";
import {LeaseCollateral} from "./LeaseCollateral.sol";
import {LeasePosition, Position} from "./LeasePosition.sol";

/// @dev What leases tell the trust module: starts, what was delivered, and how they end.
abstract contract LeaseTrust is LeaseCollateral {
    using LeasePosition for Position;

    constructor(Peers memory peers) LeaseCollateral(peers) {}

    function _accountForStart(Position memory p, bool first) internal {
        uint32 units = _unitsOf(p);
        bool within = TRUST.started(p.holder(), p.provider, units);
        p.setStarted(within);
        if (!within) {
            uint256 fee = p.feeEarned();
            if (fee > 0) emit StartFeeEarned(p.id, fee);
        }
        if (first) _unlock(p, startPenalty(units));
    }

    function _meter(Position memory p, uint256 amount) internal {
        (uint32 pool, uint32 units) = _scaleOf(p);
        TRUST.delivered(p.holder(), p.provider, pool, p.computeDown(amount, units));
    }

    /// @dev What was earned in a token is told when it is settled.
    function _tellEnd(Position memory p, CloseReason reason, uint256 earned, uint256 left) internal {
        bool started = p.state() == State.Active;
        bool failed = (reason == CloseReason.Declined || reason == CloseReason.NotStarted)
            && p.state() != State.Unfunded;
        uint256 untold = p.isBitcoin() ? earned - p.feeEarned() : 0;
        if (!failed && reason != CloseReason.Evicted) left = 0;
        else if (!started) left -= Math.min(left, p.startFee());
        if (!started && !failed && left == 0 && untold == 0) return;
        _readStanding(p);
        (uint32 pool, uint32 units) = _scaleOf(p);
        TRUST.ended(
            Ending({
                holder: p.holder(),
                provider: p.provider,
                pool: pool,
                units: units,
                withinLimit: p.withinLimit(),
                started: started,
                failed: failed,
                feeless: reason == CloseReason.Declined && p.feeCode().isUnnamed(),
                delivered: p.computeDown(untold, units),
                withheld: p.computeDown(left, units)
            })
        );
        p.setStarted(false);
    }

    function _freePenalty(Position memory p, CloseReason reason) internal {
        _readStanding(p);
        uint256 penalty = startPenalty(_unitsOf(p));
        if (reason == CloseReason.NotStarted) PROVIDERS.slash(p.provider, penalty);
        else _unlock(p, penalty);
    }
}
