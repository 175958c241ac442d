// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {ILeases, Lease, State} from "./ILeases.sol";
import {IRequests} from "./IRequests.sol";

contract Requests is IRequests, EIP712 {
    /// @notice The longest that a signature may count from when it is used, seconds.
    uint256 public constant MAX_LIFETIME = 1 days;

    bytes32 private constant CONSOLE_TYPE_HASH = keccak256("Console(bytes32 leaseId,uint256 deadline)");

    ILeases public immutable LEASES;

    constructor(ILeases leases) EIP712("XOV Requests", "1") {
        LEASES = leases;
    }

    /// @inheritdoc IRequests
    function requestConsole(bytes32 leaseId) external {
        Lease memory lease = LEASES.lease(leaseId);
        require(msg.sender == lease.holder, Requests_NotHolder(leaseId, msg.sender, lease.holder));
        _requestConsole(leaseId, lease);
    }

    /// @inheritdoc IRequests
    function requestConsoleBySig(bytes32 leaseId, uint256 deadline, bytes calldata signature) external {
        require(block.timestamp <= deadline, Requests_SignatureExpired(deadline, block.timestamp));
        uint256 latest = block.timestamp + MAX_LIFETIME;
        require(deadline <= latest, Requests_DeadlineTooLate(deadline, latest));
        Lease memory lease = LEASES.lease(leaseId);
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(CONSOLE_TYPE_HASH, leaseId, deadline)));
        require(
            SignatureChecker.isValidSignatureNowCalldata(lease.holder, digest, signature),
            Requests_InvalidSignature(digest, lease.holder)
        );
        _requestConsole(leaseId, lease);
    }

    function _requestConsole(bytes32 leaseId, Lease memory lease) private {
        require(lease.state == State.Active, Requests_NotActive(leaseId, lease.state));
        emit ConsoleRequested(leaseId, lease.appliance);
    }
}
