// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {TaprootAddress} from "../bitcoin/TaprootAddress.sol";
import {IVault} from "../token/IVault.sol";
import {XovToken} from "../token/XovToken.sol";
import {ISeizable} from "../trust/ISeizable.sol";
import {Thawing, ThawingShares} from "../trust/Thawing.sol";
import {IPools} from "./IPools.sol";
import {Appliance, ApplianceParams, EvictionLimit, IProviders, Stake, StakeStatus} from "./IProviders.sol";

contract Providers is IProviders {
    using SafeCast for uint256;
    using ThawingShares for Thawing;

    /// @notice A clock runs on for at most this long after its last beat, seconds.
    uint256 public constant BEAT_WINDOW = 1 hours;
    /// @notice How long leaving stake stays slashable, seconds.
    uint256 public constant UNSTAKE_DELAY = 14 days;
    uint32 public constant MIN_GRACE = 1 hours;
    uint32 public constant MAX_GRACE = 30 days;
    uint256 private constant MAX_REGION = 64;
    uint256 private constant MAX_CARD = 4096;

    XovToken public immutable XOV;
    IVault public immutable VAULT;
    IPools public immutable POOLS;
    address public immutable EXCHANGE;
    address public immutable LEASES;
    address public immutable TRUST;
    address public immutable CLAIMS;
    address public immutable ATTESTATIONS;

    uint32 private _count;
    mapping(address provider => Stake) private _stakes;
    mapping(address provider => Thawing) private _leaving;
    mapping(uint32 id => Appliance) private _appliances;
    mapping(uint32 id => EvictionLimit) private _evictions;
    /// @inheritdoc IProviders
    mapping(uint32 id => mapping(address quote => uint256 floor)) public override priceFloorOf;

    modifier onlyLocker() {
        require(msg.sender == EXCHANGE || msg.sender == LEASES, Providers_NotLocker(msg.sender));
        _;
    }

    modifier onlyClaims() {
        require(msg.sender == CLAIMS, Providers_NotSeizer(msg.sender));
        _;
    }

    modifier onlyProvider(uint32 id) {
        address provider = _known(id).provider;
        require(msg.sender == provider, Providers_NotProvider(id, msg.sender, provider));
        _;
    }

    struct Peers {
        XovToken xov;
        IVault vault;
        IPools pools;
        address exchange;
        address leases;
        address trust;
        address claims;
        address attestations;
    }

    constructor(Peers memory peers) {
        XOV = peers.xov;
        VAULT = peers.vault;
        POOLS = peers.pools;
        EXCHANGE = peers.exchange;
        LEASES = peers.leases;
        TRUST = peers.trust;
        CLAIMS = peers.claims;
        ATTESTATIONS = peers.attestations;
    }

    // ------------------------------------------------------------------ stake

    /// @inheritdoc IProviders
    function stake(uint256 amount) external {
        _addFree(_stakes[msg.sender], amount);
        emit Staked(msg.sender, amount);
        VAULT.move(XOV, msg.sender, address(this), amount);
    }

    /// @inheritdoc IProviders
    function requestUnstake(uint256 amount) external {
        require(amount > 0, Providers_ZeroAmount());
        _takeFree(msg.sender, _stakes[msg.sender], amount);
        uint256 leavesAt = block.timestamp + UNSTAKE_DELAY;
        _leaving[msg.sender].request(amount, leavesAt);
        emit UnstakeRequested(msg.sender, amount, leavesAt);
    }

    /// @inheritdoc IProviders
    function withdrawStake() external returns (uint256 amount) {
        Thawing storage t = _leaving[msg.sender];
        uint256 leavesAt = t.firstLeavesAt();
        require(leavesAt != 0, Providers_NothingLeaving(msg.sender));
        require(block.timestamp >= leavesAt, Providers_StillLeaving(msg.sender, leavesAt));
        amount = t.collect();
        Stake storage s = _stakes[msg.sender];
        uint256 total = seizable(msg.sender) + amount;
        uint256 kept = amount - Math.min(amount, total - Math.min(s.frozen, total));
        if (kept > 0) _addFree(s, kept);
        amount -= kept;
        emit Unstaked(msg.sender, amount, kept);
        if (amount > 0) VAULT.move(XOV, address(this), msg.sender, amount);
    }

    /// @inheritdoc IProviders
    function lock(address provider, uint256 amount) external onlyLocker {
        _lock(provider, amount);
    }

    /// @inheritdoc IProviders
    function lockForSale(uint32 id, address caller, uint32 pool, uint256 amount)
        external
        onlyLocker
        returns (address provider, uint256 attestedUntil, bool hasFloor)
    {
        Appliance storage a = _known(id);
        uint32 have;
        (have, attestedUntil, hasFloor) = (a.pool, a.attestedUntil, a.hasFloors);
        provider = a.provider;
        _requireAuthorized(id, a, provider, caller);
        require(have == pool, Providers_WrongPool(id, have, pool));
        require(attestedUntil >= block.timestamp, Providers_NotAttested(id, attestedUntil));
        requireSeller(provider, pool);
        _lock(provider, amount);
        hasFloor = hasFloor && caller != provider;
    }

    /// @inheritdoc IProviders
    function unlock(address provider, uint256 amount) external onlyLocker {
        _unlock(provider, amount);
    }

    /// @inheritdoc IProviders
    function unlockFor(uint32 id, address caller, uint256 amount) external onlyLocker {
        Appliance storage a = _known(id);
        address provider = a.provider;
        if (a.attestedUntil >= block.timestamp) _requireAuthorized(id, a, provider, caller);
        _unlock(provider, amount);
    }

    /// @inheritdoc IProviders
    function countEviction(uint32 id, address caller) external onlyLocker {
        Appliance storage a = _known(id);
        address provider = a.provider;
        _requireAuthorized(id, a, provider, caller);
        if (caller == provider) return;
        EvictionLimit storage l = _evictions[id];
        uint256 perDay = l.perDay;
        require(perDay > 0, Providers_TooManyEvictions(id, 0, type(uint256).max));
        uint256 interval = _evictionInterval(perDay);
        uint256 until = Math.max(l.usedUntil, block.timestamp) + interval;
        uint256 nextAt = until - perDay * interval;
        require(nextAt <= block.timestamp, Providers_TooManyEvictions(id, perDay, nextAt));
        l.usedUntil = until.toUint40();
    }

    /// @inheritdoc IProviders
    function forfeit(address provider, address to, uint256 amount) external onlyLocker returns (uint256 paid) {
        paid = _takeLocked(_stakes[provider], amount);
        emit StakeForfeited(provider, to, paid);
        VAULT.move(XOV, address(this), to, paid);
    }

    /// @inheritdoc IProviders
    function slash(address provider, uint256 amount) external onlyLocker {
        uint256 burned = _takeLocked(_stakes[provider], amount);
        emit Slashed(provider, burned);
        VAULT.burn(burned);
    }

    // ----------------------------------------------------------------- claims

    /// @inheritdoc ISeizable
    function freeze(address provider, uint256 amount) external onlyClaims {
        uint128 frozen = _stakes[provider].frozen += amount.toUint128();
        emit Frozen(provider, amount, frozen);
    }

    /// @inheritdoc ISeizable
    function unfreeze(address provider, uint256 amount) external onlyClaims {
        uint128 frozen = _stakes[provider].frozen -= amount.toUint128();
        emit Unfrozen(provider, amount, frozen);
    }

    /// @inheritdoc ISeizable
    /// @dev Also for the trust module: fees that a provider's vault balance does not cover.
    function seize(address provider, uint256 amount, address payee, uint256 reward)
        external
        returns (uint256 taken)
    {
        require(msg.sender == CLAIMS || msg.sender == TRUST, Providers_NotSeizer(msg.sender));
        Stake storage s = _stakes[provider];
        Thawing storage t = _leaving[provider];
        (uint256 free, uint256 leaving) = (s.free, t.tokens);
        taken = Math.min(amount, free + leaving);
        if (taken > 0) {
            uint256 left = Math.mulDiv(taken, leaving, free + leaving);
            s.free = (free - (taken - left)).toUint128();
            t.slash(left);
        }
        if (taken < amount) {
            uint256 more = Math.min(amount - taken, s.locked - s.short);
            s.short += more.toUint128();
            taken += more;
        }
        reward = Math.min(reward, taken);
        emit Seized(provider, taken, payee, reward);
        if (reward > 0) VAULT.move(XOV, address(this), payee, reward);
        if (taken > reward) VAULT.retire(address(this), taken - reward);
    }

    // ------------------------------------------------------------- appliances

    /// @inheritdoc IProviders
    function registerAppliance(ApplianceParams calldata params) external returns (uint32 id) {
        _requireValid(params);
        requireSeller(msg.sender, params.pool);
        id = ++_count;
        _appliances[id] = Appliance({
            provider: msg.sender,
            grace: params.grace,
            elapsed: 0,
            lastBeat: block.timestamp.toUint32(),
            bitcoinKey: params.bitcoinKey,
            pool: params.pool,
            hotKey: params.hotKey,
            attestedUntil: 0,
            hasFloors: false,
            sealKey: params.sealKey
        });
        emit ApplianceRegistered(id, msg.sender, params.pool, params.bitcoinKey, params.grace, params.region);
        emit HotKeySet(id, params.hotKey);
        emit SealKeySet(id, params.sealKey);
    }

    /// @inheritdoc IProviders
    function setHotKey(uint32 id, address hotKey) external onlyProvider(id) {
        _appliances[id].hotKey = hotKey;
        emit HotKeySet(id, hotKey);
    }

    /// @inheritdoc IProviders
    function setSealKey(uint32 id, bytes32 sealKey) external onlyProvider(id) {
        require(sealKey != 0, Providers_ZeroSealKey());
        _appliances[id].sealKey = sealKey;
        emit SealKeySet(id, sealKey);
    }

    /// @inheritdoc IProviders
    function setPriceFloor(uint32 id, address quote, uint256 floor) external onlyProvider(id) {
        _appliances[id].hasFloors = true;
        priceFloorOf[id][quote] = floor;
        emit PriceFloorSet(id, quote, floor);
    }

    /// @inheritdoc IProviders
    function setEvictionLimit(uint32 id, uint16 perDay) external onlyProvider(id) {
        _evictions[id].perDay = perDay;
        emit EvictionLimitSet(id, perDay);
    }

    /// @inheritdoc IProviders
    function setAttested(uint32 id, uint256 until) external {
        require(msg.sender == ATTESTATIONS, Providers_NotAttestations(msg.sender));
        _appliances[id].attestedUntil = until.toUint40();
    }

    /// @inheritdoc IProviders
    function publishCard(uint32 id, bytes calldata card) external {
        authorize(id, msg.sender);
        require(card.length <= MAX_CARD, Providers_CardTooLong(card.length, MAX_CARD));
        emit CardPublished(id, card);
    }

    /// @inheritdoc IProviders
    function beat(uint32 id) external {
        (, uint256 clock) = authorize(id, msg.sender);
        Appliance storage a = _appliances[id];
        (a.elapsed, a.lastBeat) = (clock.toUint32(), block.timestamp.toUint32());
        emit Beat(id, clock);
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc IProviders
    function clockOf(uint32 id) external view returns (uint256) {
        return _clock(_known(id));
    }

    /// @inheritdoc IProviders
    function authorize(uint32 id, address caller) public view returns (address provider, uint256 clock) {
        Appliance storage a = _known(id);
        provider = a.provider;
        _requireAuthorized(id, a, provider, caller);
        clock = _clock(a);
    }

    /// @inheritdoc IProviders
    function isAuthorized(uint32 id, address caller) external view returns (bool) {
        Appliance storage a = _known(id);
        return caller == a.provider || caller == a.hotKey;
    }

    /// @inheritdoc IProviders
    function requireFloor(uint32 id, address quote, uint256 price, uint256 computeUnits) external view {
        uint256 floor = priceFloorOf[id][quote];
        require(floor > 0, Providers_QuoteNotAllowed(id, quote));
        price = price * 1000 / computeUnits;
        require(price >= floor, Providers_PriceBelowFloor(id, price, floor));
    }

    /// @inheritdoc IProviders
    function requireSeller(address provider, uint32 pool) public view {
        (bool admitted, uint256 need) = POOLS.admissionOf(pool, provider);
        require(admitted, Providers_NotAdmitted(pool, provider));
        Stake storage s = _stakes[provider];
        uint256 have = uint256(s.free) + s.locked;
        if (s.free == 0) have -= s.short;
        require(have >= need, Providers_StakeTooSmall(provider, have, need));
    }

    /// @inheritdoc IProviders
    function appliance(uint32 id) external view returns (Appliance memory) {
        return _known(id);
    }

    /// @inheritdoc IProviders
    function standingOf(uint32 id) external view returns (address provider, uint32 grace, uint256 clock) {
        Appliance storage a = _appliances[id];
        (provider, grace, clock) = (a.provider, a.grace, _clock(a));
        require(provider != address(0), Providers_UnknownAppliance(id));
    }

    /// @inheritdoc IProviders
    function providerOf(uint32 id) external view returns (address provider, uint32 pool, uint32 grace) {
        Appliance storage a = _known(id);
        return (a.provider, a.pool, a.grace);
    }

    /// @inheritdoc IProviders
    function evictionsOf(uint32 id) external view returns (uint256 perDay, uint256 left) {
        EvictionLimit storage l = _evictions[id];
        perDay = l.perDay;
        if (perDay == 0) return (0, 0);
        uint256 interval = _evictionInterval(perDay);
        uint256 used = Math.ceilDiv(Math.saturatingSub(l.usedUntil, block.timestamp), interval);
        left = Math.saturatingSub(perDay, used);
    }

    /// @inheritdoc IProviders
    function bitcoinKeyOf(uint32 id) external view returns (bytes32) {
        return _appliances[id].bitcoinKey;
    }

    /// @inheritdoc IProviders
    function sealKeyOf(uint32 id) external view returns (bytes32) {
        return _appliances[id].sealKey;
    }

    /// @inheritdoc IProviders
    function stakeOf(address provider) external view returns (StakeStatus memory) {
        Stake storage s = _stakes[provider];
        Thawing storage t = _leaving[provider];
        return StakeStatus({
            free: s.free,
            locked: s.locked,
            leaving: t.tokens,
            leavesAt: t.firstLeavesAt(),
            short: s.short,
            frozen: s.frozen
        });
    }

    /// @inheritdoc ISeizable
    function seizable(address provider) public view returns (uint256) {
        Stake storage s = _stakes[provider];
        return uint256(s.free) + s.locked - s.short + _leaving[provider].tokens;
    }

    // --------------------------------------------------------------- internal

    function _known(uint32 id) private view returns (Appliance storage a) {
        a = _appliances[id];
        require(a.provider != address(0), Providers_UnknownAppliance(id));
    }

    function _clock(Appliance storage a) private view returns (uint256) {
        return a.elapsed + Math.min(block.timestamp - a.lastBeat, BEAT_WINDOW);
    }

    function _requireAuthorized(uint32 id, Appliance storage a, address provider, address caller) private view {
        require(caller == provider || caller == a.hotKey, Providers_NotAuthorized(id, caller));
    }

    function _evictionInterval(uint256 perDay) private pure returns (uint256) {
        return Math.ceilDiv(1 days, perDay);
    }

    function _lock(address provider, uint256 amount) private {
        Stake storage s = _stakes[provider];
        (uint256 free, uint256 locked) = (s.free, s.locked);
        require(free >= amount, Providers_StakeTooSmall(provider, free, amount));
        (s.free, s.locked) = ((free - amount).toUint128(), (locked + amount).toUint128());
        emit StakeLocked(provider, amount);
    }

    function _unlock(address provider, uint256 amount) private {
        Stake storage s = _stakes[provider];
        uint256 locked = s.locked - amount;
        (s.free, s.locked) = (_freeWith(s, amount).toUint128(), uint128(locked));
        emit StakeUnlocked(provider, amount);
    }

    function _takeFree(address provider, Stake storage s, uint256 need) private {
        uint256 have = s.free;
        require(have >= need, Providers_StakeTooSmall(provider, have, need));
        s.free = (have - need).toUint128();
    }

    function _addFree(Stake storage s, uint256 amount) private {
        s.free = _freeWith(s, amount).toUint128();
    }

    /// @dev What is free once `amount` is added. What is short is made good first; while anything is free nothing is, so the
    /// second slot is rarely read.
    function _freeWith(Stake storage s, uint256 amount) private returns (uint256) {
        uint256 free = s.free;
        if (free != 0) return free + amount;
        uint256 short = s.short;
        if (short == 0) return amount;
        uint256 filled = Math.min(short, amount);
        s.short = uint128(short - filled);
        return amount - filled;
    }

    /// @dev `amount` of what is locked leaves it; of what is short it bears its part.
    /// @return left rounded down
    function _takeLocked(Stake storage s, uint256 amount) private returns (uint256 left) {
        (uint256 locked, uint256 short) = (s.locked, s.free == 0 ? s.short : 0);
        left = short == 0 ? amount : Math.mulDiv(amount, locked - short, locked);
        s.locked = (locked - amount).toUint128();
        if (short > 0) s.short = uint128(short - (amount - left));
    }

    function _requireValid(ApplianceParams calldata p) private view {
        require(TaprootAddress.lifts(p.bitcoinKey), Providers_InvalidBitcoinKey(p.bitcoinKey));
        require(p.sealKey != 0, Providers_ZeroSealKey());
        require(
            p.grace >= MIN_GRACE && p.grace <= MAX_GRACE, Providers_GraceOutOfBounds(p.grace, MIN_GRACE, MAX_GRACE)
        );
        uint256 length = bytes(p.region).length;
        require(length <= MAX_REGION, Providers_RegionTooLong(length, MAX_REGION));
    }
}
