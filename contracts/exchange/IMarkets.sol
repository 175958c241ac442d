// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev The quote of markets that are paid in native bitcoin, in millisatoshi.
address constant BITCOIN = address(0);

struct Market {
    // slot 0
    address quote; // an ERC-20, or BITCOIN
    uint32 pool;
    uint32 computeUnits; // of one instance, thousandths
    uint8 decade; // exponent of the lowest price decade
    // slot 1
    bytes32 class;
}

/// @title Markets: (pool, class, quote), each with an id and its price scale
interface IMarkets {
    event MarketOpened(
        uint32 indexed market,
        uint32 indexed pool,
        bytes32 indexed classId,
        address quote,
        uint8 decade,
        uint32 computeUnits
    );

    error Markets_UnknownMarket(uint32 market);
    error Markets_UnsupportedQuote(address quote);

    /// @notice The market's id; opens it when it is new. Anyone may. Reverts for an unknown pool, class or quote.
    /// Bitcoin markets go from 1 satoshi (1,000 msat) to 9,999,000 satoshi per instance-hour, those of tokens with 6 to 18
    /// decimals from 0.001 to 9,999 tokens. Reverts with Markets_UnsupportedQuote for a token with more.
    function open(uint32 pool, bytes32 classId, address quote) external returns (uint32 market);

    /// @notice Reverts with Markets_UnknownMarket.
    function market(uint32 id) external view returns (Market memory);

    /// @notice `market` without the class, in one storage read. Reverts with Markets_UnknownMarket.
    function scaleOf(uint32 id)
        external
        view
        returns (address quote, uint32 pool, uint32 computeUnits, uint8 decade);

    /// @notice Zero when no such market is open.
    function marketOf(uint32 pool, bytes32 classId, address quote) external view returns (uint32);
}
