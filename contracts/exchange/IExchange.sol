// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Launch, Terms} from "../lease/ILeases.sol";
import {Permit} from "../token/IVault.sol";
import {PriceCode} from "./PriceCode.sol";

struct AskParams {
    uint32 appliance;
    uint32 market; // of the appliance's pool
    PriceCode price;
    uint16 quantity; // instances
    uint40 expiry; // unix seconds, at most MAX_LIFETIME ahead
    uint8 confirmations; // that a bitcoin payment needs, 1 to 144; zero for tokens
    uint16 prepaidHours; // the longest prepayment, 1 to 720; in bitcoin, where it has to be covered, to 168
    uint96 bond; // XOV base units that reserving one instance costs until it is paid; zero for tokens
}

struct Ask {
    // slot 0
    uint32 appliance; // zero once the ask is gone
    uint32 market;
    PriceCode price;
    uint16 quantity; // instances left
    uint16 unfunded; // instances taken and not yet paid
    uint40 expiry;
    uint8 confirmations;
    uint16 prepaidHours;
    // slot 1
    uint96 bond;
    uint96 lockPerInstance; // XOV base units locked for each instance left
}

/// @title The exchange: asks for compute, and taking one by its id
/// @notice An ask locks stake for its whole quantity, so that whatever is listed can be filled: per instance the start
/// penalty and, in a bitcoin market, collateral for its longest prepayment at the pool's ratio.
interface IExchange {
    event AskPlaced(uint40 indexed order, uint32 indexed appliance, uint32 indexed market, Ask ask);
    event AskReduced(uint40 indexed order, uint16 quantity);
    event AskRemoved(uint40 indexed order);
    event AskTaken(uint40 indexed order, bytes32 indexed leaseId, uint16 quantity);
    event ReservationEnded(uint40 indexed order);

    error Exchange_NotLeases(address caller);
    error Exchange_UnknownOrder(uint40 order);
    error Exchange_InvalidPrice(PriceCode price);
    error Exchange_QuantityOutOfBounds(uint256 have, uint256 min, uint256 max);
    error Exchange_ConfirmationsOutOfBounds(uint256 have, uint256 min, uint256 max);
    error Exchange_PaidInBitcoin(uint40 order);
    error Exchange_BondWithoutReservation(uint256 bond);
    error Exchange_PrepaidHoursOutOfBounds(uint256 have, uint256 min, uint256 max);
    error Exchange_ExpiryOutOfBounds(uint256 have, uint256 min, uint256 max);
    error Exchange_WrongPool(uint32 market, uint32 have, uint32 need);
    error Exchange_Expired(uint40 order, uint256 expiry, uint256 time);
    error Exchange_TooManyUnfunded(uint40 order, uint256 unfunded, uint256 left);
    error Exchange_SoldOut(uint40 order);
    error Exchange_TermsMismatch(bytes32 field, uint256 have, uint256 need);
    error Exchange_PrepaymentOutOfBounds(uint256 have, uint256 min, uint256 max);

    /// @notice Places an ask; the appliance's provider or hot key. Reverts with Providers_StakeTooSmall when the free
    /// stake does not cover it.
    function place(AskParams calldata params) external returns (uint40 order);

    /// @notice Lowers what is left to `quantity` (at least 1); the appliance's provider or hot key.
    function reduce(uint40 order, uint16 quantity) external;

    /// @notice Removes an ask; the appliance's provider or hot key, and anyone once it has expired.
    function cancel(uint40 order) external;

    /// @notice Takes one instance of an ask for the holder who signed `terms`, which must name the ask's appliance, class,
    /// quote and price, and a prepayment between an hour and the ask's longest. From its vault balance the caller pays the
    /// prepayment, or in a bitcoin market posts the reservation bond. At most a quarter of a bitcoin ask (but always one)
    /// may be unfunded.
    /// @param signature of the terms by the holder; may be empty when the caller is the holder
    function take(uint40 order, Terms calldata terms, bytes calldata signature, Launch calldata launch)
        external
        returns (bytes32 leaseId);

    /// @notice `take` after a deposit of `amount` of the quote token into the caller's vault balance by EIP-2612 permit.
    /// Reverts with Exchange_PaidInBitcoin for terms whose quote is no token.
    function takeWithPermit(
        uint40 order,
        Terms calldata terms,
        bytes calldata signature,
        Launch calldata launch,
        uint256 amount,
        Permit calldata permit
    ) external returns (bytes32 leaseId);

    /// @notice Leases only: an instance of the ask is no longer waiting for its payment.
    function endReservation(uint40 order) external;

    /// @notice Zeroes once the ask is gone.
    function ask(uint40 order) external view returns (Ask memory);
}
