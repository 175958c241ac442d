// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICreditable} from "../bitcoin/ICreditable.sol";

/// @notice Leases of which only the balance is kept, for tests of what credits them.
contract CreditableMock is ICreditable {
    struct Lease {
        bytes32 bitcoinKey;
        uint8 confirmations;
        uint248 spent;
        uint256 balance;
    }

    mapping(bytes32 leaseId => Lease) public leases;

    error CreditableMock_UnknownLease(bytes32 leaseId);

    function open(bytes32 leaseId, bytes32 bitcoinKey, uint8 confirmations) external {
        leases[leaseId] = Lease(bitcoinKey, confirmations, 0, 1);
    }

    function spend(bytes32 leaseId, uint248 amount) external {
        leases[leaseId].balance -= amount;
        leases[leaseId].spent += amount;
    }

    function bitcoinTerms(bytes32 leaseId) external view returns (bytes32 bitcoinKey, uint8 confirmations) {
        Lease storage lease = leases[leaseId];
        if (lease.bitcoinKey == 0) revert CreditableMock_UnknownLease(leaseId);
        return (lease.bitcoinKey, lease.confirmations);
    }

    function credit(bytes32 leaseId, uint256 amount) external {
        leases[leaseId].balance += amount;
    }

    function uncredit(bytes32 leaseId, uint256 amount) external returns (uint256 taken) {
        uint256 balance = leases[leaseId].balance;
        taken = amount < balance ? amount : balance;
        leases[leaseId].balance = balance - taken;
    }
}
