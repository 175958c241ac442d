// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SMALLEST_DEBT} from "./IBitcoinDebts.sol";
import {BitcoinSide, CloseReason, ILeases, State} from "./ILeases.sol";
import {LeaseMath} from "./LeaseMath.sol";
import {LeasePosition, Position} from "./LeasePosition.sol";
import {LeaseStore} from "./LeaseStore.sol";

/// @dev What becomes of the stake that covers a bitcoin lease, once it is closed.
abstract contract LeaseCollateral is LeaseStore {
    using LeasePosition for Position;
    using SafeCast for uint256;

    /// @notice What each further confirmation adds to the windows for payments: twice what a block takes on average, seconds.
    uint256 public constant CONFIRMATION_TIME = 20 minutes;
    /// @notice How long the collateral of a lease that ended otherwise than by exhaustion stays locked, for payments that are
    /// still under way, seconds.
    uint256 public constant LATE_PAYMENT_WINDOW = 1 days;

    constructor(Peers memory peers) LeaseStore(peers) {}

    /// @inheritdoc ILeases
    function releaseCollateral(bytes32 id) external {
        Position memory p = _load(id);
        require(p.isBitcoin(), Leases_NotPaidInBitcoin(id));
        _requireState(p, State.Closed);
        uint256 until = _heldUntil(p);
        require(block.timestamp >= until, Leases_HeldUntil(id, until, block.timestamp));
        require(_releaseCollateral(p) > 0, Leases_NothingToRelease(id));
    }

    /// @inheritdoc ILeases
    function repay(bytes32 id, uint256 amount) external onlyDebts {
        Position memory p = _loadStored(id);
        amount = Math.min(amount, p.deposit() - p.paid());
        p.setDeposit(p.deposit() - amount);
        emit DebtSettled(id, amount, p.deposit() - p.paid());
        if (block.timestamp >= _heldUntil(p)) _releaseCollateral(p);
        _save(p);
    }

    /// @inheritdoc ILeases
    function forfeit(bytes32 id, uint256 amount) external onlyDebts returns (uint256 settled, uint256 collateral) {
        Position memory p = _loadStored(id);
        BitcoinSide storage b = _bitcoin[id];
        (uint256 locked, uint256 covered) = (b.collateral, b.covered);
        settled = Math.min(Math.min(amount, covered), p.deposit() - p.paid());
        if (settled == 0) return (0, 0);
        collateral = LeaseMath.collateralDown(locked, covered, settled);
        (b.covered, b.collateral) = ((covered - settled).toUint64(), (locked - collateral).toUint96());
        p.setDeposit(p.deposit() - settled);
        emit DebtSettled(id, settled, p.deposit() - p.paid());
        emit CollateralForfeited(id, collateral, locked - collateral);
        _save(p);
        _readStanding(p);
        PROVIDERS.forfeit(p.provider, p.holder(), collateral);
    }

    /// @dev Keeps what covers the amount owed, at the ratio agreed.
    function _releaseCollateral(Position memory p) internal returns (uint256 freed) {
        BitcoinSide storage b = _bitcoin[p.id];
        (uint256 collateral, uint256 covered) = (b.collateral, b.covered);
        uint256 owed = p.deposit() - p.paid();
        if (owed < SMALLEST_DEBT) owed = 0;
        uint256 kept = LeaseMath.collateralUp(collateral, covered, owed);
        freed = collateral - kept;
        if (freed == 0) return 0;
        (b.covered, b.collateral) = (Math.min(covered, owed).toUint64(), kept.toUint96());
        emit CollateralReleased(p.id, freed, kept);
        _readStanding(p);
        PROVIDERS.unlock(p.provider, freed);
    }

    /// @dev Until when a closed lease keeps its collateral for payments that may be under way.
    function _heldUntil(Position memory p) internal pure returns (uint256) {
        return p.time() + (p.reason() == CloseReason.Exhausted ? 0 : LATE_PAYMENT_WINDOW + _burial(p.confirmations()));
    }

    /// @dev From a payment's first confirmation to its last.
    function _burial(uint256 confirmations) internal pure returns (uint256) {
        return (confirmations - 1) * CONFIRMATION_TIME;
    }
}
