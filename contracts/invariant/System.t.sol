// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Exchange} from "../exchange/Exchange.sol";
import {BITCOIN} from "../exchange/IMarkets.sol";
import {Markets} from "../exchange/Markets.sol";
import {Orders} from "../exchange/Orders.sol";
import {BitcoinDebts} from "../lease/BitcoinDebts.sol";
import {LeaseStore} from "../lease/LeaseStore.sol";
import {Leases} from "../lease/Leases.sol";
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

/// @title All contracts, with two pools, a market for bitcoin and one for a token in each, and three providers
/// @notice This contract is the treasury, operates the pools and stands for the bitcoin payments.
abstract contract System {
    uint256 internal constant PROVIDER_COUNT = 3;
    uint256 internal constant USER_COUNT = 3;
    uint256 public constant SUPPLY = 1e27;
    uint256 private constant PURSE = 1e24;
    uint256 private constant TOKEN_PURSE = 1e30;
    uint32 internal constant GRACE = 6 hours;
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
    LightClientStub public lightClient;
    BitcoinDebts public debts;
    bytes32 public class;

    constructor() {
        (address providersAt, address exchangeAt, address leasesAt) = (_created(6), _created(7), _created(8));
        xov = new XovToken(address(this), SUPPLY);
        pools = new Pools();
        classes = new ComputeClasses();
        markets = new Markets(pools, classes);
        vault = new Vault(xov, Operators(providersAt, exchangeAt, leasesAt, address(1)));
        providers = new Providers(xov, vault, pools, exchangeAt, leasesAt);
        exchange = new Exchange(Orders.Peers(xov, vault, pools, providers, markets, Leases(leasesAt)));
        leases = new Leases(LeaseStore.Peers(xov, vault, providers, markets, exchange, address(this), _created(10)));
        lightClient = new LightClientStub();
        debts = new BitcoinDebts(lightClient, leases);
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

    function _setRatio(uint32 pool, uint96 perMsat) internal {
        pools.setRules(pool, PoolRules({minimumStake: 1e18, collateralPerMsat: perMsat, admission: Admission.Open}));
    }

    function _createPool(bytes32 name, uint96 perMsat) private {
        pools.create(name, PoolRules(1e18, perMsat, Admission.Open));
    }

    function _register(uint256 i) private {
        _fund(provider(i));
        vm.prank(provider(i));
        providers.stake(PURSE / 2);
        vm.prank(provider(i));
        providers.registerAppliance(ApplianceParams(poolOf(i), GRACE, BITCOIN_KEY, SEAL_KEY, address(0), "eu"));
    }

    function _fund(address account) private {
        vault.deposit(xov, PURSE, account);
    }

    /// @dev The address of this contract's n-th creation (EIP-161: from 1; below 0x80 it is its own RLP).
    function _created(uint8 nonce) private view returns (address) {
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", address(this), nonce)))));
    }
}
