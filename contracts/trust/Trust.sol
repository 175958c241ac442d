// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IPools} from "../registry/IPools.sol";
import {IVault} from "../token/IVault.sol";
import {XovToken} from "../token/XovToken.sol";
import {Deposits} from "./Deposits.sol";
import {Exponential} from "./Exponential.sol";
import {Ending, ILeaseTrust} from "./ILeaseTrust.sol";
import {ISeizable} from "./ISeizable.sol";
import {Account, ITrust, MeterState, ProviderAccount, ProviderFaults, ProviderRecord} from "./ITrust.sol";
import {PoolFees} from "./PoolFees.sol";
import {StartPrice, StartPricing} from "./StartPrice.sol";
import {TrustParameters} from "./TrustParameters.sol";

contract Trust is PoolFees {
    using SafeCast for uint256;
    using StartPrice for StartPricing;

    /// @dev The flow counts millionths, so that decaying it often loses nothing that matters.
    uint256 private constant FLOW_SCALE = 1e6;

    struct Peers {
        XovToken xov;
        IVault vault;
        IPools pools;
        ISeizable providers;
        address leases;
        address claims;
    }

    address public immutable LEASES;

    mapping(address provider => ProviderFaults) private _faults;

    modifier onlyLeases() {
        require(msg.sender == LEASES, Trust_NotLeases(msg.sender));
        _;
    }

    constructor(Peers memory peers, Parameters memory parameters, address owner)
        Deposits(peers.xov, peers.vault, peers.claims)
        TrustParameters(parameters, owner)
        PoolFees(peers.providers, peers.pools)
    {
        LEASES = peers.leases;
    }

    // ----------------------------------------------------------------- leases

    /// @inheritdoc ILeaseTrust
    function started(address holder, address provider, uint32 units) external onlyLeases returns (bool withinLimit) {
        withinLimit = _useLimit(holder, units);
        if (!withinLimit) _payStart(holder, provider, units);
    }

    /// @inheritdoc ILeaseTrust
    function handedOver(address seller, address buyer, uint32 units) external onlyLeases returns (bool withinLimit) {
        _accounts[seller].used -= uint48(units);
        withinLimit = _useLimit(buyer, units);
        emit LimitHandedOver(seller, buyer, units, withinLimit);
    }

    /// @inheritdoc ILeaseTrust
    function delivered(address holder, address provider, uint32 pool, uint256 compute) external onlyLeases {
        ProviderAccount memory p = _providers[provider];
        _measure(p, holder, provider, pool, compute);
        _providers[provider] = p;
    }

    /// @inheritdoc ILeaseTrust
    function ended(Ending calldata e) external onlyLeases {
        if (e.failed ? !_isExcused(e) : e.withheld > 0) _countFault(e);
        if (e.withinLimit) _accounts[e.holder].used -= uint48(e.units);
        ProviderAccount memory p = _providers[e.provider];
        if (e.delivered > 0) _measure(p, e.holder, e.provider, e.pool, e.delivered);
        if (e.started) ++p.made;
        _providers[e.provider] = p;
    }

    // ----------------------------------------------------------------- claims

    /// @inheritdoc ITrust
    function countUpheld(address account) external onlyClaims {
        ++_upheld[account];
        ++_faults[account].upheld;
        emit ClaimUpheld(account);
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc ITrust
    function recordOf(address provider) external view returns (ProviderRecord memory) {
        ProviderAccount memory p = _providers[provider];
        ProviderFaults memory f = _faults[provider];
        return ProviderRecord({
            asked: uint256(p.made) + f.failed,
            made: p.made,
            promised: uint256(p.delivered) + f.withheld,
            delivered: p.delivered,
            upheld: f.upheld
        });
    }

    /// @inheritdoc ITrust
    function globalRate() public view returns (uint256) {
        return _rateOf(_meter);
    }

    /// @inheritdoc ITrust
    function targetRate() external view returns (uint256) {
        return _pricing.targetOf(globalRate());
    }

    /// @inheritdoc ITrust
    function startPrice(uint256 units) public view returns (uint256 cost) {
        // no start is so large: for the arithmetic of what anyone may ask
        if (units > 0) (cost,) = _quote(_pricing, Math.min(units, type(uint128).max));
    }

    /// @inheritdoc ITrust
    function startPriceFor(address holder, uint256 units) external view returns (uint256) {
        Account memory a = _accounts[holder];
        return units <= Math.saturatingSub(_limitOf(a), a.used) ? 0 : startPrice(units);
    }

    /// @inheritdoc ITrust
    function pricing() external view returns (StartPricing memory p, uint256 perUnit, uint256 excess) {
        p = _pricing;
        (perUnit, excess) = (p.marginal(), p.excess());
    }

    // --------------------------------------------------------------- internal

    function _quote(StartPricing memory p, uint256 units) private view returns (uint256 cost, uint256 excess) {
        uint256 target = p.targetOf(_rateOf(_meter));
        (uint256 most, uint256 added) = (p.mostExcess(), StartPrice.addedUp(units, target));
        excess = p.excess() + added;
        require(excess <= most, Trust_StartsExhausted(units, excess, most));
        cost = p.costUp(units, target);
    }

    function _payStart(address holder, address provider, uint256 units) private {
        StartPricing memory p = _pricing;
        (uint256 cost, uint256 excess) = _quote(p, units);
        uint64 clearsAt = (block.timestamp * 1e9 + excess).toUint64();
        _pricing.clearsAt = clearsAt;
        emit StartPaid(provider, holder, units, cost, clearsAt);
        ProviderAccount storage account = _providers[provider];
        ProviderAccount memory left = account;
        uint256 paid = _charge(left, provider, cost);
        require(paid == cost, Trust_StartUnpaid(provider, paid, cost));
        (account.purse, account.spent) = (left.purse, left.spent);
    }

    /// @dev Burns the fee, counts what it pays for, and pays the pool's. `p` is for the caller to save.
    function _measure(ProviderAccount memory p, address holder, address provider, uint32 pool, uint256 compute)
        private
    {
        MeterState memory m = _meter;
        uint256 fee = Math.ceilDiv(compute * m.fee, UNIT_HOUR);
        uint256 paid = _charge(p, provider, fee);
        if (paid < fee) paid += PROVIDERS.seize(provider, fee - paid, address(0), 0);
        uint256 counted = paid == fee ? compute : Math.mulDiv(compute, paid, fee);
        uint256 flow = Math.min(_flowOf(m) + counted * FLOW_SCALE, type(uint96).max);
        (_meter.updatedAt, _meter.flow) = (uint40(block.timestamp), uint96(flow));
        p.delivered = uint64(Math.min(p.delivered + compute, type(uint64).max));
        Account storage a = _accounts[holder];
        a.karma = uint64(Math.min(a.karma + counted, type(uint64).max));
        emit Metered(provider, holder, compute, paid, counted);
        _payPool(p, provider, pool, compute);
    }

    /// @dev Nobody could name a fee for the anonymous start that it would have been.
    function _isExcused(Ending calldata e) private view returns (bool) {
        if (!e.feeless) return false;
        Account memory a = _accounts[e.holder];
        return a.used + e.units > _limitOf(a);
    }

    function _countFault(Ending calldata e) private {
        ProviderFaults storage f = _faults[e.provider];
        f.withheld = (f.withheld + e.withheld).toUint128();
        if (e.failed) {
            ++f.failed;
            emit StartFailed(e.provider, e.holder, e.withheld);
        } else {
            emit DeliveryBroken(e.provider, e.holder, e.withheld);
        }
    }

    /// @dev Of an exponentially decaying flow, the average is what is left of it × ln 2 / half-life.
    function _rateOf(MeterState memory m) private view returns (uint256) {
        return _flowOf(m) * Exponential.LN2 / (uint256(m.halfLife) * FLOW_SCALE * Exponential.WAD);
    }
}
