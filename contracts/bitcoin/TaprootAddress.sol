// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Taproot output keys that commit to a lease (BIP-341)
/// @notice Q = P + t·G with P the appliance's key lifted to even y, t = H_TapTweak(P.x ‖ root) and root a tagged hash
/// of what the address is for. Only whoever holds P's secret can spend, with any wallet that knows
/// (tapInternalKey, tapMerkleRoot); anyone can compute it.
library TaprootAddress {
    /// sha256("TapTweak")
    bytes32 private constant TAP_TWEAK = 0xe80fe1639c9ca050e3af1b39c143c63e429cbceb15d940fbb5c5a1f4af57c5e9;
    /// sha256("xov/lease")
    bytes32 private constant LEASE = 0x0443069cfdf46bc1eb87df3312e2a50aaef77bd111886d4828f8fb1650aa5331;
    /// Order of secp256k1.
    uint256 private constant N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    /// @notice BIP-340 tagged hash of one word.
    /// @param tagHash sha256 of the tag
    function taggedHash(bytes32 tagHash, bytes32 message) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(tagHash, tagHash, message));
    }

    /// @notice Merkle root to which the address of a lease commits: tagged hash "xov/lease" of its id.
    function leaseRoot(bytes32 leaseId) internal pure returns (bytes32) {
        return taggedHash(LEASE, leaseId);
    }

    /// @notice The scalar t by which BIP-341 tweaks an internal key. Callers refuse t ≥ n.
    function tweak(bytes32 internalKey, bytes32 root) internal pure returns (uint256) {
        return uint256(sha256(abi.encodePacked(TAP_TWEAK, TAP_TWEAK, internalKey, root)));
    }

    /// @notice Whether (x, y) is the output key of `internalKey` with merkle root `root`.
    /// @dev One ecrecover does the curve arithmetic. It returns the address of r⁻¹(s·R − h·G), where R has x = r and, for
    /// v = 27, even y. With r = s = P.x and h = −t·P.x that is P + t·G. (The precompile itself accepts any s below n;
    /// wrappers that refuse a high s do not serve here.)
    ///
    /// An address is 160 bits of a hash, so who can choose both the key and the lease finds two that collide with
    /// about 2^80 curve operations; that buys the prepayment of one lease. A given lease takes 2^160.
    /// @param x x of the claimed output key, from the script
    /// @param y y of it, from the caller; a wrong one fails
    function isOutputKey(bytes32 x, bytes32 y, bytes32 internalKey, bytes32 root) internal pure returns (bool) {
        uint256 p = uint256(internalKey);
        uint256 t = tweak(internalKey, root);
        if (p == 0 || p >= N || t == 0 || t >= N) return false;
        bytes32 h = bytes32(N - mulmod(t, p, N));
        address sum = ecrecover(h, 27, internalKey, internalKey);
        return sum != address(0) && sum == address(uint160(uint256(keccak256(abi.encodePacked(x, y)))));
    }

    /// @notice Whether a script is P2TR (OP_1 and 32 bytes) with the output key of `internalKey` and `root`.
    function isPaidTo(bytes calldata script, bytes32 y, bytes32 internalKey, bytes32 root)
        internal
        pure
        returns (bool)
    {
        if (script.length != 34 || bytes2(script) != 0x5120) return false;
        return isOutputKey(bytes32(script[2:]), y, internalKey, root);
    }

    /// @notice Whether `x` is the x of a point, so that an appliance may register it.
    /// @dev x between n and the field's order (a chance of 2^-128) cannot pass ecrecover and is refused too.
    function lifts(bytes32 x) internal pure returns (bool) {
        return uint256(x) != 0 && uint256(x) < N && ecrecover(0, 27, x, x) != address(0);
    }
}
