// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Deposits} from "./Deposits.sol";
import {ITrust, ProviderAccount} from "./ITrust.sol";

/// @title What providers pay with
/// @notice A charge to a purse is one slot that the provider's record needs anyway; one to the vault costs three times as
/// much gas. What purses have spent is burned later, of many providers at once.
abstract contract Purses is Deposits {
    using SafeCast for uint256;

    mapping(address provider => ProviderAccount) internal _providers;

    /// @inheritdoc ITrust
    function fund(uint256 amount) external {
        ProviderAccount storage p = _providers[msg.sender];
        p.purse = (p.purse + amount).toUint80();
        emit PurseFunded(msg.sender, amount);
        VAULT.move(XOV, msg.sender, address(this), amount);
    }

    /// @inheritdoc ITrust
    function empty(uint256 amount) external {
        ProviderAccount storage p = _providers[msg.sender];
        require(p.purse >= amount, Trust_PurseTooSmall(msg.sender, p.purse, amount));
        p.purse -= uint80(amount);
        emit PurseEmptied(msg.sender, amount);
        VAULT.move(XOV, address(this), msg.sender, amount);
    }

    /// @inheritdoc ITrust
    function burnSpent(address[] calldata providers) external returns (uint256 amount) {
        for (uint256 i = 0; i < providers.length; ++i) {
            amount += _providers[providers[i]].spent;
            _providers[providers[i]].spent = 0;
        }
        VAULT.retire(address(this), amount);
        VAULT.burnRetired();
    }

    /// @inheritdoc ITrust
    function purseOf(address provider) external view returns (uint256 left, uint256 spent) {
        ProviderAccount storage p = _providers[provider];
        return (p.purse, p.spent);
    }

    /// @dev Takes the whole from the purse, or what there is from the vault balance. `p` is for the caller to save.
    function _charge(ProviderAccount memory p, address provider, uint256 cost) internal returns (uint256 paid) {
        if (p.purse < cost || p.spent + cost > type(uint80).max) return VAULT.retire(provider, cost);
        p.purse -= uint80(cost);
        p.spent += uint80(cost);
        return cost;
    }
}
