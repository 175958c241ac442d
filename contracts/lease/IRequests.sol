// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {State} from "./ILeases.sol";

/// @title Requests: what a holder asks its lease's provider for, beside the lease
/// @notice Events alone: nothing is stored and no money moves. An appliance answers with `ILeases.postAccess`, sealed to the
/// holder, as often as its provider pleases. What is asked for is public, what is answered is not.
/// Warning: a signature counts until its deadline, any number of times: whoever repeats it pays for an event that asks again for
/// what was asked for.
interface IRequests {
    /// @notice The holder wants the log of the instance's console and, where there is one, a graphical console's address.
    event ConsoleRequested(bytes32 indexed leaseId, uint32 indexed appliance);

    error Requests_NotHolder(bytes32 leaseId, address caller, address holder);
    error Requests_NotActive(bytes32 leaseId, State state);
    error Requests_SignatureExpired(uint256 deadline, uint256 nowAt);
    error Requests_DeadlineTooLate(uint256 deadline, uint256 latest);
    error Requests_InvalidSignature(bytes32 digest, address holder);

    /// @notice The lease's holder only, while it is active. Reverts with Leases_UnknownLease for one that is not there.
    function requestConsole(bytes32 leaseId) external;

    /// @notice The same by anyone with the holder's EIP-712 signature of `Console(bytes32 leaseId,uint256 deadline)`, or what
    /// the holder's contract takes for one (ERC-1271).
    /// @param deadline unix seconds: the last at which it counts; at most MAX_LIFETIME from now
    function requestConsoleBySig(bytes32 leaseId, uint256 deadline, bytes calldata signature) external;
}
