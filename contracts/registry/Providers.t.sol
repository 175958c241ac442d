// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {vm} from "../mocks/Vm.sol";
import {Operators} from "../token/IVault.sol";
import {Vault} from "../token/Vault.sol";
import {XovToken} from "../token/XovToken.sol";
import {IPoolFees} from "../trust/IPoolFees.sol";
import {Admission, PoolRules} from "./IPools.sol";
import {ApplianceParams, IProviders, StakeStatus} from "./IProviders.sol";
import {Pools} from "./Pools.sol";
import {Providers} from "./Providers.sol";

contract ProvidersTest {
    uint256 private constant STAKE = 1e24;
    /// @dev x of the generator of secp256k1.
    bytes32 private constant KEY = 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798;

    XovToken private _xov;
    Vault private _vault;
    Pools private _pools;
    Providers private _providers;

    /// @notice This test is the exchange, and a provider with all of its XOV at stake and one appliance.
    function setUp() external {
        _xov = new XovToken(address(this), STAKE);
        _pools = new Pools(IPoolFees(address(this)));
        address at = address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", address(this), uint8(4))))));
        _vault = new Vault(_xov, Operators(at, address(1), address(2), address(3), address(4), address(5)));
        _providers = new Providers(
            Providers.Peers(_xov, _vault, _pools, address(this), address(2), address(3), address(this), address(this))
        );
        _pools.create("pool", PoolRules(0, 0, 0, Admission.Open));
        _xov.approve(address(_vault), STAKE);
        _vault.deposit(_xov, STAKE, address(this));
        _providers.stake(STAKE);
        _providers.registerAppliance(ApplianceParams(1, 1 hours, KEY, bytes32(uint256(1)), address(0), ""));
    }

    /// @dev This stands for the trust module.
    function setPoolFee(uint32, uint64) external {}

    /// @notice However it beats, the clock is the sum of the gaps, each at most the window.
    function testFuzz_TheClockIsTheSumOfItsGaps(uint32[8] calldata gaps, bool[8] calldata beats) external {
        uint256 now_ = block.timestamp;
        (uint256 elapsed, uint256 silence) = (0, 0);
        for (uint256 i = 0; i < gaps.length; i++) {
            uint256 gap = gaps[i] % 3 hours;
            now_ += gap;
            vm.warp(now_);
            silence += gap;
            uint256 clock = elapsed + (silence < 1 hours ? silence : 1 hours);
            assert(_providers.clockOf(1) == clock);
            if (!beats[i]) continue;
            _providers.beat(1);
            (elapsed, silence) = (clock, 0);
            assert(_providers.clockOf(1) == clock);
        }
    }

    function testFuzz_StakeIsFreeLockedLeavingOrBurned(uint256 locked, uint256 slashed, uint256 unlocked, uint256 leaving)
        external
    {
        (locked, leaving) = (locked % (STAKE + 1), leaving % STAKE + 1);
        _providers.lock(address(this), locked);
        slashed %= locked + 1;
        _providers.slash(address(this), slashed);
        unlocked %= locked - slashed + 1;
        _providers.unlock(address(this), unlocked);
        uint256 free = STAKE - locked + unlocked;
        if (leaving > free) {
            vm.expectRevert(
                abi.encodeWithSelector(IProviders.Providers_StakeTooSmall.selector, address(this), free, leaving)
            );
            _providers.requestUnstake(leaving);
            return;
        }
        _providers.requestUnstake(leaving);
        StakeStatus memory s = _providers.stakeOf(address(this));
        assert(s.free == free - leaving && s.locked == locked - slashed - unlocked && s.leaving == leaving);
        assert(_vault.balanceOf(_xov, address(_providers)) == uint256(s.free) + s.locked + s.leaving);
        assert(_xov.totalSupply() == STAKE - slashed);
    }
}
