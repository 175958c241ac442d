// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Where in an appliance's stack a component stands.
enum Level {
    Hypervisor,
    Network,
    Storage
}

/// @notice One part of the stack below an instance.
struct Component {
    Level level;
    string name; // "QEMU", for example
    string version; // as the cluster reports it
    string licence; // an SPDX licence expression
    string source; // where its source code is
    string commit; // or the tag, of that version
}

/// @notice What an appliance has attested.
struct Attestation {
    uint40 attestedAt; // unix seconds
    uint40 expiresAt; // unix seconds; of one that was revoked, when
    uint40 barredUntil; // unix seconds: no new one before, after a claim
    bytes32 componentsHash; // keccak256(abi.encode(components))
}

/// @title Attestations: what an appliance runs on is open source
/// @notice An appliance attests each component of its stack at hypervisor, network and storage level, with an SPDX licence
/// expression that the policy accepts. An attestation lapses after PERIOD. An ask expires no later.
///
/// The policy is a set of SPDX licence identifiers and one of exceptions, of the owner. To withdraw one takes NOTICE, which is
/// longer than PERIOD: an attestation counts as long as its expression is accepted, so that what was attested before a
/// withdrawal was announced stands to its end, and nothing that is withdrawn is listed a day longer than announced.
///
/// Of an expression `A OR B` one side must be accepted, of `A AND B` both; `A WITH E` needs the licence and the exception;
/// `A+` is accepted where `A` is. Identifiers are compared without regard to case, as SPDX has it.
/// Warning: an attestation is its provider's word. A false one can be claimed (`IClaims`).
interface IAttestations {
    event LicenceAccepted(string id, bool exception);
    event LicenceWithdrawn(string id, bool exception, uint256 until);
    event Attested(uint32 indexed appliance, uint256 expiresAt, Component[] components);
    event AttestationRevoked(uint32 indexed appliance, uint256 barredUntil);

    error Attestations_NotClaims(address caller);
    error Attestations_InvalidIdentifier(string id);
    error Attestations_NotAccepted(string id);
    error Attestations_ComponentsOutOfBounds(uint256 have, uint256 min, uint256 max);
    error Attestations_LevelMissing(Level level);
    /// @notice Name, version, source and commit have 1 to `max` bytes each.
    error Attestations_FieldOutOfBounds(uint256 component, bytes32 field, uint256 length, uint256 max);
    error Attestations_LicenceNotAccepted(uint256 component, string licence);
    error Attestations_Barred(uint32 appliance, uint256 until);

    /// @notice The owner only: accepts licences, or exceptions to them, by their SPDX identifiers; at once and until withdrawn.
    function accept(string[] calldata ids, bool exceptions) external;

    /// @notice The owner only: no longer accepts an identifier after NOTICE.
    function withdraw(string calldata id, bool exception) external;

    /// @notice Attests the whole stack of an appliance anew; its provider or hot key. 3 to 32 components, at least one of each
    /// level, each under a licence that is accepted.
    /// @return expiresAt unix seconds
    function attest(uint32 appliance, Component[] calldata components) external returns (uint256 expiresAt);

    /// @notice Claims only: ends an attestation, and bars the appliance from another for BAR.
    function revoke(uint32 appliance) external;

    /// @notice Unix seconds until which the appliance may be listed; zero for one that never attested.
    function expiryOf(uint32 appliance) external view returns (uint256);

    /// @notice Zeroes for an appliance that never attested.
    function attestationOf(uint32 appliance) external view returns (Attestation memory);

    /// @notice Unix seconds until which an SPDX expression is accepted; zero if it is not.
    /// Reverts with Spdx_Invalid for what is no expression.
    function acceptedUntil(string calldata expression) external view returns (uint256);
}
