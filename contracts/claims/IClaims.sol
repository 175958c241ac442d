// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What a claim says.
enum ClaimKind {
    None,
    Abuse, // by a lease's holder at that launch: what ran there
    FalseAttestation // of an appliance's provider: its stack is not what it attested, or is closed source
}

enum ClaimStatus {
    None,
    Open,
    Decided, // by the pool's operator; may be appealed
    Appealed,
    Closed
}

struct Claim {
    // slot 0
    address claimant;
    uint96 amount; // XOV base units claimed, and frozen until the end
    // slot 1
    address accused;
    uint96 bond; // XOV base units: the claimant's; a dispute and an appeal cost as much
    // slot 2
    uint256 subject; // a lease's id, or an appliance
    // slot 3
    uint96 costs; // XOV base units: the claimant's own, which the accused may have to bear
    uint96 penalty; // XOV base units that the decision takes
    uint32 pool;
    ClaimKind kind;
    ClaimStatus status;
    bool disputed;
    bool upheld; // by the decision
    // slot 4
    uint40 until; // unix seconds. Open: from when it is decided; Decided: appeal by; Appealed: decided by
}

/// @notice How a claim ended.
enum ClaimOutcome {
    Upheld,
    Dismissed,
    Uncontested, // neither disputed nor decided: karma or listing is lost, no money
    Lapsed // disputed and not decided
}

/// @title Claims against what users and providers have at stake
/// @notice Whoever claims posts a bond of a tenth of what is claimed, which is frozen meanwhile. The accused has a week to
/// dispute it with a bond as large; whose claim or dispute fails pays its bond to the other side. Money is taken only by a
/// decision: of the operator of the lease's pool when its user is accused, with appeal to the owner; of the owner when a
/// provider is, or when the operator is a party or has not decided in time. Of what is taken, the claimant gets its costs, at
/// most a tenth; the rest is burned.
///
/// Nobody can hold a claim up: every stage ends by itself, and anyone may then `conclude`. If the accused is silent and nobody
/// decides, an abuser's karma is zeroed and an appliance is delisted, but no money is lost; a dispute that nobody decides
/// ends with all bonds returned.
///
///     Open ─ operator decides → Decided ─ appeal → Appealed ─ owner decides → Closed
///       │                          └─ nobody appeals ─────────────────────→ Closed
///       └─ owner decides, or time passes ─────────────────────────────────→ Closed
///
/// Evidence is a hash and a URI in events; what it says is for whoever decides to judge.
interface IClaims {
    event ClaimOpened(
        uint256 indexed id,
        address indexed claimant,
        address indexed accused,
        Claim claim,
        bytes32 evidenceHash,
        string evidenceUri
    );
    event ClaimDisputed(uint256 indexed id, bytes32 evidenceHash, string evidenceUri);
    event ClaimDecided(
        uint256 indexed id, address indexed arbiter, bool upheld, uint256 penalty, bytes32 reasonsHash, string reasonsUri
    );
    event ClaimAppealed(uint256 indexed id, address indexed appellant, bytes32 evidenceHash, string evidenceUri);
    /// @notice Of the bonds, `toClaimant` and `toAccused` were paid; `taken` of the accused's money, `reward` of it to the
    /// claimant.
    event ClaimClosed(
        uint256 indexed id,
        ClaimOutcome indexed outcome,
        uint256 toClaimant,
        uint256 toAccused,
        uint256 taken,
        uint256 reward
    );

    error Claims_UnknownClaim(uint256 id);
    error Claims_UnknownKind();
    /// @notice The account never held the lease, or is not the appliance's provider.
    error Claims_NotAnswerable(uint256 subject, address accused);
    error Claims_AmountTooLarge(uint256 have, uint256 max);
    error Claims_CostsTooLarge(uint256 have, uint256 max);
    error Claims_PenaltyTooLarge(uint256 have, uint256 max);
    error Claims_UriTooLong(uint256 length, uint256 max);
    error Claims_NotAccused(uint256 id, address caller, address accused);
    error Claims_NotArbiter(uint256 id, address caller, address arbiter);
    error Claims_NotLoser(uint256 id, address caller, address loser);
    error Claims_WrongStatus(uint256 id, ClaimStatus have, ClaimStatus need);
    error Claims_AlreadyDisputed(uint256 id);
    error Claims_TooEarly(uint256 id, uint256 from, uint256 time);
    error Claims_TooLate(uint256 id, uint256 until, uint256 time);

    /// @notice Opens a claim; the bond comes from the caller's vault balance. `amount` is at most what the accused has at stake
    /// now; zero claims karma or listing only.
    /// @param subject the lease of an abuse, or the appliance of a false attestation
    /// @param accused who held the lease at the launch in question, now or before it was resold; or the appliance's provider
    /// @param costs the caller's, at most a tenth of `amount`
    /// @param evidenceHash keccak256 of what is at `evidenceUri`, which has at most 256 bytes
    function open(
        ClaimKind kind,
        uint256 subject,
        address accused,
        uint256 amount,
        uint256 costs,
        bytes32 evidenceHash,
        string calldata evidenceUri
    ) external returns (uint256 id);

    /// @notice The accused only, before the claim is up for decision; costs a bond from its vault balance.
    function dispute(uint256 id, bytes32 evidenceHash, string calldata evidenceUri) external;

    /// @notice Whoever is the arbiter now, `arbiterOf`. The owner's decision is final.
    /// @param penalty to be taken if upheld, at most the amount claimed
    function decide(uint256 id, bool upheld, uint256 penalty, bytes32 reasonsHash, string calldata reasonsUri) external;

    /// @notice Whom the operator's decision went against, within the appeal window; costs a bond from its vault balance.
    function appeal(uint256 id, bytes32 evidenceHash, string calldata evidenceUri) external;

    /// @notice Ends a claim whose time has come; anyone. Reverts with Claims_TooEarly.
    function conclude(uint256 id) external;

    /// @notice Who may decide now; the zero address when nobody may.
    function arbiterOf(uint256 id) external view returns (address);

    /// @notice Unix seconds from which `conclude` works if nothing else happens; zero for one that is closed.
    function concludesAt(uint256 id) external view returns (uint256);

    /// @notice What a claim of so much costs to open, XOV base units.
    function bondFor(uint256 amount) external pure returns (uint256);

    /// @notice Reverts with Claims_UnknownClaim.
    function claim(uint256 id) external view returns (Claim memory);
}
