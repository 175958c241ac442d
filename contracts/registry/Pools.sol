// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPoolFees} from "../trust/IPoolFees.sol";
import {Admission, IPools, PoolRules} from "./IPools.sol";

contract Pools is IPools {
    uint256 private constant MIN_NAME = 3;

    IPoolFees public immutable TRUST;

    uint32 private _count;
    mapping(uint32 pool => PoolRules) private _rules;
    mapping(uint32 pool => address) public override operatorOf;
    mapping(bytes32 name => uint32 pool) public override poolNamed;
    mapping(uint32 pool => mapping(address provider => bool)) private _listed;

    modifier onlyOperator(uint32 pool) {
        address operator = operatorOf[pool];
        require(operator != address(0), Pools_UnknownPool(pool));
        require(msg.sender == operator, Pools_NotOperator(pool, msg.sender, operator));
        _;
    }

    constructor(IPoolFees trust) {
        TRUST = trust;
    }

    /// @inheritdoc IPools
    function create(bytes32 name, PoolRules calldata rules) external returns (uint32 pool) {
        require(_isValidName(name), Pools_InvalidName(name));
        require(poolNamed[name] == 0, Pools_NameTaken(name, poolNamed[name]));
        pool = ++_count;
        poolNamed[name] = pool;
        operatorOf[pool] = msg.sender;
        _rules[pool] = rules;
        emit PoolCreated(pool, name, msg.sender, rules);
        TRUST.setPoolFee(pool, rules.fee);
    }

    /// @inheritdoc IPools
    function setRules(uint32 pool, PoolRules calldata rules) external onlyOperator(pool) {
        _rules[pool] = rules;
        emit RulesChanged(pool, rules);
        TRUST.setPoolFee(pool, rules.fee);
    }

    /// @inheritdoc IPools
    function setOperator(uint32 pool, address operator) external onlyOperator(pool) {
        require(operator != address(0), Pools_ZeroAddress());
        operatorOf[pool] = operator;
        emit OperatorChanged(pool, operator);
    }

    /// @inheritdoc IPools
    function setListed(uint32 pool, address provider, bool listed) external onlyOperator(pool) {
        _listed[pool][provider] = listed;
        emit ProviderListed(pool, provider, listed);
    }

    /// @inheritdoc IPools
    function isAdmitted(uint32 pool, address provider) external view returns (bool) {
        return rulesOf(pool).admission == Admission.Open || _listed[pool][provider];
    }

    /// @inheritdoc IPools
    function admissionOf(uint32 pool, address provider) external view returns (bool admitted, uint256 minimumStake) {
        PoolRules storage r = _rules[pool];
        admitted = r.admission == Admission.Open || _listed[pool][provider];
        minimumStake = r.minimumStake;
        // rules of zeroes are an unknown pool's, or may be
        if (minimumStake == 0) rulesOf(pool);
    }

    /// @inheritdoc IPools
    function rulesOf(uint32 pool) public view returns (PoolRules memory) {
        require(operatorOf[pool] != address(0), Pools_UnknownPool(pool));
        return _rules[pool];
    }

    function _isValidName(bytes32 name) private pure returns (bool) {
        uint256 length;
        while (length < 32 && name[length] != 0) {
            if (!_isNameCharacter(name[length++])) return false;
        }
        // what follows the first zero must be zero, or one name could be written in several ways
        return length >= MIN_NAME && (length == 32 || uint256(name) << (8 * length) == 0);
    }

    function _isNameCharacter(bytes1 c) private pure returns (bool) {
        return (c >= "a" && c <= "z") || (c >= "0" && c <= "9") || c == "-";
    }
}
