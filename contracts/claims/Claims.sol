// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ILeases, Lease} from "../lease/ILeases.sol";
import {IAttestations} from "../licence/IAttestations.sol";
import {IPools} from "../registry/IPools.sol";
import {IProviders} from "../registry/IProviders.sol";
import {IVault} from "../token/IVault.sol";
import {XovToken} from "../token/XovToken.sol";
import {ISeizable} from "../trust/ISeizable.sol";
import {ITrust} from "../trust/ITrust.sol";
import {Claim, ClaimKind, ClaimOutcome, ClaimStatus, IClaims} from "./IClaims.sol";

contract Claims is IClaims, Ownable2Step {
    using SafeCast for uint256;

    /// @notice From the opening until a claim is up for decision, seconds.
    uint256 public constant DISPUTE_WINDOW = 7 days;
    /// @notice How long the pool's operator has to decide, seconds.
    uint256 public constant OPERATOR_WINDOW = 14 days;
    /// @notice How long an operator's decision may be appealed, seconds.
    uint256 public constant APPEAL_WINDOW = 7 days;
    /// @notice How long the owner has to decide, seconds: enough for a proposal, its vote and its timelock.
    uint256 public constant OWNER_WINDOW = 30 days;
    /// @notice A bond, and the claimant's costs at most, are one part in so many of what is claimed.
    uint256 public constant BOND_PART = 10;
    /// @notice The least bond, XOV base units.
    uint256 public constant MIN_BOND = 10e18;
    uint256 private constant MAX_URI = 256;

    struct Peers {
        XovToken xov;
        IVault vault;
        IPools pools;
        IProviders providers;
        ILeases leases;
        ITrust trust;
        IAttestations attestations;
    }

    XovToken public immutable XOV;
    IVault public immutable VAULT;
    IPools public immutable POOLS;
    IProviders public immutable PROVIDERS;
    ILeases public immutable LEASES;
    ITrust public immutable TRUST;
    IAttestations public immutable ATTESTATIONS;

    uint256 private _count;
    mapping(uint256 id => Claim) private _claims;

    constructor(Peers memory peers, address owner) Ownable(owner) {
        XOV = peers.xov;
        VAULT = peers.vault;
        POOLS = peers.pools;
        PROVIDERS = peers.providers;
        LEASES = peers.leases;
        TRUST = peers.trust;
        ATTESTATIONS = peers.attestations;
    }

    // ------------------------------------------------------------ what is said

    /// @inheritdoc IClaims
    function open(
        ClaimKind kind,
        uint256 subject,
        address accused,
        uint256 amount,
        uint256 costs,
        bytes32 evidenceHash,
        string calldata evidenceUri
    ) external returns (uint256 id) {
        _requireUri(evidenceUri);
        id = ++_count;
        Claim storage c = _claims[id];
        (c.kind, c.subject, c.claimant) = (kind, subject, msg.sender);
        (c.accused, c.pool) = (accused, _poolOf(kind, subject, accused));
        uint256 most = _stakeBehind(kind).seizable(accused);
        require(amount <= most, Claims_AmountTooLarge(amount, most));
        require(costs <= amount / BOND_PART, Claims_CostsTooLarge(costs, amount / BOND_PART));
        (c.amount, c.costs, c.bond) = (amount.toUint96(), costs.toUint96(), bondFor(amount).toUint96());
        (c.status, c.until) = (ClaimStatus.Open, (block.timestamp + DISPUTE_WINDOW).toUint40());
        emit ClaimOpened(id, msg.sender, accused, c, evidenceHash, evidenceUri);
        _stakeBehind(kind).freeze(accused, amount);
        _postBond(c);
    }

    /// @inheritdoc IClaims
    function dispute(uint256 id, bytes32 evidenceHash, string calldata evidenceUri) external {
        Claim storage c = _inStatus(id, ClaimStatus.Open);
        require(msg.sender == c.accused, Claims_NotAccused(id, msg.sender, c.accused));
        require(!c.disputed, Claims_AlreadyDisputed(id));
        require(block.timestamp < c.until, Claims_TooLate(id, c.until, block.timestamp));
        _requireUri(evidenceUri);
        c.disputed = true;
        c.until = block.timestamp.toUint40();
        emit ClaimDisputed(id, evidenceHash, evidenceUri);
        _postBond(c);
    }

    /// @inheritdoc IClaims
    function decide(uint256 id, bool upheld, uint256 penalty, bytes32 reasonsHash, string calldata reasonsUri) external {
        Claim storage c = _known(id);
        address arbiter = _arbiterOf(c);
        require(msg.sender == arbiter && arbiter != address(0), Claims_NotArbiter(id, msg.sender, arbiter));
        uint256 most = upheld ? c.amount : 0;
        require(penalty <= most, Claims_PenaltyTooLarge(penalty, most));
        _requireUri(reasonsUri);
        bool isFinal = c.status == ClaimStatus.Appealed || block.timestamp >= _operatorUntil(c);
        address appellant = c.status == ClaimStatus.Appealed ? _loserOf(c) : address(0);
        (c.upheld, c.penalty) = (upheld, uint96(penalty));
        emit ClaimDecided(id, msg.sender, upheld, penalty, reasonsHash, reasonsUri);
        if (isFinal) {
            _execute(id, c, appellant);
        } else {
            (c.status, c.until) = (ClaimStatus.Decided, (block.timestamp + APPEAL_WINDOW).toUint40());
        }
    }

    /// @inheritdoc IClaims
    function appeal(uint256 id, bytes32 evidenceHash, string calldata evidenceUri) external {
        Claim storage c = _inStatus(id, ClaimStatus.Decided);
        address loser = _loserOf(c);
        require(msg.sender == loser, Claims_NotLoser(id, msg.sender, loser));
        require(block.timestamp < c.until, Claims_TooLate(id, c.until, block.timestamp));
        _requireUri(evidenceUri);
        (c.status, c.until) = (ClaimStatus.Appealed, (block.timestamp + OWNER_WINDOW).toUint40());
        emit ClaimAppealed(id, msg.sender, evidenceHash, evidenceUri);
        _postBond(c);
    }

    /// @inheritdoc IClaims
    function conclude(uint256 id) external {
        Claim storage c = _known(id);
        uint256 from = _concludesAt(c);
        require(c.status != ClaimStatus.Closed, Claims_WrongStatus(id, c.status, ClaimStatus.Open));
        require(block.timestamp >= from, Claims_TooEarly(id, from, block.timestamp));
        if (c.status == ClaimStatus.Open) {
            _lapse(id, c);
        } else {
            // an appeal that the owner did not decide costs nothing: its bond returns
            address appellant = _loserOf(c);
            bool appealed = c.status == ClaimStatus.Appealed;
            _execute(id, c, address(0));
            if (appealed) VAULT.move(XOV, address(this), appellant, c.bond);
        }
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc IClaims
    function arbiterOf(uint256 id) external view returns (address) {
        return _arbiterOf(_known(id));
    }

    /// @inheritdoc IClaims
    function concludesAt(uint256 id) external view returns (uint256) {
        return _concludesAt(_known(id));
    }

    /// @inheritdoc IClaims
    function bondFor(uint256 amount) public pure returns (uint256) {
        return Math.max(MIN_BOND, Math.ceilDiv(amount, BOND_PART));
    }

    /// @inheritdoc IClaims
    function claim(uint256 id) external view returns (Claim memory) {
        return _known(id);
    }

    // ---------------------------------------------------------------- the end

    /// @dev What the decision says. An appellant (zero if there was none) gets its bond back or loses it to the other side.
    function _execute(uint256 id, Claim storage c, address appellant) private {
        c.status = ClaimStatus.Closed;
        uint256 bonds = _bonds(c);
        (uint256 toClaimant, uint256 toAccused) = (c.upheld ? bonds : 0, c.upheld ? 0 : bonds);
        // to whoever is right now: the appellant if the appeal succeeded, else the other side
        if (appellant != address(0)) {
            if (c.upheld) toClaimant += c.bond;
            else toAccused += c.bond;
        }
        (uint256 taken, uint256 reward) = (0, 0);
        ISeizable stake = _stakeBehind(c.kind);
        stake.unfreeze(c.accused, c.amount);
        if (c.upheld) {
            _mark(c);
            // of what is there, which may be less than the penalty: the costs are no way to save the rest
            reward = Math.min(c.costs, Math.min(c.penalty, stake.seizable(c.accused)) / BOND_PART);
            taken = stake.seize(c.accused, c.penalty, c.claimant, reward);
        }
        _pay(c, toClaimant, toAccused);
        ClaimOutcome outcome = c.upheld ? ClaimOutcome.Upheld : ClaimOutcome.Dismissed;
        emit ClaimClosed(id, outcome, toClaimant, toAccused, taken, reward);
    }

    /// @dev Nobody decided: every bond goes back.
    function _lapse(uint256 id, Claim storage c) private {
        c.status = ClaimStatus.Closed;
        _stakeBehind(c.kind).unfreeze(c.accused, c.amount);
        if (!c.disputed) _strip(c);
        (uint256 toClaimant, uint256 toAccused) = (c.bond, _bonds(c) - c.bond);
        _pay(c, toClaimant, toAccused);
        ClaimOutcome outcome = c.disputed ? ClaimOutcome.Lapsed : ClaimOutcome.Uncontested;
        emit ClaimClosed(id, outcome, toClaimant, toAccused, 0, 0);
    }

    function _mark(Claim storage c) private {
        _strip(c);
        TRUST.countUpheld(c.accused);
    }

    /// @dev Takes what is not money.
    function _strip(Claim storage c) private {
        if (c.kind == ClaimKind.Abuse) TRUST.zeroKarma(c.accused);
        else ATTESTATIONS.revoke(uint32(c.subject));
    }

    function _pay(Claim storage c, uint256 toClaimant, uint256 toAccused) private {
        if (toClaimant > 0) VAULT.move(XOV, address(this), c.claimant, toClaimant);
        if (toAccused > 0) VAULT.move(XOV, address(this), c.accused, toAccused);
    }

    function _postBond(Claim storage c) private {
        VAULT.move(XOV, msg.sender, address(this), c.bond);
    }

    // ------------------------------------------------------------------- facts

    function _bonds(Claim storage c) private view returns (uint256) {
        return c.disputed ? 2 * uint256(c.bond) : c.bond;
    }

    function _loserOf(Claim storage c) private view returns (address) {
        return c.upheld ? c.accused : c.claimant;
    }

    function _stakeBehind(ClaimKind kind) private view returns (ISeizable) {
        return kind == ClaimKind.Abuse ? ISeizable(TRUST) : ISeizable(PROVIDERS);
    }

    /// @dev Whose operator may decide, after checking that the accused is who answers for the subject.
    function _poolOf(ClaimKind kind, uint256 subject, address accused) private view returns (uint32 pool) {
        require(kind != ClaimKind.None, Claims_UnknownKind());
        if (kind == ClaimKind.FalseAttestation) {
            address provider;
            (provider, pool,) = PROVIDERS.providerOf(subject.toUint32());
            require(accused == provider, Claims_NotAnswerable(subject, accused));
        } else {
            Lease memory lease = LEASES.lease(bytes32(subject));
            // who sells a lease still answers for what ran there
            require(
                accused == lease.holder || LEASES.RESALE().hasSold(bytes32(subject), accused),
                Claims_NotAnswerable(subject, accused)
            );
            (, pool,) = PROVIDERS.providerOf(lease.appliance);
        }
    }

    /// @dev Until when the operator is the arbiter of an Open claim; a pool's operator decides about its users only, and not in
    /// its own case.
    function _operatorUntil(Claim storage c) private view returns (uint256) {
        address operator = POOLS.operatorOf(c.pool);
        bool isParty = operator == c.claimant || operator == c.accused;
        return c.kind == ClaimKind.Abuse && !isParty ? c.until + OPERATOR_WINDOW : c.until;
    }

    function _arbiterOf(Claim storage c) private view returns (address) {
        if (c.status == ClaimStatus.Appealed) return block.timestamp < c.until ? owner() : address(0);
        if (c.status != ClaimStatus.Open || block.timestamp < c.until) return address(0);
        if (c.amount == 0 && !c.disputed) return address(0);
        uint256 operatorUntil = _operatorUntil(c);
        if (block.timestamp < operatorUntil) return POOLS.operatorOf(c.pool);
        return block.timestamp < operatorUntil + OWNER_WINDOW ? owner() : address(0);
    }

    function _concludesAt(Claim storage c) private view returns (uint256) {
        if (c.status == ClaimStatus.Closed) return 0;
        // what takes no money and is not disputed needs no decision
        if (c.status != ClaimStatus.Open || (c.amount == 0 && !c.disputed)) return c.until;
        return _operatorUntil(c) + OWNER_WINDOW;
    }

    function _known(uint256 id) private view returns (Claim storage c) {
        c = _claims[id];
        require(c.status != ClaimStatus.None, Claims_UnknownClaim(id));
    }

    function _inStatus(uint256 id, ClaimStatus need) private view returns (Claim storage c) {
        c = _known(id);
        require(c.status == need, Claims_WrongStatus(id, c.status, need));
    }

    function _requireUri(string calldata uri) private pure {
        uint256 length = bytes(uri).length;
        require(length <= MAX_URI, Claims_UriTooLong(length, MAX_URI));
    }
}
