// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Launch} from "./ILeases.sol";

/// @notice For what a holder gives a lease away.
struct Offer {
    bytes32 leaseId;
    IERC20 token; // paid in
    // base units of the token: added to what is refundable when it is sold, and in a discount less than zero; of a lease paid
    // in bitcoin or in another token, the whole price
    int256 premium;
    uint256 nonce; // zero and unused for an offer that is listed
    uint256 deadline; // unix seconds: the last at which it may be taken
}

/// @notice What a buyer takes.
struct Purchase {
    uint256 maxPrice; // base units of the offer's token, at most
    bytes refundScript; // of a bitcoin lease: the buyer's own, a standard scriptPubKey or empty; else empty
}

/// @notice Who buys.
struct Buyer {
    address account; // pays from its vault balance
    uint256 nonce; // both without meaning when the account itself calls
    uint256 deadline; // unix seconds
    bytes signature; // EIP-712, by the account's key or its contract (ERC-1271); empty when the account itself calls
}

/// @title Resale: a lease passes to another holder, for money
/// @notice The holder lists a lease, or signs an offer that anyone may show; the buyer pays, becomes the holder and has its own
/// launch spec asked for, all in one step. What the lease's arithmetic rests on does not change; its limit and its refunds are the
/// new holder's. A Reserved lease that is not launched may be sold without a spec; every other is rebuilt, so that the
/// seller's access ends. A lease that is waiting for payment or for its first start, is used up or is under notice cannot be sold.
///
/// The EIP-712 domain is name "XOV Resale", version "1", this chain and this contract:
/// Offer(bytes32 leaseId,address token,int256 premium,uint256 nonce,uint256 deadline)
/// Buy(bytes32 leaseId,address token,uint256 maxPrice,bytes32 refundScriptHash,bytes32 launchSpecHash,uint256 nonce,
/// uint256 deadline)
/// The nonces of an account need no order and serve both; any of a word can be cancelled at once.
/// Warning: until the provider has rebuilt the instance, the seller may still reach it, and what it held is lost to the buyer.
interface IResale {
    event Listed(bytes32 indexed leaseId, address indexed seller, IERC20 token, int256 premium, uint256 deadline);
    event Unlisted(bytes32 indexed leaseId);
    event Sold(
        bytes32 indexed leaseId, address indexed seller, address indexed buyer, IERC20 token, uint256 price
    );
    event NoncesUsed(address indexed account, uint256 indexed word, uint256 mask);

    error Resale_NotHolder(bytes32 leaseId, address caller, address holder);
    error Resale_NotListed(bytes32 leaseId);
    error Resale_Expired(uint256 deadline, uint256 time);
    error Resale_InvalidSignature(bytes32 digest, address account);
    error Resale_NonceUsed(address account, uint256 nonce);
    error Resale_PriceAbove(uint256 price, uint256 max);
    /// @notice The discount is more than what is refundable.
    error Resale_PriceBelowZero(int256 premium, uint256 refundable);
    error Resale_ToItself(address holder);

    /// @notice Lists a lease of the caller; a later listing replaces it, and so does a sale.
    function list(bytes32 leaseId, IERC20 token, int256 premium, uint256 deadline) external;

    /// @notice Takes a listing of the caller back.
    function unlist(bytes32 leaseId) external;

    /// @notice Buys a lease that is listed.
    /// @param spec sealed to the lease's appliance; empty only for a Reserved lease that is not launched
    function buy(bytes32 leaseId, Purchase calldata purchase, Launch calldata spec, Buyer calldata buyer)
        external
        returns (uint256 price);

    /// @notice Buys a lease that its holder has offered by signature.
    function buyOffered(
        Offer calldata offer,
        bytes calldata signature,
        Purchase calldata purchase,
        Launch calldata spec,
        Buyer calldata buyer
    ) external returns (uint256 price);

    /// @notice The caller will not have used what it signed with the nonces of the mask's bits in `word`.
    function useNonces(uint256 word, uint256 mask) external;

    /// @notice Reverts with Resale_NotListed unless its present holder lists it.
    function listing(bytes32 leaseId) external view returns (Offer memory);

    /// @notice Whether the account has held the lease, and sold it.
    function hasSold(bytes32 leaseId, address account) external view returns (bool);

    /// @notice What an offer would cost now.
    function priceOf(Offer calldata offer) external view returns (uint256);

    /// @notice The used nonces `256 × word` to `256 × word + 255` of an account, one bit each.
    function usedNonces(address account, uint256 word) external view returns (uint256 mask);
}
