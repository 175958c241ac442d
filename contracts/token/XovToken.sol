// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {Time} from "@openzeppelin/contracts/utils/types/Time.sol";

/// @title XOV, the token that providers stake and that penalties burn
/// @notice ERC-20 with EIP-2612 permits and ERC-5805 votes. The whole supply is minted once; nobody can mint more.
contract XovToken is ERC20, ERC20Burnable, ERC20Permit, ERC20Votes {
    /// @param treasury receives the whole supply
    /// @param supply in base units (18 decimals)
    constructor(address treasury, uint256 supply) ERC20("XOV", "XOV") ERC20Permit("XOV") {
        _mint(treasury, supply);
    }

    /// @notice Votes are counted by time, since the chain's block interval is not ours to know (ERC-6372).
    function clock() public view override returns (uint48) {
        return Time.timestamp();
    }

    /// @notice How to read `clock` (ERC-6372).
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public pure override returns (string memory) {
        return "mode=timestamp";
    }

    /// @inheritdoc ERC20Permit
    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
        super._update(from, to, value);
    }
}
