// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @notice How a token treats who relies on it.
enum Manner {
    Honest,
    TakesTenth, // a tenth of every transfer is burned
    MovesNothing, // says true and does nothing
    ReturnsFalse,
    ReturnsNothing, // moves, without a return value
    Reverts,
    CallsBack, // calls whom it was told to, then moves
    Drains // takes a unit from the receiver instead
}

/// @notice An ERC-20 that lies in the manner chosen.
contract LyingToken is ERC20 {
    error LyingToken_Reverts();

    Manner private _manner;
    address private _target;
    bytes private _call;

    constructor() ERC20("Lying", "LIE") {
        _mint(msg.sender, 1e24);
    }

    /// @notice Lies so from now on.
    function setManner(Manner manner) external {
        _manner = manner;
    }

    /// @notice What CallsBack calls.
    function setCall(address target, bytes calldata data) external {
        (_target, _call) = (target, data);
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        _move(msg.sender, to, amount);
        return _answer();
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        _spendAllowance(from, msg.sender, amount);
        _move(from, to, amount);
        return _answer();
    }

    function _move(address from, address to, uint256 amount) private {
        if (_manner == Manner.Reverts) revert LyingToken_Reverts();
        if (_manner == Manner.MovesNothing || _manner == Manner.ReturnsFalse) return;
        if (_manner == Manner.CallsBack) Address.functionCall(_target, _call);
        if (_manner == Manner.Drains) return _transfer(to, from, 1);
        _transfer(from, to, amount);
        if (_manner == Manner.TakesTenth) _burn(to, amount / 10);
    }

    function _answer() private view returns (bool) {
        if (_manner == Manner.ReturnsNothing) {
            // solhint-disable-next-line no-inline-assembly
            assembly {
                return(0, 0)
            }
        }
        return _manner != Manner.ReturnsFalse;
    }
}
