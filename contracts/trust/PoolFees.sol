// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPools} from "../registry/IPools.sol";
import {IPoolFees, PoolFee} from "./IPoolFees.sol";
import {ISeizable} from "./ISeizable.sol";
import {ProviderAccount} from "./ITrust.sol";
import {Purses} from "./Purses.sol";

/// @title What providers pay the operators of pools
abstract contract PoolFees is Purses {
    /// @notice From the announcement of a higher fee until it counts, seconds.
    uint256 public constant POOL_FEE_NOTICE = 37 days;
    /// @notice XOV base units for each compute-unit-hour.
    uint256 public constant MAX_POOL_FEE = 10e18;

    ISeizable public immutable PROVIDERS;
    IPools public immutable POOLS;

    mapping(uint32 pool => PoolFee) private _poolFees;

    modifier onlyPools() {
        require(msg.sender == address(POOLS), Trust_NotPools(msg.sender));
        _;
    }

    constructor(ISeizable providers, IPools pools) {
        PROVIDERS = providers;
        POOLS = pools;
    }

    /// @inheritdoc IPoolFees
    function setPoolFee(uint32 pool, uint64 fee) external onlyPools {
        require(fee <= MAX_POOL_FEE, Trust_PoolFeeTooHigh(fee, MAX_POOL_FEE));
        PoolFee storage f = _poolFees[pool];
        bool isNew = f.nextFrom == 0;
        if (fee == f.next && !isNew) return;
        uint64 before = isNew ? fee : _feeNow(f);
        uint256 from = fee <= before ? block.timestamp : block.timestamp + POOL_FEE_NOTICE;
        (f.fee, f.next, f.nextFrom) = (before, fee, uint40(from));
        emit PoolFeeSet(pool, fee, from);
    }

    /// @inheritdoc IPoolFees
    function collectPoolFees(uint32 pool) external returns (uint256 amount) {
        amount = _poolFees[pool].earned;
        _poolFees[pool].earned = 0;
        address operator = POOLS.operatorOf(pool);
        emit PoolFeesCollected(pool, operator, amount);
        if (amount > 0) VAULT.move(XOV, address(this), operator, amount);
    }

    /// @inheritdoc IPoolFees
    function poolFeeOf(uint32 pool) external view returns (PoolFee memory) {
        return _poolFees[pool];
    }

    /// @dev From the purse, else the vault balance, else the stake; never reverts for want of XOV. A pool whose operator never
    /// collects earns no more than its slot holds. `p` is for the caller to save.
    function _payPool(ProviderAccount memory p, address provider, uint32 pool, uint256 compute) internal {
        PoolFee memory f = _poolFees[pool];
        uint256 due = Math.ceilDiv(compute * _feeNow(f), UNIT_HOUR);
        due = Math.min(due, type(uint88).max - f.earned);
        if (due == 0) return;
        uint256 paid = due;
        if (p.purse >= due) p.purse -= uint80(due);
        else paid = _payPoolBeside(provider, due);
        _poolFees[pool].earned = uint88(f.earned + paid);
        emit PoolFeePaid(pool, provider, due, paid);
    }

    function _payPoolBeside(address provider, uint256 due) private returns (uint256 paid) {
        paid = Math.min(due, VAULT.balanceOf(XOV, provider));
        if (paid > 0) VAULT.move(XOV, provider, address(this), paid);
        if (paid < due) paid += PROVIDERS.seize(provider, due - paid, address(this), due - paid);
    }

    function _feeNow(PoolFee memory f) private view returns (uint64) {
        return block.timestamp < f.nextFrom ? f.fee : f.next;
    }
}
