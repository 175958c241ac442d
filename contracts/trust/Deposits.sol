// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IVault} from "../token/IVault.sol";
import {XovToken} from "../token/XovToken.sol";
import {ISeizable} from "./ISeizable.sol";
import {Account, ITrust, LimitParameters, UserStatus} from "./ITrust.sol";
import {Thawing, ThawingShares} from "./Thawing.sol";
import {TrustParameters} from "./TrustParameters.sol";

/// @title What users have at stake, what may be taken of it, and the limit that it gives
abstract contract Deposits is TrustParameters {
    using SafeCast for uint256;
    using ThawingShares for Thawing;

    /// @notice How long a withdrawal cools down, seconds.
    uint256 public constant COOL_DOWN = 14 days;
    /// @dev A compute-unit-hour in thousandths × seconds.
    uint256 internal constant UNIT_HOUR = 1000 * 1 hours;

    XovToken public immutable XOV;
    IVault public immutable VAULT;
    address public immutable CLAIMS;

    mapping(address account => Account) internal _accounts;
    mapping(address account => Thawing) private _cooling;
    mapping(address account => uint256) private _frozen;
    mapping(address account => uint256) internal _upheld;

    modifier onlyClaims() {
        require(msg.sender == CLAIMS, Trust_NotClaims(msg.sender));
        _;
    }

    constructor(XovToken xov, IVault vault, address claims) {
        XOV = xov;
        VAULT = vault;
        CLAIMS = claims;
    }

    /// @inheritdoc ITrust
    function deposit(uint256 amount) external {
        require(amount > 0, Trust_ZeroAmount());
        Account storage a = _accounts[msg.sender];
        a.deposit = (a.deposit + amount).toUint96();
        emit Deposited(msg.sender, amount);
        VAULT.move(XOV, msg.sender, address(this), amount);
    }

    /// @inheritdoc ITrust
    function requestWithdrawal(uint256 amount) external {
        require(amount > 0, Trust_ZeroAmount());
        Account memory a = _accounts[msg.sender];
        require(a.deposit >= amount, Trust_DepositTooSmall(msg.sender, a.deposit, amount));
        a.deposit -= amount.toUint96();
        uint256 limit = _limitOf(a);
        require(limit >= a.used, Trust_LimitInUse(msg.sender, limit, a.used));
        _accounts[msg.sender].deposit = a.deposit;
        uint256 leavesAt = block.timestamp + COOL_DOWN;
        _cooling[msg.sender].request(amount, leavesAt);
        emit WithdrawalRequested(msg.sender, amount, leavesAt);
    }

    /// @inheritdoc ITrust
    function withdraw() external returns (uint256 amount) {
        amount = _cooling[msg.sender].collect();
        require(amount > 0, Trust_NothingToWithdraw(msg.sender));
        Account storage a = _accounts[msg.sender];
        uint256 total = seizable(msg.sender) + amount;
        uint256 free = total - Math.min(_frozen[msg.sender], total);
        uint256 kept = amount - Math.min(amount, free);
        if (kept > 0) a.deposit = (a.deposit + kept).toUint96();
        amount -= kept;
        emit Withdrawn(msg.sender, amount, kept);
        if (amount > 0) VAULT.move(XOV, address(this), msg.sender, amount);
    }

    // ----------------------------------------------------------------- claims

    /// @inheritdoc ISeizable
    function freeze(address account, uint256 amount) external onlyClaims {
        uint256 frozen = _frozen[account] += amount;
        emit Frozen(account, amount, frozen);
    }

    /// @inheritdoc ISeizable
    function unfreeze(address account, uint256 amount) external onlyClaims {
        uint256 frozen = _frozen[account] -= amount;
        emit Unfrozen(account, amount, frozen);
    }

    /// @inheritdoc ISeizable
    function seize(address account, uint256 amount, address payee, uint256 reward)
        external
        onlyClaims
        returns (uint256 taken)
    {
        Account storage a = _accounts[account];
        Thawing storage t = _cooling[account];
        (uint256 kept, uint256 cooling) = (a.deposit, t.tokens);
        taken = Math.min(amount, kept + cooling);
        if (taken > 0) {
            uint256 cooled = Math.mulDiv(taken, cooling, kept + cooling);
            a.deposit = (kept - (taken - cooled)).toUint96();
            t.slash(cooled);
        }
        reward = Math.min(reward, taken);
        emit Seized(account, taken, payee, reward);
        if (reward > 0) VAULT.move(XOV, address(this), payee, reward);
        if (taken > reward) VAULT.retire(address(this), taken - reward);
    }

    /// @inheritdoc ITrust
    function zeroKarma(address account) external onlyClaims {
        Account storage a = _accounts[account];
        emit KarmaZeroed(account, a.karma);
        a.karma = 0;
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc ISeizable
    function seizable(address account) public view returns (uint256) {
        return uint256(_accounts[account].deposit) + _cooling[account].tokens;
    }

    /// @inheritdoc ITrust
    function limitOf(address account) external view returns (uint256) {
        return _limitOf(_accounts[account]);
    }

    /// @inheritdoc ITrust
    function userOf(address account) external view returns (UserStatus memory) {
        Account memory a = _accounts[account];
        Thawing storage t = _cooling[account];
        return UserStatus({
            deposit: a.deposit,
            cooling: t.tokens,
            frozen: _frozen[account],
            leavesAt: t.firstLeavesAt(),
            karma: a.karma,
            limit: _limitOf(a),
            used: a.used,
            upheld: _upheld[account]
        });
    }

    /// @dev Thousandths of a compute unit, rounded down.
    function _limitOf(Account memory a) internal view returns (uint256) {
        LimitParameters memory p = _limit;
        // none of it reaches 180 bits, and a unit's deposit is never zero
        unchecked {
            return (a.deposit + uint256(a.karma) * p.karmaValue / UNIT_HOUR) * 1000 / p.unitDeposit;
        }
    }

    /// @dev Uses the limit if it reaches.
    function _useLimit(address holder, uint256 units) internal returns (bool) {
        Account memory a = _accounts[holder];
        uint256 used = uint256(a.used) + units;
        if (used > _limitOf(a)) return false;
        // this member alone: to write the whole struct costs one more write for each of them
        _accounts[holder].used = used.toUint48();
        return true;
    }
}
