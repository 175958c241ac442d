// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Attestation} from "../licence/IAttestations.sol";
import {ProviderRecord, UserStatus} from "../trust/ITrust.sol";
import {StakeStatus} from "../registry/IProviders.sol";

/// @notice What a start of an instance would mean for its holder now.
struct StartQuote {
    bool withinLimit; // it is free
    uint256 available; // thousandths of a compute unit that the holder may start within its limit
    uint256 price; // XOV base units that starting all of them now costs the provider; of those within the limit none
    uint256 withinLimitCount; // of the instances
    bool exhausted; // so many cannot start now
}

/// @notice How anonymous starts are priced now.
struct PriceStatus {
    uint256 perUnit; // XOV base units for one compute unit, at the margin
    uint256 floor; // XOV base units for one compute unit in a quiet time
    uint256 excess; // seconds until the price is the floor again
    uint256 target; // thousandths of a compute unit an hour that keep the price as it is
    uint256 globalRate; // thousandths of a compute unit that the network runs on average
}

/// @notice What is publicly known of a provider.
struct ProviderStatus {
    StakeStatus stake;
    ProviderRecord record;
    uint256 purse; // XOV base units, for its fees and start prices
    uint256 seizable; // XOV base units that a claim could take
}

/// @notice What is attested of an appliance.
struct AttestationStatus {
    Attestation attestation;
    bool listable; // at this moment
    uint256 secondsLeft; // of its being so
}

/// @title What pages and command lines ask about trust, in one call each
interface ITrustLens {
    /// @notice For `count` instances of `units` thousandths of a compute unit each.
    function quoteStarts(address holder, uint256 units, uint256 count) external view returns (StartQuote memory);

    /// @notice The price of an anonymous start now.
    function price() external view returns (PriceStatus memory);

    /// @notice As `ITrust.userOf`.
    function userOf(address account) external view returns (UserStatus memory);

    /// @notice Zeroes for an unknown provider.
    function providerOf(address account) external view returns (ProviderStatus memory);

    /// @notice Zeroes for an appliance that never attested.
    function attestationOf(uint32 appliance) external view returns (AttestationStatus memory);
}
