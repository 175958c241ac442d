// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISeizable} from "../trust/ISeizable.sol";

/// @notice What a provider has at stake, beside what is leaving; XOV base units.
struct Stake {
    // slot 0
    uint128 free; // may be locked or asked back
    uint128 locked; // behind asks and leases, as it was agreed
    // slot 1
    uint128 short; // of what is locked, lost to a claim and not made good yet: then nothing is free
    uint128 frozen; // claimed, of all that there is
}

/// @notice A provider's stake as it is now, XOV base units: free + locked + leaving − short.
struct StakeStatus {
    uint256 free;
    uint256 locked;
    uint256 leaving; // asked back; still slashable, cannot be locked
    uint256 leavesAt; // unix seconds at which the oldest request leaves; zero when none waits
    uint256 short;
    uint256 frozen;
}

/// @notice One virtual appliance. Fixed for life are its provider, pool, grace and Bitcoin key; the provider may change the
/// hot key and the seal key.
struct Appliance {
    // slot 0: all that a lease's arithmetic needs
    address provider;
    uint32 grace; // seconds of the provider clock between exhaustion and the end
    uint32 elapsed; // the provider clock at `lastBeat`, seconds
    uint32 lastBeat; // wall time
    // slot 1
    bytes32 bitcoinKey; // x-only (BIP-340)
    // slot 2
    uint32 pool;
    address hotKey; // zero when revoked
    uint40 attestedUntil; // unix seconds: may be on the book until then
    bool hasFloors; // the hot key sells for quotes with a price floor only
    // slot 3
    bytes32 sealKey; // X25519 public key: the age recipient of launch specs
}

/// @notice How often the hot key may evict.
struct EvictionLimit {
    uint16 perDay;
    uint40 usedUntil; // unix seconds at which all are regained: the theoretical arrival time of GCRA (ITU-T I.371)
}

struct ApplianceParams {
    uint32 pool;
    uint32 grace;
    bytes32 bitcoinKey;
    bytes32 sealKey;
    address hotKey;
    string region;
}

/// @title Providers: stake, appliances and their clocks
/// @notice The provider clock of an appliance advances only while its VA proves that it is alive:
/// `elapsed + min(now − lastBeat, BEAT_WINDOW)` seconds. Stake counts in XOV base units.
///
/// A claim that is upheld takes free and leaving stake alike, then locked stake. What it takes of the locked stake is lost by
/// everything that it stands behind, in the same proportion; whatever becomes free or is staked makes it good first.
/// Warning: what a claim freezes is not paid out to its provider, but it may still be locked, and what is locked goes to whom
/// it was locked for: a provider that has holders of its own may lose collateral to them before a claim is decided.
interface IProviders is ISeizable {
    event Staked(address indexed provider, uint256 amount);
    event UnstakeRequested(address indexed provider, uint256 amount, uint256 leavesAt);
    event Unstaked(address indexed provider, uint256 amount, uint256 kept);
    event StakeLocked(address indexed provider, uint256 amount);
    event StakeUnlocked(address indexed provider, uint256 amount);
    event StakeForfeited(address indexed provider, address indexed to, uint256 amount);
    event Slashed(address indexed provider, uint256 amount);
    event ApplianceRegistered(
        uint32 indexed appliance,
        address indexed provider,
        uint32 indexed pool,
        bytes32 bitcoinKey,
        uint32 grace,
        string region
    );
    event HotKeySet(uint32 indexed appliance, address indexed hotKey);
    event SealKeySet(uint32 indexed appliance, bytes32 sealKey);
    event PriceFloorSet(uint32 indexed appliance, address indexed quote, uint256 floor);
    event EvictionLimitSet(uint32 indexed appliance, uint16 perDay);
    event CardPublished(uint32 indexed appliance, bytes card);
    event Beat(uint32 indexed appliance, uint256 elapsed);

    error Providers_NotLocker(address caller);
    error Providers_NotSeizer(address caller);
    error Providers_NotAttestations(address caller);
    error Providers_NotAttested(uint32 appliance, uint256 attestedUntil);
    error Providers_ZeroAmount();
    error Providers_StakeTooSmall(address provider, uint256 have, uint256 need);
    error Providers_StillLeaving(address provider, uint256 leavesAt);
    error Providers_NothingLeaving(address provider);
    error Providers_NotAdmitted(uint32 pool, address provider);
    error Providers_UnknownAppliance(uint32 appliance);
    error Providers_WrongPool(uint32 appliance, uint32 have, uint32 need);
    error Providers_NotProvider(uint32 appliance, address caller, address provider);
    error Providers_NotAuthorized(uint32 appliance, address caller);
    error Providers_QuoteNotAllowed(uint32 appliance, address quote);
    error Providers_PriceBelowFloor(uint32 appliance, uint256 price, uint256 floor);
    error Providers_TooManyEvictions(uint32 appliance, uint256 perDay, uint256 nextAt);
    error Providers_InvalidBitcoinKey(bytes32 key);
    error Providers_ZeroSealKey();
    error Providers_GraceOutOfBounds(uint32 grace, uint32 min, uint32 max);
    error Providers_RegionTooLong(uint256 length, uint256 max);
    error Providers_CardTooLong(uint256 length, uint256 max);

    /// @notice Moves XOV from the caller's vault balance to its stake.
    function stake(uint256 amount) external;

    /// @notice Starts the cool-down of `amount`, not zero; at most 32 requests wait at once.
    /// What is leaving stays slashable. Reverts with Providers_StakeTooSmall beyond the free stake.
    function requestUnstake(uint256 amount) external;

    /// @notice Pays what has cooled down (as far as slashing left it, and a claim does not freeze it) to the caller's vault
    /// balance; what is frozen of it becomes free stake again.
    function withdrawStake() external returns (uint256 amount);

    /// @notice Registers an appliance of the caller. The caller must be admitted and hold the pool's minimum stake.
    /// `bitcoinKey` must be the x coordinate of a point of secp256k1. `grace`: 1 hour to 30 days. `region` at most 64 bytes.
    function registerAppliance(ApplianceParams calldata params) external returns (uint32 appliance);

    /// @notice The provider only. Zero revokes.
    function setHotKey(uint32 appliance, address hotKey) external;

    /// @notice The provider only. Launch specs sealed to the former key no longer enter.
    function setSealKey(uint32 appliance, bytes32 sealKey) external;

    /// @notice The provider only: the lowest price at which the hot key may sell for `quote` (zero address: bitcoin), quote units (msat)
    /// per hour of one compute unit. Zero closes the quote to the hot key. Once one floor is set, a quote without one is closed to it
    /// too: whoever steals the key would open a market in a token of its own. Asks that rest already stay; the provider's own are free.
    function setPriceFloor(uint32 appliance, address quote, uint256 floor) external;

    /// @notice The provider only: how many leases the hot key may evict at once; each is regained after a day / `perDay`, rounded up
    /// to seconds. Zero, as at registration, forbids it. The provider's own evictions are not counted.
    function setEvictionLimit(uint32 appliance, uint16 perDay) external;

    /// @notice Publishes what the appliance offers beside its asks (images, for example) as event bytes; the provider or the
    /// hot key. A later card replaces it. At most 4,096 bytes.
    function publishCard(uint32 appliance, bytes calldata card) external;

    /// @notice Proves life; the provider or the hot key. Beating more often than needed changes nothing.
    function beat(uint32 appliance) external;

    /// @notice Lockers only (exchange, leases). Reverts with Providers_StakeTooSmall.
    function lock(address provider, uint256 amount) external;

    /// @notice Lockers only.
    function unlock(address provider, uint256 amount) external;

    /// @notice Lockers only: burns `amount` that the caller has locked before, or as much of it as a claim has left.
    function slash(address provider, uint256 amount) external;

    /// @notice Lockers only: `lock` for an ask of the appliance in `pool`, after checking that `caller` may place it: is the
    /// provider or the hot key, the provider may sell there, and the appliance is attested. Reverts with
    /// Providers_WrongPool, Providers_NotAdmitted, Providers_StakeTooSmall, Providers_NotAttested and as `authorize`.
    /// @return provider of the appliance
    /// @return attestedUntil unix seconds
    /// @return hasFloor whether the price is yet to be looked at, with `requireFloor`: the caller is the hot key, and floors are set
    function lockForSale(uint32 appliance, address caller, uint32 pool, uint256 amount)
        external
        returns (address provider, uint256 attestedUntil, bool hasFloor);

    /// @notice Reverts with Providers_QuoteNotAllowed where `quote` has no floor, and with Providers_PriceBelowFloor (prices per
    /// compute-unit-hour, rounded down) below it.
    /// @param price quote units per instance-hour
    /// @param computeUnits of the instance, thousandths
    function requireFloor(uint32 appliance, address quote, uint256 price, uint256 computeUnits) external view;

    /// @notice Lockers only: `unlock`, after `authorize`, of an appliance that is attested; for anyone of another.
    function unlockFor(uint32 appliance, address caller, uint256 amount) external;

    /// @notice Lockers only: counts an eviction by `caller`, who must be the provider or the hot key. Reverts with
    /// Providers_TooManyEvictions, of the hot key beyond its limit, and as `authorize`.
    function countEviction(uint32 appliance, address caller) external;

    /// @notice Lockers only: pays `amount` that the caller has locked before to the vault balance of `to`; of stake that a claim
    /// has cut, what is left of it.
    /// @return paid XOV base units
    function forfeit(address provider, address to, uint256 amount) external returns (uint256 paid);

    /// @notice Attestations only: until when the appliance may be on the book, unix seconds; zero for no longer.
    function setAttested(uint32 appliance, uint256 until) external;

    /// @notice Whether `caller` is the provider or the hot key. Reverts with Providers_UnknownAppliance.
    function isAuthorized(uint32 appliance, address caller) external view returns (bool);

    /// @notice Seconds on the provider clock. Reverts with Providers_UnknownAppliance.
    function clockOf(uint32 appliance) external view returns (uint256);

    /// @notice The provider and the clock, after checking that `caller` is the provider or the hot key.
    /// Reverts with Providers_UnknownAppliance, Providers_NotAuthorized.
    function authorize(uint32 appliance, address caller) external view returns (address provider, uint256 clock);

    /// @notice Reverts unless the provider may sell in `pool`: admitted, and with the pool's minimum stake not leaving.
    function requireSeller(address provider, uint32 pool) external view;

    /// @notice Reverts with Providers_UnknownAppliance.
    function appliance(uint32 id) external view returns (Appliance memory);

    /// @notice What a lease's arithmetic needs, in one storage read: provider, grace, and seconds on the provider clock.
    /// Reverts with Providers_UnknownAppliance.
    function standingOf(uint32 appliance) external view returns (address provider, uint32 grace, uint256 clock);

    /// @notice Provider, pool and grace. Reverts with Providers_UnknownAppliance.
    function providerOf(uint32 appliance) external view returns (address provider, uint32 pool, uint32 grace);

    /// @notice Quote units (msat) per compute-unit-hour; zero for none.
    function priceFloorOf(uint32 appliance, address quote) external view returns (uint256);

    /// @notice How many evictions a day its provider lets the hot key, and how many it may do now.
    function evictionsOf(uint32 appliance) external view returns (uint256 perDay, uint256 left);

    /// @notice Zero for an unknown appliance.
    function bitcoinKeyOf(uint32 appliance) external view returns (bytes32);

    /// @notice Zero for an unknown appliance.
    function sealKeyOf(uint32 appliance) external view returns (bytes32);

    /// @notice Zeroes for an unknown provider.
    function stakeOf(address provider) external view returns (StakeStatus memory);
}
