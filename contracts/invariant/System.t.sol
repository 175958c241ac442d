// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Claims} from "../claims/Claims.sol";
import {Exchange} from "../exchange/Exchange.sol";
import {BITCOIN} from "../exchange/IMarkets.sol";
import {Markets} from "../exchange/Markets.sol";
import {Orders} from "../exchange/Orders.sol";
import {BitcoinDebts} from "../lease/BitcoinDebts.sol";
import {LeaseStore} from "../lease/LeaseStore.sol";
import {Leases} from "../lease/Leases.sol";
import {Attestations} from "../licence/Attestations.sol";
import {Component, Level} from "../licence/IAttestations.sol";
import {LightClientStub} from "../mocks/LightClientStub.sol";
import {PermitToken} from "../mocks/PermitToken.sol";
import {vm} from "../mocks/Vm.sol";
import {ComputeClasses} from "../registry/ComputeClasses.sol";
import {ClassSpec} from "../registry/IComputeClasses.sol";
import {Admission, PoolRules} from "../registry/IPools.sol";
import {ApplianceParams} from "../registry/IProviders.sol";
import {Pools} from "../registry/Pools.sol";
import {Providers} from "../registry/Providers.sol";
import {Operators} from "../token/IVault.sol";
import {Vault} from "../token/Vault.sol";
import {XovToken} from "../token/XovToken.sol";
import {ILeaseTrust} from "../trust/ILeaseTrust.sol";
import {IPoolFees} from "../trust/IPoolFees.sol";
import {LimitParameters} from "../trust/ITrust.sol";
import {Trust} from "../trust/Trust.sol";
import {TrustParameters} from "../trust/TrustParameters.sol";

/// @title All contracts, with two pools, a market for bitcoin and one for a token in each, and three providers
/// @notice This contract is the treasury, operates the pools and stands for the bitcoin payments.
abstract contract System {
    uint256 internal constant PROVIDER_COUNT = 3;
    uint256 internal constant USER_COUNT = 3;
    uint256 public constant SUPPLY = 1e27;
    uint256 private constant PURSE = 1e24;
    uint256 private constant TOKEN_PURSE = 1e30;
    /// @dev XOV base units for a compute-unit-hour.
    uint64 internal constant POOL_FEE = 3e14;
    uint32 internal constant GRACE = 6 hours;
    string private constant LICENCE = "Apache-2.0";
    bytes32 internal constant SEAL_KEY = keccak256("seal key");
    /// @dev x of the generator of secp256k1.
    bytes32 private constant BITCOIN_KEY = 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798;

    XovToken public xov;
    /// @notice The quote of the token markets, with six decimals.
    PermitToken public usd;
    Pools public pools;
    ComputeClasses public classes;
    Markets public markets;
    Vault public vault;
    Providers public providers;
    Exchange public exchange;
    Leases public leases;
    Trust public trust;
    LightClientStub public lightClient;
    BitcoinDebts public debts;
    Attestations public attestations;
    Claims public claims;
    bytes32 public class;

    constructor() {
        (address providersAt, address exchangeAt, address leasesAt) = (_created(6), _created(7), _created(8));
        address trustAt = _created(9);
        xov = new XovToken(address(this), SUPPLY);
        pools = new Pools(IPoolFees(trustAt));
        classes = new ComputeClasses();
        markets = new Markets(pools, classes);
        address claimsAt = _created(13);
        vault = new Vault(xov, Operators(providersAt, exchangeAt, leasesAt, address(1), trustAt, claimsAt));
        providers = new Providers(
            Providers.Peers(xov, vault, pools, exchangeAt, leasesAt, trustAt, claimsAt, _created(12))
        );
        exchange = new Exchange(Orders.Peers(xov, vault, pools, providers, markets, Leases(leasesAt)));
        leases = new Leases(
            LeaseStore.Peers(xov, vault, providers, markets, exchange, ILeaseTrust(trustAt), address(this), _created(11))
        );
        trust = new Trust(
            Trust.Peers(xov, vault, pools, providers, address(leases), claimsAt),
            TrustParameters.Parameters(LimitParameters(1e18, 1e15), 1e15, 7 days, 1e16, 20_000, 50_000, 2 hours),
            address(this)
        );
        lightClient = new LightClientStub();
        debts = new BitcoinDebts(lightClient, leases);
        string[] memory licences = new string[](1);
        licences[0] = LICENCE;
        attestations = new Attestations(providers, claimsAt, licences, new string[](0), address(this));
        claims = new Claims(Claims.Peers(xov, vault, pools, providers, leases, trust, attestations), address(this));
        class = classes.register(ClassSpec(2, 3000, 33, 0, 0, "x86_64"));
        usd = new PermitToken(6, 1e6 * TOKEN_PURSE);
        usd.approve(address(vault), type(uint256).max);
        xov.approve(address(vault), type(uint256).max);
        _createPool("stackmonkey", 1e9);
        _createPool("another", 7_777_777);
        for (uint32 pool = 1; pool <= 2; pool++) markets.open(pool, class, BITCOIN);
        for (uint32 pool = 1; pool <= 2; pool++) markets.open(pool, class, address(usd));
        for (uint256 i = 0; i < PROVIDER_COUNT; i++) _register(i);
        for (uint256 i = 0; i < USER_COUNT; i++) _fund(user(i));
        for (uint256 i = 0; i < USER_COUNT; i++) vault.deposit(usd, TOKEN_PURSE, user(i));
    }

    /// @notice Appliance `i + 1` is theirs.
    function provider(uint256 i) public pure returns (address) {
        return address(uint160(0x1000 + i));
    }

    /// @notice Has a key, `userKey(i)`.
    function user(uint256 i) public pure returns (address) {
        return vm.addr(userKey(i));
    }

    function userKey(uint256 i) internal pure returns (uint256) {
        return 0xabc0 + i;
    }

    /// @dev Providers differ in their pool.
    function poolOf(uint256 i) internal pure returns (uint32) {
        return uint32(i % 2 + 1);
    }

    /// @dev The markets for bitcoin have the numbers of their pools, those for the token come after them.
    function marketOf(uint256 i, bool token) internal pure returns (uint32) {
        return poolOf(i) + (token ? 2 : 0);
    }

    function _setRatio(uint32 pool, uint88 perMsat) internal {
        pools.setRules(pool, _rules(perMsat));
    }

    function _rules(uint88 perMsat) private pure returns (PoolRules memory) {
        return PoolRules({minimumStake: 1e18, collateralPerMsat: perMsat, fee: POOL_FEE, admission: Admission.Open});
    }

    function _createPool(bytes32 name, uint88 perMsat) private {
        pools.create(name, _rules(perMsat));
    }

    function _register(uint256 i) private {
        _fund(provider(i));
        vm.prank(provider(i));
        providers.stake(PURSE / 2);
        vm.prank(provider(i));
        providers.registerAppliance(ApplianceParams(poolOf(i), GRACE, BITCOIN_KEY, SEAL_KEY, address(0), "eu"));
        _attest(i);
    }

    /// @dev That its whole stack is open source.
    function _attest(uint256 i) internal {
        Component[] memory stack = new Component[](3);
        for (uint256 n = 0; n < 3; n++) stack[n] = Component(Level(n), "name", "1", LICENCE, "https://source", "main");
        vm.prank(provider(i));
        attestations.attest(uint32(i + 1), stack);
    }

    function _fund(address account) private {
        vault.deposit(xov, PURSE, account);
    }

    /// @dev The address of this contract's n-th creation (EIP-161: from 1; below 0x80 it is its own RLP).
    function _created(uint8 nonce) private view returns (address) {
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", address(this), nonce)))));
    }
}
