// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Exponential} from "./Exponential.sol";
import {ITrust, LimitParameters, MeterState} from "./ITrust.sol";
import {StartPricing} from "./StartPrice.sol";

/// @title What the owner may change, and how far
/// @dev Parameters stand beside the state that is read with them: one slot for each of limit, meter and price.
abstract contract TrustParameters is ITrust, Ownable2Step {
    using SafeCast for uint256;

    uint256 private constant XOV = 1e18;
    uint256 private constant MIN_UNIT_DEPOSIT = XOV / 1e6;
    uint256 private constant MAX_UNIT_DEPOSIT = 1e6 * XOV;
    uint256 private constant MIN_FEE = XOV / 1e12;
    uint256 private constant MAX_FEE = 1e3 * XOV;
    uint256 private constant MIN_HALF_LIFE = 1 days;
    uint256 private constant MAX_HALF_LIFE = 90 days;
    uint256 private constant MIN_FLOOR = XOV / 1e12;
    uint256 private constant MAX_FLOOR = 1e4 * XOV;
    uint256 private constant MIN_LEAST_TARGET = 1_000;
    uint256 private constant MAX_LEAST_TARGET = 1e9;
    uint256 private constant MIN_SHARE = 1;
    uint256 private constant MAX_SHARE = 1e6;
    uint256 private constant MIN_RISE = 10 minutes;
    uint256 private constant MAX_RISE = 7 days;

    struct Parameters {
        LimitParameters limit;
        uint256 fee;
        uint256 halfLife;
        uint256 floor;
        uint256 leastTarget;
        uint256 share;
        uint256 rise;
    }

    LimitParameters internal _limit;
    MeterState internal _meter;
    StartPricing internal _pricing;

    constructor(Parameters memory p, address owner) Ownable(owner) {
        _limit = p.limit;
        (_meter.fee, _meter.halfLife) = (uint88(p.fee), uint32(p.halfLife));
        _setStartPricing(p.floor, p.leastTarget, p.share, p.rise);
        _setMeter(p.fee, p.halfLife);
        _setLimitParameters(p.limit);
    }

    /// @inheritdoc ITrust
    function setLimitParameters(LimitParameters calldata p) external onlyOwner {
        _setLimitParameters(p);
    }

    /// @inheritdoc ITrust
    function setMeter(uint256 fee, uint256 halfLife) external onlyOwner {
        _setMeter(fee, halfLife);
    }

    /// @inheritdoc ITrust
    function setStartPricing(uint256 floor, uint256 leastTarget, uint256 share, uint256 rise) external onlyOwner {
        _setStartPricing(floor, leastTarget, share, rise);
    }

    /// @inheritdoc ITrust
    function limitParameters() external view returns (LimitParameters memory) {
        return _limit;
    }

    /// @inheritdoc ITrust
    function meter() external view returns (MeterState memory) {
        return _meter;
    }

    /// @dev The flow as it has decayed by now.
    function _flowOf(MeterState memory m) internal view returns (uint256) {
        return Exponential.decayDown(m.flow, block.timestamp - m.updatedAt, m.halfLife);
    }

    function _setLimitParameters(LimitParameters memory p) private {
        _within("unitDeposit", p.unitDeposit, MIN_UNIT_DEPOSIT, MAX_UNIT_DEPOSIT);
        _within("karmaValue", p.karmaValue, 0, _meter.fee);
        _limit = p;
        emit LimitParametersSet(p);
    }

    function _setMeter(uint256 fee, uint256 halfLife) private {
        _within("fee", fee, MIN_FEE, MAX_FEE);
        _within("fee", fee, _limit.karmaValue, MAX_FEE);
        _within("fee", fee, _pricing.floor * uint256(_pricing.share) / 1e6, MAX_FEE);
        _within("halfLife", halfLife, MIN_HALF_LIFE, MAX_HALF_LIFE);
        uint256 flow = _flowOf(_meter);
        // what it would be had it always decayed so: the rate stays as it is
        flow = flow * halfLife / _meter.halfLife;
        _meter = MeterState({
            fee: fee.toUint88(),
            halfLife: halfLife.toUint32(),
            updatedAt: uint40(block.timestamp),
            flow: flow.toUint96()
        });
        emit MeterSet(fee, halfLife);
    }

    function _setStartPricing(uint256 floor, uint256 leastTarget, uint256 share, uint256 rise) private {
        _within("floor", floor, MIN_FLOOR, MAX_FLOOR);
        _within("leastTarget", leastTarget, MIN_LEAST_TARGET, MAX_LEAST_TARGET);
        _within("share", share, MIN_SHARE, MAX_SHARE);
        _within("share", floor * share / 1e6, 0, _meter.fee);
        _within("rise", rise, MIN_RISE, MAX_RISE);
        _pricing = StartPricing({
            floor: floor.toUint96(),
            leastTarget: leastTarget.toUint32(),
            share: share.toUint32(),
            rise: rise.toUint32(),
            clearsAt: _pricing.clearsAt
        });
        emit StartPricingSet(floor, leastTarget, share, rise);
    }

    function _within(bytes32 name, uint256 have, uint256 min, uint256 max) private pure {
        require(have >= min && have <= max, Trust_ParameterOutOfBounds(name, have, min, max));
    }
}
