// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Launch} from "../lease/ILeases.sol";
import {AskParams, BidParams, Execution, IExchange, SweepParams} from "./IExchange.sol";
import {IGateway, Signed} from "./IGateway.sol";
import {IMarkets} from "./IMarkets.sol";
import {OrderId} from "./OrderId.sol";
import {PriceCode} from "./PriceCode.sol";

/// @dev The exchange creates it and believes it whom a call is for: the account's address follows the calldata (ERC-2771).
/// Every call that leaves from here ends in the caller's own address or in that of who signed it.
contract Gateway is IGateway, EIP712 {
    bytes32 private constant PLACE_ASK = keccak256(
        "PlaceAsk(uint32 appliance,uint32 market,uint16 price,uint16 quantity,uint32 expiry,uint8 confirmations,"
        "uint16 prepaidHours,uint96 bond,uint16 startFee,uint8 timeInForce,uint8 selfTrade,uint8 maxFills,uint256 nonce,"
        "uint256 deadline)"
    );
    bytes32 private constant PLACE_BID = keccak256(
        "PlaceBid(uint32 market,uint16 price,uint16 quantity,uint16 duration,uint32 expiry,uint8 timeInForce,"
        "uint8 selfTrade,uint8 maxFills,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant SWEEP = keccak256(
        "Sweep(uint32[] markets,uint16 price,uint16 quantity,uint16 duration,uint8 timeInForce,uint8 selfTrade,"
        "uint8 maxFills,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant FILL = keccak256(
        "Fill(uint120 order,uint16 maxPrice,uint16 quantity,uint16 duration,bytes32 launchSpecHash,uint256 nonce,"
        "uint256 deadline)"
    );
    bytes32 private constant REDUCE =
        keccak256("Reduce(uint120 order,uint16 quantity,uint256 nonce,uint256 deadline)");
    bytes32 private constant CANCEL = keccak256("Cancel(uint120[] orders,uint256 nonce,uint256 deadline)");

    IExchange public immutable EXCHANGE;
    IMarkets public immutable MARKETS;

    mapping(address account => mapping(uint256 word => uint256 mask)) public override usedNonces;

    constructor(IExchange exchange, IMarkets markets) EIP712("XOV Exchange", "1") {
        EXCHANGE = exchange;
        MARKETS = markets;
    }

    /// @inheritdoc IGateway
    function batch(bytes[] calldata calls) public returns (bytes[] memory results) {
        results = new bytes[](calls.length);
        for (uint256 i; i < calls.length; ++i) results[i] = _forward(calls[i], msg.sender);
    }

    /// @inheritdoc IGateway
    function batchInMarket(uint32 pool, bytes32 classId, address quote, uint32 expected, bytes[] calldata calls)
        external
        returns (bytes[] memory results)
    {
        uint32 market = MARKETS.open(pool, classId, quote);
        require(market == expected, Gateway_MarketMismatch(market, expected));
        return batch(calls);
    }

    /// @inheritdoc IGateway
    function placeAsk(AskParams calldata params, Execution calldata execution, Signed calldata signed)
        external
        returns (OrderId order, uint256 filled)
    {
        _verify(abi.encode(PLACE_ASK, params, execution, signed.nonce, signed.deadline), signed);
        bytes memory result = _forward(abi.encodeCall(IExchange.placeAsk, (params, execution)), signed.account);
        return abi.decode(result, (OrderId, uint256));
    }

    /// @inheritdoc IGateway
    function placeBid(BidParams calldata params, Execution calldata execution, Signed calldata signed)
        external
        returns (OrderId order, uint256 filled)
    {
        _verify(abi.encode(PLACE_BID, params, execution, signed.nonce, signed.deadline), signed);
        bytes memory result = _forward(abi.encodeCall(IExchange.placeBid, (params, execution)), signed.account);
        return abi.decode(result, (OrderId, uint256));
    }

    /// @inheritdoc IGateway
    function sweep(SweepParams calldata params, Execution calldata execution, Signed calldata signed)
        external
        returns (uint256 filled)
    {
        bytes32 markets = keccak256(abi.encodePacked(params.markets));
        bytes memory limits = abi.encode(params.price, params.quantity, params.duration, execution);
        _verify(bytes.concat(SWEEP, markets, limits, abi.encode(signed.nonce, signed.deadline)), signed);
        bytes memory result = _forward(abi.encodeCall(IExchange.sweep, (params, execution)), signed.account);
        return abi.decode(result, (uint256));
    }

    /// @inheritdoc IGateway
    function fill(
        OrderId order,
        PriceCode maxPrice,
        uint16 quantity,
        uint16 duration,
        Launch calldata launch,
        Signed calldata signed
    ) external {
        bytes memory limits = abi.encode(FILL, order, maxPrice, quantity, duration);
        bytes32 specHash = keccak256(launch.sealedSpec);
        _verify(bytes.concat(limits, abi.encode(specHash, signed.nonce, signed.deadline)), signed);
        _forward(abi.encodeCall(IExchange.fill, (order, maxPrice, quantity, duration, launch)), signed.account);
    }

    /// @inheritdoc IGateway
    function reduce(OrderId order, uint16 quantity, Signed calldata signed) external {
        _verify(abi.encode(REDUCE, order, quantity, signed.nonce, signed.deadline), signed);
        _forward(abi.encodeCall(IExchange.reduce, (order, quantity)), signed.account);
    }

    /// @inheritdoc IGateway
    function cancel(OrderId[] calldata orders, Signed calldata signed) external {
        bytes32 hash = keccak256(abi.encodePacked(orders));
        _verify(abi.encode(CANCEL, hash, signed.nonce, signed.deadline), signed);
        _forward(abi.encodeCall(IExchange.cancelMany, (orders)), signed.account);
    }

    /// @inheritdoc IGateway
    function useNonces(uint256 word, uint256 mask) external {
        usedNonces[msg.sender][word] |= mask;
        emit NoncesUsed(msg.sender, word, mask);
    }

    /// @dev Uses the nonce before anything else happens.
    function _verify(bytes memory message, Signed calldata s) private {
        require(block.timestamp <= s.deadline, Gateway_Expired(s.deadline, block.timestamp));
        (uint256 word, uint256 bit) = (s.nonce >> 8, 1 << (s.nonce & 0xFF));
        uint256 used = usedNonces[s.account][word];
        require(used & bit == 0, Gateway_NonceUsed(s.account, s.nonce));
        usedNonces[s.account][word] = used | bit;
        emit NoncesUsed(s.account, word, bit);
        bytes32 digest = _hashTypedDataV4(keccak256(message));
        require(
            SignatureChecker.isValidSignatureNowCalldata(s.account, digest, s.signature),
            Gateway_InvalidSignature(digest, s.account)
        );
    }

    function _forward(bytes memory call, address account) private returns (bytes memory) {
        return Address.functionCall(address(EXCHANGE), bytes.concat(call, bytes20(account)));
    }
}
