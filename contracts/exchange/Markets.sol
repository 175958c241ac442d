// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IComputeClasses} from "../registry/IComputeClasses.sol";
import {IPools} from "../registry/IPools.sol";
import {BITCOIN, IMarkets, Market} from "./IMarkets.sol";

contract Markets is IMarkets {
    uint8 private constant BITCOIN_DECADE = 0;

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
        require(quote == BITCOIN, Markets_UnsupportedQuote(quote));
        require(POOLS.operatorOf(pool) != address(0), IPools.Pools_UnknownPool(pool));
        uint32 units = CLASSES.computeUnits(classId);
        id = ++_count;
        _ids[_key(pool, classId, quote)] = id;
        _markets[id] = Market({quote: quote, pool: pool, computeUnits: units, decade: BITCOIN_DECADE, class: classId});
        emit MarketOpened(id, pool, classId, quote, BITCOIN_DECADE, units);
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

    function _known(uint32 id) private view returns (Market storage m) {
        m = _markets[id];
        require(m.pool != 0, Markets_UnknownMarket(id));
    }

    function _key(uint32 pool, bytes32 classId, address quote) private pure returns (bytes32) {
        return keccak256(abi.encode(pool, classId, quote));
    }
}
