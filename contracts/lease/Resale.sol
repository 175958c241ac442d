// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IMarkets} from "../exchange/IMarkets.sol";
import {ILeases, Launch} from "./ILeases.sol";
import {Buyer, IResale, Offer, Purchase} from "./IResale.sol";

/// @dev Leases creates it and lets it hand leases over. It holds nothing.
contract Resale is IResale, EIP712 {
    bytes32 private constant OFFER =
        keccak256("Offer(bytes32 leaseId,address token,int256 premium,uint256 nonce,uint256 deadline)");
    bytes32 private constant BUY = keccak256(
        "Buy(bytes32 leaseId,address token,uint256 maxPrice,bytes32 refundScriptHash,bytes32 launchSpecHash,"
        "uint256 nonce,uint256 deadline)"
    );

    struct Listing {
        address seller;
        uint40 deadline;
        IERC20 token;
        int256 premium;
    }

    ILeases public immutable LEASES;
    IMarkets public immutable MARKETS;

    mapping(bytes32 leaseId => Listing) private _listings;
    /// @inheritdoc IResale
    mapping(bytes32 leaseId => mapping(address account => bool)) public override hasSold;
    mapping(address account => mapping(uint256 word => uint256 mask)) public override usedNonces;

    constructor(ILeases leases, IMarkets markets) EIP712("XOV Resale", "1") {
        LEASES = leases;
        MARKETS = markets;
    }

    /// @inheritdoc IResale
    function list(bytes32 id, IERC20 token, int256 premium, uint256 deadline) external {
        _requireHolder(id);
        require(deadline >= block.timestamp && deadline <= type(uint40).max, Resale_Expired(deadline, block.timestamp));
        _listings[id] = Listing(msg.sender, uint40(deadline), token, premium);
        emit Listed(id, msg.sender, token, premium, deadline);
    }

    /// @inheritdoc IResale
    function unlist(bytes32 id) external {
        _requireHolder(id);
        listing(id);
        delete _listings[id];
        emit Unlisted(id);
    }

    /// @inheritdoc IResale
    function buy(bytes32 id, Purchase calldata purchase, Launch calldata spec, Buyer calldata buyer)
        external
        returns (uint256)
    {
        return _buy(listing(id), purchase, spec, buyer);
    }

    /// @inheritdoc IResale
    function buyOffered(
        Offer calldata offer,
        bytes calldata signature,
        Purchase calldata purchase,
        Launch calldata spec,
        Buyer calldata buyer
    ) external returns (uint256) {
        bytes32 message =
            keccak256(abi.encode(OFFER, offer.leaseId, offer.token, offer.premium, offer.nonce, offer.deadline));
        address seller = LEASES.lease(offer.leaseId).holder;
        _useNonce(seller, offer.nonce);
        _requireSigned(seller, message, signature);
        return _buy(offer, purchase, spec, buyer);
    }

    /// @inheritdoc IResale
    function useNonces(uint256 word, uint256 mask) external {
        usedNonces[msg.sender][word] |= mask;
        emit NoncesUsed(msg.sender, word, mask);
    }

    /// @inheritdoc IResale
    function listing(bytes32 id) public view returns (Offer memory) {
        Listing memory l = _listings[id];
        require(l.seller != address(0) && l.seller == LEASES.lease(id).holder, Resale_NotListed(id));
        return Offer({leaseId: id, token: l.token, premium: l.premium, nonce: 0, deadline: l.deadline});
    }

    /// @inheritdoc IResale
    function priceOf(Offer memory offer) public view returns (uint256) {
        (address quote,,,) = MARKETS.scaleOf(LEASES.lease(offer.leaseId).market);
        // what is paid in another currency has no price here
        uint256 refundable = quote == address(offer.token) ? LEASES.statusOf(offer.leaseId).refundable : 0;
        int256 price = int256(refundable) + offer.premium;
        require(price >= 0, Resale_PriceBelowZero(offer.premium, refundable));
        return uint256(price);
    }

    function _buy(Offer memory offer, Purchase calldata purchase, Launch calldata spec, Buyer calldata buyer)
        private
        returns (uint256 price)
    {
        require(block.timestamp <= offer.deadline, Resale_Expired(offer.deadline, block.timestamp));
        address seller = LEASES.lease(offer.leaseId).holder;
        require(buyer.account != seller, Resale_ToItself(seller));
        price = priceOf(offer);
        require(price <= purchase.maxPrice, Resale_PriceAbove(price, purchase.maxPrice));
        if (msg.sender != buyer.account) _requireAgreed(offer, purchase, spec, buyer);
        delete _listings[offer.leaseId];
        hasSold[offer.leaseId][seller] = true;
        emit Sold(offer.leaseId, seller, buyer.account, offer.token, price);
        LEASES.handOver(offer.leaseId, buyer.account, offer.token, price, purchase.refundScript, spec);
    }

    function _requireAgreed(
        Offer memory offer,
        Purchase calldata purchase,
        Launch calldata spec,
        Buyer calldata buyer
    ) private {
        require(block.timestamp <= buyer.deadline, Resale_Expired(buyer.deadline, block.timestamp));
        _useNonce(buyer.account, buyer.nonce);
        bytes32 message = keccak256(
            abi.encode(
                BUY,
                offer.leaseId,
                offer.token,
                purchase.maxPrice,
                keccak256(purchase.refundScript),
                keccak256(spec.sealedSpec),
                buyer.nonce,
                buyer.deadline
            )
        );
        _requireSigned(buyer.account, message, buyer.signature);
    }

    function _requireHolder(bytes32 id) private view {
        address holder = LEASES.lease(id).holder;
        require(msg.sender == holder, Resale_NotHolder(id, msg.sender, holder));
    }

    function _useNonce(address account, uint256 nonce) private {
        (uint256 word, uint256 bit) = (nonce >> 8, 1 << (nonce & 0xFF));
        uint256 used = usedNonces[account][word];
        require(used & bit == 0, Resale_NonceUsed(account, nonce));
        usedNonces[account][word] = used | bit;
        emit NoncesUsed(account, word, bit);
    }

    function _requireSigned(address account, bytes32 message, bytes calldata signature) private view {
        bytes32 digest = _hashTypedDataV4(message);
        require(
            SignatureChecker.isValidSignatureNowCalldata(account, digest, signature),
            Resale_InvalidSignature(digest, account)
        );
    }
}
