// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IProviders} from "../registry/IProviders.sol";
import {Attestation, Component, IAttestations, Level} from "./IAttestations.sol";
import {LicencePolicy, Spdx} from "./Spdx.sol";

contract Attestations is IAttestations, Ownable2Step {
    using Spdx for LicencePolicy;

    /// @notice How long an attestation counts, seconds.
    uint256 public constant PERIOD = 30 days;
    /// @notice From the withdrawal of a licence until it is no longer accepted, seconds: longer than any attestation, and than
    /// any ask, that rests on it.
    uint256 public constant NOTICE = 45 days;
    /// @notice How long a claim keeps an appliance off the book, seconds.
    uint256 public constant BAR = 7 days;
    uint256 public constant MAX_COMPONENTS = 32;
    uint256 private constant LEVELS = 3;
    uint256 private constant MAX_FIELD = 128;

    IProviders public immutable PROVIDERS;
    address public immutable CLAIMS;

    LicencePolicy private _policy;
    mapping(uint32 appliance => Attestation) private _attestations;

    constructor(IProviders providers, address claims, string[] memory licences, string[] memory exceptions, address owner)
        Ownable(owner)
    {
        PROVIDERS = providers;
        CLAIMS = claims;
        _accept(licences, false);
        _accept(exceptions, true);
    }

    // ----------------------------------------------------------------- policy

    /// @inheritdoc IAttestations
    function accept(string[] calldata ids, bool exceptions) external onlyOwner {
        _accept(ids, exceptions);
    }

    /// @inheritdoc IAttestations
    function withdraw(string calldata id, bool exception) external onlyOwner {
        bytes32 key = Spdx.keyOf(id);
        mapping(bytes32 => uint40) storage ids = exception ? _policy.exceptions : _policy.licences;
        require(ids[key] > block.timestamp, Attestations_NotAccepted(id));
        uint256 until = Math.min(ids[key], block.timestamp + NOTICE);
        ids[key] = uint40(until);
        emit LicenceWithdrawn(id, exception, until);
    }

    /// @inheritdoc IAttestations
    function acceptedUntil(string calldata expression) external view returns (uint256) {
        uint256 until = _policy.acceptedUntil(expression);
        return until > block.timestamp ? until : 0;
    }

    // ----------------------------------------------------------- attestations

    /// @inheritdoc IAttestations
    function attest(uint32 appliance, Component[] calldata components) external returns (uint256 expiresAt) {
        PROVIDERS.authorize(appliance, msg.sender);
        Attestation storage a = _attestations[appliance];
        require(block.timestamp >= a.barredUntil, Attestations_Barred(appliance, a.barredUntil));
        expiresAt = Math.min(block.timestamp + PERIOD, _judge(components));
        (a.attestedAt, a.expiresAt) = (uint40(block.timestamp), uint40(expiresAt));
        a.componentsHash = keccak256(abi.encode(components));
        emit Attested(appliance, expiresAt, components);
        PROVIDERS.setAttested(appliance, expiresAt);
    }

    /// @inheritdoc IAttestations
    function revoke(uint32 appliance) external {
        require(msg.sender == CLAIMS, Attestations_NotClaims(msg.sender));
        Attestation storage a = _attestations[appliance];
        a.expiresAt = uint40(Math.min(a.expiresAt, block.timestamp));
        a.barredUntil = uint40(block.timestamp + BAR);
        emit AttestationRevoked(appliance, a.barredUntil);
        PROVIDERS.setAttested(appliance, 0);
    }

    /// @inheritdoc IAttestations
    function expiryOf(uint32 appliance) external view returns (uint256) {
        return _attestations[appliance].expiresAt;
    }

    /// @inheritdoc IAttestations
    function attestationOf(uint32 appliance) external view returns (Attestation memory) {
        return _attestations[appliance];
    }

    // --------------------------------------------------------------- internal

    function _accept(string[] memory ids, bool exceptions) private {
        mapping(bytes32 => uint40) storage policy = exceptions ? _policy.exceptions : _policy.licences;
        for (uint256 i = 0; i < ids.length; ++i) {
            require(Spdx.isIdentifier(ids[i]), Attestations_InvalidIdentifier(ids[i]));
            policy[Spdx.keyOf(ids[i])] = type(uint40).max;
            emit LicenceAccepted(ids[i], exceptions);
        }
    }

    /// @dev Until when all licences are accepted.
    function _judge(Component[] calldata components) private view returns (uint256 until) {
        uint256 count = components.length;
        require(
            count >= LEVELS && count <= MAX_COMPONENTS,
            Attestations_ComponentsOutOfBounds(count, LEVELS, MAX_COMPONENTS)
        );
        until = type(uint40).max;
        uint256 levels;
        for (uint256 i = 0; i < count; ++i) {
            Component calldata c = components[i];
            _requireField(i, "name", c.name);
            _requireField(i, "version", c.version);
            _requireField(i, "source", c.source);
            _requireField(i, "commit", c.commit);
            uint256 accepted = _policy.acceptedUntil(c.licence);
            require(accepted > block.timestamp, Attestations_LicenceNotAccepted(i, c.licence));
            until = Math.min(until, accepted);
            levels |= 1 << uint256(c.level);
        }
        for (uint256 i = 0; i < LEVELS; ++i) {
            require(levels & (1 << i) != 0, Attestations_LevelMissing(Level(i)));
        }
    }

    function _requireField(uint256 component, bytes32 field, string calldata value) private pure {
        uint256 length = bytes(value).length;
        require(
            length > 0 && length <= MAX_FIELD, Attestations_FieldOutOfBounds(component, field, length, MAX_FIELD)
        );
    }
}
