// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Claim, ClaimKind, ClaimStatus} from "../../claims/IClaims.sol";
import {AskParams, Execution} from "../../exchange/IExchange.sol";
import {PriceCode} from "../../exchange/PriceCode.sol";
import {StartFee} from "../../exchange/StartFee.sol";
import {leaseIdOf, OrderId} from "../../exchange/OrderId.sol";
import {Launch} from "../../lease/ILeases.sol";
import {vm} from "../../mocks/Vm.sol";
import {ISeizable} from "../../trust/ISeizable.sol";
import {System} from "../System.t.sol";

enum Done {
    OpenAbuse,
    OpenFalse,
    Dispute,
    Uphold,
    Dismiss,
    Confirm,
    Overturn,
    Appeal,
    Conclude,
    Lapse,
    Unstake,
    Withdraw,
    TakeLess
}

/// @notice What a claim should have, by what was done to it.
struct ClaimGhost {
    uint256 id;
    address claimant;
    address accused;
    bool abuse;
    uint256 amount;
    uint256 posted; // bonds, of all
    uint256 returned; // of them, at the end
    bool closed;
}

/// @title Claims of every kind against users and providers who put in and take out what they have at stake
/// @notice This contract is the pools' operator and the owner. Every action has nothing to do or must succeed.
abstract contract ClaimActions is System {
    /// @dev The last ones are for `complete`.
    uint256 private constant MAX_CLAIMS = 32;
    bytes32 private constant HASH = keccak256("evidence");

    ClaimGhost[] internal _claims;
    bytes32[] private _leaseOf;
    /// @notice Seized and not paid to claimants.
    uint256 public burned;
    bool private _completing;
    mapping(address account => uint256) public atStake;
    mapping(Done kind => uint256) public times;

    constructor() {
        for (uint256 i; i < USER_COUNT; ++i) {
            _leaseOf.push(_lease(i));
            vault.deposit(xov, 1e22, user(i));
            vm.prank(user(i));
            trust.deposit(1e21);
            atStake[user(i)] = 1e21;
        }
        for (uint256 i; i < PROVIDER_COUNT; ++i) atStake[provider(i)] = providers.seizable(provider(i));
    }

    function claimGhosts() external view returns (ClaimGhost[] memory) {
        return _claims;
    }

    function open(uint256 who, uint256 against, bool abuse, uint256 amount, uint256 costs) public {
        if (_claims.length >= (_completing ? MAX_CLAIMS : 24)) return;
        (who, against) = (who % USER_COUNT, against % USER_COUNT);
        ISeizable stake = abuse ? ISeizable(trust) : ISeizable(providers);
        address accused = abuse ? user(against) : provider(against);
        // now and then of nothing but karma, or the listing
        amount = amount % 8 == 0 ? 0 : amount % (stake.seizable(accused) + 1);
        address claimant = user(who);
        uint256 bond = claims.bondFor(amount);
        vault.deposit(xov, bond, claimant);
        vm.prank(claimant);
        uint256 id = claims.open(
            abuse ? ClaimKind.Abuse : ClaimKind.FalseAttestation,
            abuse ? uint256(_leaseOf[against]) : against + 1,
            accused,
            amount,
            costs % (amount / 10 + 1),
            HASH,
            "uri"
        );
        _claims.push(ClaimGhost(id, claimant, accused, abuse, amount, bond, 0, false));
        ++times[abuse ? Done.OpenAbuse : Done.OpenFalse];
    }

    function dispute(uint256 which) public {
        (bool found, uint256 i, Claim memory c) = _in(ClaimStatus.Open, which);
        if (!found || c.disputed || block.timestamp >= c.until) return;
        _post(i, c.accused, c.bond);
        vm.prank(c.accused);
        claims.dispute(_claims[i].id, HASH, "uri");
        ++times[Done.Dispute];
    }

    function appeal(uint256 which) public {
        (bool found, uint256 i, Claim memory c) = _in(ClaimStatus.Decided, which);
        if (!found || block.timestamp >= c.until) return;
        address loser = c.upheld ? c.accused : c.claimant;
        _post(i, loser, c.bond);
        vm.prank(loser);
        claims.appeal(_claims[i].id, HASH, "uri");
        ++times[Done.Appeal];
    }

    function decide(uint256 which, bool upheld, uint256 penalty) public {
        for (uint256 n; n < _claims.length; ++n) {
            uint256 i = (which % _claims.length + n) % _claims.length;
            if (claims.arbiterOf(_claims[i].id) != address(this)) continue;
            (Claim memory c, uint256[3] memory before) = (claims.claim(_claims[i].id), _money(i));
            bool appealed = c.status == ClaimStatus.Appealed;
            if (appealed) ++times[upheld == c.upheld ? Done.Confirm : Done.Overturn];
            penalty = upheld ? penalty % (uint256(c.amount) + 1) : 0;
            claims.decide(_claims[i].id, upheld, penalty, HASH, "uri");
            ++times[upheld ? Done.Uphold : Done.Dismiss];
            return _settled(i, before);
        }
    }

    function conclude(uint256 which) public {
        for (uint256 n; n < _claims.length; ++n) {
            uint256 i = (which % _claims.length + n) % _claims.length;
            uint256 from = claims.concludesAt(_claims[i].id);
            if (from == 0 || block.timestamp < from) continue;
            bool undecided = claims.claim(_claims[i].id).status == ClaimStatus.Open;
            uint256[3] memory before = _money(i);
            claims.conclude(_claims[i].id);
            ++times[undecided ? Done.Lapse : Done.Conclude];
            return _settled(i, before);
        }
    }

    /// @notice Asks for what is free, and takes what has cooled down and is not frozen.
    function unstake(uint256 who, uint256 amount, bool isUser) public {
        address account = isUser ? user(who % USER_COUNT) : provider(who % PROVIDER_COUNT);
        uint256 most = isUser ? trust.userOf(account).deposit : providers.stakeOf(account).free;
        uint256 leavesAt = isUser ? trust.userOf(account).leavesAt : providers.stakeOf(account).leavesAt;
        if (leavesAt != 0) return _withdraw(account, isUser, leavesAt);
        if (most < 10) return;
        vm.prank(account);
        if (isUser) trust.requestWithdrawal(amount % (most / 4) + 1);
        else providers.requestUnstake(amount % (most / 4) + 1);
        ++times[Done.Unstake];
    }

    /// @notice More at stake.
    function stake(uint256 who, uint256 amount, bool isUser) public {
        address account = isUser ? user(who % USER_COUNT) : provider(who % PROVIDER_COUNT);
        amount = amount % 1e21 + 1;
        vault.deposit(xov, amount, account);
        vm.prank(account);
        if (isUser) trust.deposit(amount);
        else providers.stake(amount);
        atStake[account] += amount;
    }

    function pass(uint256 amount) public {
        vm.warp(block.timestamp + amount % 5 days + 1);
    }

    /// @notice What chance has left out.
    function complete() external {
        _completing = true;
        for (uint256 n; n < 2; ++n) {
            // the operator's decision, and the owner's on the appeal
            uint256 i = _claims.length;
            open(0, 1, true, 1e18 + 1, 1e16);
            if (i == _claims.length) break;
            dispute(i);
            decide(i, true, 1e17);
            appeal(i);
            decide(i, n == 0, 1e17);
        }
        _takeTwice();
        for (uint256 n; n < 2; ++n) {
            open(0, 1, n == 0, 1e18 + 1, 1e16);
            dispute(_claims.length - 1);
            decide(_claims.length - 1, n == 0, 1e17);
            appeal(_claims.length - 1);
            // all that who leaves has, so that nothing may be paid out
            stake(0, 1e18, n == 0);
            uint256 all = n == 0 ? trust.seizable(user(0)) : providers.seizable(provider(0));
            open(1, 0, n == 0, all % 8 == 0 ? all - 1 : all, 0);
            unstake(0, 1e15, n == 0);
            vm.warp(block.timestamp + 120 days);
            unstake(0, 1e15, n == 0);
            for (uint256 k; k < MAX_CLAIMS; ++k) conclude(k);
        }
    }

    /// @dev Two claims of all that a provider has; the first takes half of it.
    function _takeTwice() private {
        stake(2, 1e18, false);
        uint256 all = providers.seizable(provider(2));
        for (uint256 n; n < 2; ++n) open(0, 2, false, all % 8 == 0 ? all - 1 : all, all / 10);
        for (uint256 i = _claims.length - 2; i < _claims.length; ++i) {
            dispute(i);
            decide(i, true, i + 1 == _claims.length ? all - 1 : all / 2);
        }
    }

    function _withdraw(address account, bool isUser, uint256 leavesAt) private {
        if (block.timestamp < leavesAt) return;
        uint256 had = vault.balanceOf(xov, account);
        vm.prank(account);
        if (isUser) trust.withdraw();
        else providers.withdrawStake();
        uint256 left = vault.balanceOf(xov, account) - had;
        atStake[account] -= left;
        require(left == 0 || _stakeOf(account, isUser) >= _frozen(account, isUser), "2: paid out of a freeze");
        ++times[Done.Withdraw];
    }

    function _stakeOf(address account, bool isUser) private view returns (uint256) {
        return isUser ? trust.seizable(account) : providers.seizable(account);
    }

    function _frozen(address account, bool isUser) private view returns (uint256) {
        return isUser ? trust.userOf(account).frozen : providers.stakeOf(account).frozen;
    }

    function _post(uint256 i, address by, uint256 bond) private {
        vault.deposit(xov, bond, by);
        _claims[i].posted += bond;
    }

    /// @dev Of the parties together, at stake with the accused, and retired.
    function _money(uint256 i) private view returns (uint256[3] memory) {
        ClaimGhost storage g = _claims[i];
        uint256 both = vault.balanceOf(xov, g.claimant);
        if (g.accused != g.claimant) both += vault.balanceOf(xov, g.accused);
        return [both, _stakeOf(g.accused, g.abuse), vault.balanceOf(xov, address(0))];
    }

    /// @dev Of a claim that is closed now: each bond went to a party, and what was taken to the claimant or nowhere.
    function _settled(uint256 i, uint256[3] memory before) private {
        ClaimGhost storage g = _claims[i];
        if (claims.claim(g.id).status != ClaimStatus.Closed) return;
        uint256[3] memory after_ = _money(i);
        (uint256 taken, uint256 retired) = (before[1] - after_[1], after_[2] - before[2]);
        g.closed = true;
        g.returned = after_[0] - before[0] - (taken - retired);
        require((taken - retired) * 10 <= taken, "1: more than a tenth for the claimant");
        burned += retired;
        if (taken < claims.claim(g.id).penalty) ++times[Done.TakeLess];
        atStake[g.accused] -= taken;
    }

    function _in(ClaimStatus status, uint256 which) private view returns (bool, uint256, Claim memory c) {
        for (uint256 n; n < _claims.length; ++n) {
            uint256 i = (which % _claims.length + n) % _claims.length;
            c = claims.claim(_claims[i].id);
            if (c.status == status) return (true, i, c);
        }
        return (false, 0, c);
    }

    /// @dev Of a user, for what it is accused of; it locks some of a provider's stake.
    function _lease(uint256 i) private returns (bytes32) {
        AskParams memory p = AskParams({
            appliance: uint32(i + 1),
            market: marketOf(i, true),
            price: PriceCode.wrap(uint16(i)),
            quantity: 2,
            expiry: 0,
            confirmations: 0,
            prepaidHours: 0,
            bond: 0,
            startFee: StartFee.wrap(0)
        });
        Execution memory goodTill;
        vm.prank(provider(i));
        (OrderId order,) = exchange.placeAsk(p, goodTill);
        Launch memory none;
        vm.prank(user(i));
        exchange.fill(order, p.price, 1, 1, none);
        return leaseIdOf(order, 2);
    }
}
