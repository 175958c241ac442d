// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BlockProof, TransactionProof} from "../bitcoin/BitcoinProof.sol";
import {Sha256d} from "../bitcoin/Sha256d.sol";
import {Debt, Refund, REFUND_FEE, RefundOutputs, SMALLEST_DEBT} from "../lease/IBitcoinDebts.sol";
import {BitcoinSide, Lease, State, Terms} from "../lease/ILeases.sol";
import {Kind, LeaseGhost} from "./Ghosts.t.sol";
import {LeaseActions} from "./LeaseActions.t.sol";

/// @notice A refund that was proven and is neither confirmed nor revoked.
struct RefundGhost {
    uint256 lease; // index
    bytes32 txid;
    bytes32 blockHash;
    bool removed;
}

/// @title Refunds, the blocks that they are in, and claims of collateral
abstract contract DebtActions is LeaseActions {
    RefundGhost[] private _pending;
    uint32 private _refundsMade;

    /// @notice A provider refunds all of what is owed, or a part, or more.
    function refund(uint256 which, uint256 sats) external {
        uint256 i = _indebted(which, true);
        if (i == _leases.length) return;
        uint256 all = debts.owedOf(_leases[i].id) / 1000 + 1;
        _refund(i, sats % 3 == 0 ? all : _within(sats, 1, all));
    }

    /// @notice Bitcoin removes the block of a refund.
    function removeRefund(uint256 which) external {
        if (_pending.length > 0 && which % 4 == 0) _remove(which / 4 % _pending.length);
    }

    function confirmRefund(uint256 which) external {
        for (uint256 n = 0; n < _pending.length; n++) {
            uint256 k = (which % _pending.length + n) % _pending.length;
            RefundGhost storage r = _pending[k];
            if (r.removed) return _revoke(k);
            if (block.timestamp >= debts.refundOf(r.txid, 0).confirmableAt) return _confirm(k);
        }
    }

    function claim(uint256 which) external {
        uint256 i = _indebted(which, false);
        if (i < _leases.length) _claim(i);
    }

    function collect(uint256 which) external {
        for (uint256 n = 0; n < _leases.length; n++) {
            uint256 i = (which % _leases.length + n) % _leases.length;
            Debt memory d = debts.debtOf(_leases[i].id);
            if (d.claimed > 0 && block.timestamp >= d.payableAt) return _collect(i);
        }
    }

    /// @dev The block has one transaction, which is its own root.
    /// @return k its place among those that are pending
    function _refund(uint256 i, uint256 sats) internal returns (uint256 k) {
        LeaseGhost storage g = _leases[i];
        Terms memory terms = _termsOf[g.id];
        bytes memory raw = _refundTransaction(g.id, terms.refundScript, uint64(sats));
        bytes32 txid = Sha256d.data(raw);
        bytes memory header = abi.encodePacked(new bytes(36), txid, _littleEndian32(uint32(block.timestamp)), uint64(0));
        uint256 owed = debts.owedOf(g.id);
        debts.prove(
            terms, BlockProof(7, header), TransactionProof(0, raw, new bytes32[](0)), RefundOutputs({paid: 0, mark: 1})
        );
        uint256 settled = sats * 1000 + REFUND_FEE >= owed ? owed : sats * 1000;
        assert(debts.refundOf(txid, 0).settled == settled);
        assert(debts.owedOf(g.id) == owed - settled);
        g.refunding += settled;
        _pending.push(RefundGhost(i, txid, Sha256d.data(header), false));
        done[Kind.Refund]++;
        return _pending.length - 1;
    }

    function _remove(uint256 k) internal {
        lightClient.remove(_pending[k].blockHash);
        _pending[k].removed = true;
    }

    function _confirm(uint256 k) internal {
        RefundGhost memory r = _pending[k];
        LeaseGhost storage g = _leases[r.lease];
        uint256 settled = debts.refundOf(r.txid, 0).settled;
        uint256 owed = leases.statusOf(g.id).refundable;
        debts.confirm(r.txid, 0);
        g.refunding -= settled;
        g.settled += settled < owed ? settled : owed;
        _drop(k);
        done[Kind.ConfirmRefund]++;
        _look(r.lease);
    }

    function _revoke(uint256 k) internal {
        RefundGhost memory r = _pending[k];
        Refund memory stored = debts.refundOf(r.txid, 0);
        debts.revoke(r.txid, 0);
        _leases[r.lease].refunding -= stored.settled;
        _drop(k);
        done[Kind.RevokeRefund]++;
    }

    function _claim(uint256 i) internal {
        debts.claim(_termsOf[_leases[i].id]);
        done[Kind.Claim]++;
    }

    function _collect(uint256 i) internal {
        LeaseGhost storage g = _leases[i];
        (uint256 had, uint256 owed) = (vault.balanceOf(xov, user(g.holder)), leases.statusOf(g.id).refundable);
        uint256 collateral = debts.collect(g.id);
        assert(vault.balanceOf(xov, user(g.holder)) == had + collateral);
        g.settled += owed - leases.statusOf(g.id).refundable;
        g.forfeited += collateral;
        staked[g.provider] -= collateral;
        done[Kind.Collect]++;
        _look(i);
    }

    /// @dev The number of the refund tells it from every other one.
    function _refundTransaction(bytes32 id, bytes memory script, uint64 sats) private returns (bytes memory) {
        bytes memory input = abi.encodePacked(bytes32(uint256(++_refundsMade)), uint32(0), uint8(0), uint32(0));
        bytes memory paid = abi.encodePacked(_littleEndian64(sats), uint8(script.length), script);
        bytes memory mark = abi.encodePacked(uint64(0), uint8(34), hex"6a20", id);
        return abi.encodePacked(hex"02000000", uint8(1), input, uint8(2), paid, mark, uint32(0));
    }

    function _drop(uint256 k) private {
        _pending[k] = _pending[_pending.length - 1];
        _pending.pop();
    }

    /// @dev The first lease that something is owed for: to be refunded by bitcoin, or claimed from the collateral now; the
    /// ghosts' length when there is none.
    function _indebted(uint256 seed, bool refundable) private view returns (uint256) {
        for (uint256 n = 0; n < _leases.length; n++) {
            uint256 i = (seed % _leases.length + n) % _leases.length;
            LeaseGhost storage g = _leases[i];
            Lease memory l = leases.lease(g.id);
            if (g.token || l.state != State.Closed) continue;
            uint256 owed = debts.owedOf(g.id);
            bool hasScript = _termsOf[g.id].refundScript.length > 0;
            if (refundable) {
                if (hasScript && owed > 0) return i;
                continue;
            }
            BitcoinSide memory b = leases.bitcoinSide(g.id);
            if (owed < SMALLEST_DEBT || b.covered == 0 || debts.debtOf(g.id).claimed > 0) continue;
            if (block.timestamp >= l.time + (hasScript ? 7 days : 0)) return i;
        }
        return _leases.length;
    }

    function _littleEndian64(uint64 value) private pure returns (bytes8 bytes_) {
        for (uint256 i = 0; i < 8; i++) bytes_ |= bytes8(uint64(uint8(value >> 8 * i)) << uint64(56 - 8 * i));
    }

    function _littleEndian32(uint32 value) private pure returns (bytes4) {
        return bytes4(_littleEndian64(value));
    }
}
