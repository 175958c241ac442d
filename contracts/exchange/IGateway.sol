// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Launch} from "../lease/ILeases.sol";
import {AskParams, BidParams, Execution, SweepParams} from "./IExchange.sol";
import {OrderId} from "./OrderId.sol";
import {PriceCode} from "./PriceCode.sol";

/// @notice What goes with an order that somebody else posts.
struct Signed {
    address account; // for whom: a bidder, an appliance's provider, or its hot key
    uint256 nonce; // any that the account has not used
    uint256 deadline; // unix seconds: the last at which it may be posted
    bytes signature; // EIP-712, by the account's key or its contract (ERC-1271)
}

/// @title The exchange's gateway: several calls in one, and orders by signature
/// @notice Makers and takers who sign need no gas: anyone may post what they signed. Each of these functions does what the
/// exchange's of the same name does, as `signed.account`; what is paid for comes from that
/// account's vault balance. The EIP-712 domain is name "XOV Exchange", version "1", this chain and this contract; each type is
/// the function's parameters in their order, with `execution`'s members after them, then `nonce` and `deadline`:
///
/// PlaceAsk(uint32 appliance,uint32 market,uint16 price,uint16 quantity,uint32 expiry,uint8 confirmations,
/// uint16 prepaidHours,uint96 bond,uint16 startFee,uint8 timeInForce,uint8 selfTrade,uint8 maxFills,uint256 nonce,
/// uint256 deadline)
/// PlaceBid(uint32 market,uint16 price,uint16 quantity,uint16 duration,uint32 expiry,uint8 timeInForce,uint8 selfTrade,
/// uint8 maxFills,uint256 nonce,uint256 deadline)
/// Sweep(uint32[] markets,uint16 price,uint16 quantity,uint16 duration,uint8 timeInForce,uint8 selfTrade,uint8 maxFills,
/// uint256 nonce,uint256 deadline)
/// Fill(uint120 order,uint16 maxPrice,uint16 quantity,uint16 duration,bytes32 launchSpecHash,uint256 nonce,uint256 deadline)
/// Reduce(uint120 order,uint16 quantity,uint256 nonce,uint256 deadline)
/// Cancel(uint120[] orders,uint256 nonce,uint256 deadline)
///
/// Nonces need no order. Using one sets its bit, the low 8 bits of the nonce, in the word of the others; an account may set
/// any bits of a word at once, and so cancel up to 256 signed orders that were not posted yet.
/// Warning: who signs with a key that an appliance's provider has revoked signs in vain: the exchange asks when it is posted.
interface IGateway {
    event NoncesUsed(address indexed account, uint256 indexed word, uint256 mask);

    error Gateway_MarketMismatch(uint32 have, uint32 need);
    error Gateway_Expired(uint256 deadline, uint256 time);
    error Gateway_InvalidSignature(bytes32 digest, address account);
    error Gateway_NonceUsed(address account, uint256 nonce);

    /// @notice Makes these calls to the exchange for the caller, in order; reverts as a whole with the first error.
    function batch(bytes[] calldata calls) external returns (bytes[] memory results);

    /// @notice `batch` after opening a market, whose first orders may be among the calls. Reverts unless its id is `expected`:
    /// another market may have opened since the calls were written.
    function batchInMarket(uint32 pool, bytes32 classId, address quote, uint32 expected, bytes[] calldata calls)
        external
        returns (bytes[] memory results);

    function placeAsk(AskParams calldata params, Execution calldata execution, Signed calldata signed)
        external
        returns (OrderId order, uint256 filled);

    function placeBid(BidParams calldata params, Execution calldata execution, Signed calldata signed)
        external
        returns (OrderId order, uint256 filled);

    function sweep(SweepParams calldata params, Execution calldata execution, Signed calldata signed)
        external
        returns (uint256 filled);

    /// @notice The hash of the launch spec is signed, not its sealing key's.
    function fill(
        OrderId order,
        PriceCode maxPrice,
        uint16 quantity,
        uint16 duration,
        Launch calldata launch,
        Signed calldata signed
    ) external;

    function reduce(OrderId order, uint16 quantity, Signed calldata signed) external;

    /// @notice As the exchange's `cancelMany`.
    function cancel(OrderId[] calldata orders, Signed calldata signed) external;

    /// @notice The caller will not have used what it signed with the nonces of the mask's bits in `word`.
    function useNonces(uint256 word, uint256 mask) external;

    /// @notice The used nonces `256 × word` to `256 × word + 255` of an account, one bit each.
    function usedNonces(address account, uint256 word) external view returns (uint256 mask);
}
