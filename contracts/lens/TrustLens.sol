// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAttestations} from "../licence/IAttestations.sol";
import {IProviders} from "../registry/IProviders.sol";
import {StartPricing} from "../trust/StartPrice.sol";
import {ITrust, UserStatus} from "../trust/ITrust.sol";
import {AttestationStatus, ITrustLens, PriceStatus, ProviderStatus, StartQuote} from "./ITrustLens.sol";

contract TrustLens is ITrustLens {
    ITrust public immutable TRUST;
    IProviders public immutable PROVIDERS;
    IAttestations public immutable ATTESTATIONS;

    constructor(ITrust trust, IProviders providers, IAttestations attestations) {
        TRUST = trust;
        PROVIDERS = providers;
        ATTESTATIONS = attestations;
    }

    /// @inheritdoc ITrustLens
    function quoteStarts(address holder, uint256 units, uint256 count) external view returns (StartQuote memory q) {
        UserStatus memory u = TRUST.userOf(holder);
        q.available = u.limit - Math.min(u.used, u.limit);
        q.withinLimitCount = units == 0 ? count : Math.min(count, q.available / units);
        q.withinLimit = q.withinLimitCount == count;
        if (q.withinLimit) return q;
        try TRUST.startPrice(Math.saturatingMul(count - q.withinLimitCount, units)) returns (uint256 cost) {
            q.price = cost;
        } catch {
            q.exhausted = true;
        }
    }

    /// @inheritdoc ITrustLens
    function price() external view returns (PriceStatus memory s) {
        StartPricing memory p;
        (p, s.perUnit, s.excess) = TRUST.pricing();
        s.floor = p.floor;
        s.excess = Math.ceilDiv(s.excess, 1e9);
        (s.target, s.globalRate) = (TRUST.targetRate(), TRUST.globalRate());
    }

    /// @inheritdoc ITrustLens
    function userOf(address account) external view returns (UserStatus memory) {
        return TRUST.userOf(account);
    }

    /// @inheritdoc ITrustLens
    function providerOf(address account) external view returns (ProviderStatus memory s) {
        s.stake = PROVIDERS.stakeOf(account);
        s.record = TRUST.recordOf(account);
        (s.purse,) = TRUST.purseOf(account);
        s.seizable = PROVIDERS.seizable(account);
    }

    /// @inheritdoc ITrustLens
    function attestationOf(uint32 appliance) external view returns (AttestationStatus memory s) {
        s.attestation = ATTESTATIONS.attestationOf(appliance);
        uint256 until = s.attestation.expiresAt;
        s.listable = until > block.timestamp;
        s.secondsLeft = s.listable ? until - block.timestamp : 0;
    }
}
