// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IComputeClasses} from "../registry/IComputeClasses.sol";
import {IPools} from "../registry/IPools.sol";
import {BITCOIN, IMarkets, Market} from "./IMarkets.sol";

contract Markets is IMarkets {
    uint8 private constant BITCOIN_DECADE = 0;
    uint8 private constant MAX_DECIMALS = 18;
    uint8 private constant PRICE_DECIMALS = 6;

    IPools public immutable POOLS;
    IComputeClasses public immutable CLASSES;

    uint32 private _count;
    mapping(uint32 id => Market) private _markets;
    mapping(bytes32 key => uint32 id) private _ids;

    constructor(IPools pools, IComputeClasses classes) {
        POOLS = pools;
        CLASSES = classes;
    }

    /// @inheritdoc IMarkets
    function open(uint32 pool, bytes32 classId, address quote) external returns (uint32 id) {
        id = marketOf(pool, classId, quote);
        if (id != 0) return id;
        require(POOLS.operatorOf(pool) != address(0), IPools.Pools_UnknownPool(pool));
        uint32 units = CLASSES.computeUnits(classId);
        id = ++_count;
        _ids[_key(pool, classId, quote)] = id;
        uint8 decade = quote == BITCOIN ? BITCOIN_DECADE : _decadeOf(quote);
        _markets[id] = Market({quote: quote, pool: pool, computeUnits: units, decade: decade, class: classId});
        emit MarketOpened(id, pool, classId, quote, decade, units);
    }

    /// @inheritdoc IMarkets
    function market(uint32 id) external view returns (Market memory) {
        return _known(id);
    }

    /// @inheritdoc IMarkets
    function scaleOf(uint32 id)
        external
        view
        returns (address quote, uint32 pool, uint32 computeUnits, uint8 decade)
    {
        Market storage m = _known(id);
        return (m.quote, m.pool, m.computeUnits, m.decade);
    }

    /// @inheritdoc IMarkets
    function marketOf(uint32 pool, bytes32 classId, address quote) public view returns (uint32) {
        return _ids[_key(pool, classId, quote)];
    }

    /// @dev The lowest price is a thousandth of a token, or the smallest four digits when it has fewer decimals.
    function _decadeOf(address token) private view returns (uint8) {
        uint8 decimals = IERC20Metadata(token).decimals();
        require(decimals <= MAX_DECIMALS, Markets_UnsupportedQuote(token));
        return decimals > PRICE_DECIMALS ? decimals - PRICE_DECIMALS : 0;
    }

    function _known(uint32 id) private view returns (Market storage m) {
        m = _markets[id];
        require(m.pool != 0, Markets_UnknownMarket(id));
    }

    function _key(uint32 pool, bytes32 classId, address quote) private pure returns (bytes32) {
        return keccak256(abi.encode(pool, classId, quote));
    }
}
