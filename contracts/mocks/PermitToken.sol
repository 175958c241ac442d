// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @notice An honest ERC-20 with permits (EIP-2612) and as many decimals as asked for. All of it is the deployer's.
contract PermitToken is ERC20Permit {
    uint8 private immutable DECIMALS;

    constructor(uint8 decimals_, uint256 supply) ERC20("Dollar", "USD") ERC20Permit("Dollar") {
        DECIMALS = decimals_;
        _mint(msg.sender, supply);
    }

    function decimals() public view override returns (uint8) {
        return DECIMALS;
    }
}
