// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BitcoinHeader} from "./BitcoinHeader.sol";
import {BitcoinTarget} from "./BitcoinTarget.sol";
import {IBitcoinLightClient, KEPT_BLOCKS} from "./IBitcoinLightClient.sol";
import {LittleEndian} from "./LittleEndian.sol";

/// @title Bitcoin's best chain, as far as anyone has submitted it
/// @notice See IBitcoinLightClient. A ring keeps hash and time of the last 4,096 blocks, so that a new header overwrites
/// an old slot. Work is counted by difficulty epoch, since all blocks of one have the same.
contract BitcoinLightClient is IBitcoinLightClient {
    /// @dev A block, and all of its difficulty epoch that its descendants' bits and work follow from.
    struct Point {
        // slot 0
        uint32 height;
        uint32 epochStart; // time of the first block of its epoch
        uint32 bits;
        uint160 workBefore; // chainwork up to the last block of the epoch before, inclusive
    }

    /// @dev A chain under construction, from a canonical parent on.
    struct Cursor {
        Point point;
        bytes32 blockHash;
        uint256 target; // of the point's bits
        uint256 latest; // the highest time met; a later one is later than any median
        uint256 known; // how many of the times are known
        uint256[11] times; // of the last 11 blocks, by height modulo 11; one that is unknown is the largest word
        bytes header; // of the block
    }

    uint256 private constant RING = KEPT_BLOCKS;
    uint256 private constant EPOCH = BitcoinTarget.EPOCH;
    uint256 private constant MEDIAN_SPAN = 11;
    uint256 private constant MAX_FUTURE = 2 hours;
    /// From here on blocks of mainnet have version 4 or more (BIP-34, 66 and 65).
    uint256 private constant VERSION_HEIGHT = 388_381;
    int32 private constant MIN_VERSION = 4;

    uint256 private immutable POW_LIMIT;
    bool private immutable RETARGETS;
    /// The first height kept: the checkpoint, or one of the ten before it.
    uint256 private immutable FIRST;
    /// @inheritdoc IBitcoinLightClient
    uint32 public immutable override checkpointHeight;

    Point private _tip;
    /// The first blocks of the last four epochs, by epoch modulo 4: the ring touches no more.
    Point[4] private _epochs;
    /// Hashes of canonical blocks, by height modulo 4,096.
    bytes32[RING] private _hashes;
    /// Times of the same blocks.
    uint32[RING] private _times;

    /// @param network rules of the network
    /// @param checkpoint agreed block; its headers must be linked and have proof of work, the rest is taken as given
    constructor(Network memory network, Checkpoint memory checkpoint) {
        POW_LIMIT = BitcoinTarget.decode(network.powLimitBits);
        RETARGETS = network.retargets;
        checkpointHeight = checkpoint.height;
        uint256 count = _min(MEDIAN_SPAN, uint256(checkpoint.height) + 1);
        if (checkpoint.headers.length != count * BitcoinHeader.LENGTH) revert BitcoinLightClient_BadCheckpoint();
        FIRST = checkpoint.height + 1 - count;
        uint32 bits = _keepCheckpoint(checkpoint.headers, count);
        _tip = Point(checkpoint.height, checkpoint.epochStart, bits, _workBefore(checkpoint, bits, count));
        _epochs[checkpoint.height / EPOCH % 4] = _tip;
    }

    /// @inheritdoc IBitcoinLightClient
    function submit(uint32 height, bytes calldata headers) external {
        if (headers.length == 0 || headers.length % BitcoinHeader.LENGTH != 0) {
            revert BitcoinLightClient_BadLength(headers.length);
        }
        Point memory old = _tip;
        bytes32 oldHash = _hashes[old.height % RING];
        Cursor memory cursor = _parentOf(height, old);
        uint256 first = _append(cursor, headers, old.height);
        Point memory point = cursor.point;
        uint256 have = _chainwork(point);
        uint256 need = _chainwork(old);
        if (have <= need) revert BitcoinLightClient_NotMoreWork(have, need);
        _forget(point.height, old.height);
        _tip = point;
        if (first <= old.height) emit Reorganized(uint32(first), old.height, oldHash);
        emit HeadersAccepted(uint32(first), point.height, cursor.blockHash);
    }

    /// @inheritdoc IBitcoinLightClient
    function tip() external view returns (uint32 height, bytes32 blockHash, uint256 chainwork) {
        Point memory point = _tip;
        return (point.height, _hashes[point.height % RING], _chainwork(point));
    }

    /// @inheritdoc IBitcoinLightClient
    function blockHashAt(uint32 height) external view returns (bytes32) {
        return _canonical(height, _tip.height);
    }

    /// @inheritdoc IBitcoinLightClient
    function confirmations(uint32 height, bytes32 blockHash) external view returns (uint32) {
        uint32 best = _tip.height;
        if (blockHash == 0 || _canonical(height, best) != blockHash) return 0;
        return best - height + 1;
    }

    /// @inheritdoc IBitcoinLightClient
    function stands(uint32 height, bytes8 hashStart) external view returns (bool) {
        uint32 best = _tip.height;
        if (height > best) return false;
        bytes32 canonical = _canonical(height, best);
        return canonical == 0 || bytes8(canonical) == hashStart;
    }

    /// Checks and keeps the checkpoint's headers; returns the last one's bits.
    function _keepCheckpoint(bytes memory headers, uint256 count) private returns (uint32 bits) {
        bytes memory header = new bytes(BitcoinHeader.LENGTH);
        bytes32 parent;
        for (uint256 i = 0; i < count; ++i) {
            for (uint256 j = 0; j < BitcoinHeader.LENGTH; ++j) {
                header[j] = headers[i * BitcoinHeader.LENGTH + j];
            }
            bits = BitcoinHeader.bits(header);
            bytes32 blockHash = BitcoinHeader.blockHash(header);
            uint256 target = BitcoinTarget.decode(bits);
            bool worked = target <= POW_LIMIT && LittleEndian.swap256(blockHash) <= target;
            if (!worked || (i != 0 && BitcoinHeader.previous(header) != parent)) {
                revert BitcoinLightClient_BadCheckpoint();
            }
            _hashes[(FIRST + i) % RING] = blockHash;
            _times[(FIRST + i) % RING] = BitcoinHeader.time(header);
            parent = blockHash;
        }
    }

    /// Chainwork up to the epoch of the checkpoint, which has to be consistent with what its headers tell.
    function _workBefore(Checkpoint memory checkpoint, uint32 bits, uint256 count) private view returns (uint160) {
        uint256 inEpoch = checkpoint.height % EPOCH + 1;
        uint256 workSince = inEpoch * BitcoinTarget.work(BitcoinTarget.decode(bits));
        bool startKnown = inEpoch <= count;
        bool startsElsewhere = startKnown && _times[(checkpoint.height + 1 - inEpoch) % RING] != checkpoint.epochStart;
        if (checkpoint.chainwork < workSince || startsElsewhere) revert BitcoinLightClient_BadCheckpoint();
        return uint160(checkpoint.chainwork - workSince);
    }

    /// The canonical block below `height`, from which a chain can go on.
    function _parentOf(uint32 height, Point memory old) private view returns (Cursor memory cursor) {
        uint256 kept = uint256(old.height) + 1 > RING ? old.height + 1 - RING : 0;
        bool inside = height > checkpointHeight && height <= uint256(old.height) + 1 && height > kept;
        uint256 parent = inside ? height - 1 : 0;
        cursor.known = inside ? _min(MEDIAN_SPAN, parent + 1 - FIRST) : 0;
        // The oldest time that the median needs must be kept too, and not be in the gap that a chain leaves at the ring's
        // end when it grows shorter. For a child of the tip that is certain.
        bool isTip = parent == old.height;
        if (!inside || (!isTip && _canonical(parent + 1 - cursor.known, old.height) == 0)) {
            revert BitcoinLightClient_UnknownParent(height, uint32(kept), old.height);
        }
        cursor.point = parent / EPOCH == old.height / EPOCH ? _copy(old) : _epochs[parent / EPOCH % 4];
        cursor.point.height = uint32(parent);
        cursor.blockHash = _hashes[parent % RING];
        cursor.target = BitcoinTarget.decode(cursor.point.bits);
        cursor.header = new bytes(BitcoinHeader.LENGTH);
        _loadTimes(cursor, parent);
    }

    /// The times of a block and the ten before it, as far as they are known.
    function _loadTimes(Cursor memory cursor, uint256 height) private view {
        uint256[MEDIAN_SPAN] memory times = cursor.times;
        uint256 known = cursor.known;
        uint256 latest = 0;
        unchecked {
            for (uint256 i = 0; i < known; ++i) {
                uint256 time = _times[(height - i) % RING];
                times[(height - i) % MEDIAN_SPAN] = time;
                if (time > latest) latest = time;
            }
            for (uint256 i = known; i < MEDIAN_SPAN; ++i) {
                times[(height + MEDIAN_SPAN - i) % MEDIAN_SPAN] = type(uint256).max;
            }
        }
        cursor.latest = latest;
    }

    /// Checks each header and keeps those that are new; returns the height of the first new one.
    function _append(Cursor memory cursor, bytes calldata headers, uint256 oldHeight) private returns (uint256 first) {
        for (uint256 offset = 0; offset < headers.length; offset += BitcoinHeader.LENGTH) {
            BitcoinHeader.load(cursor.header, headers, offset);
            uint32 time = _advance(cursor);
            uint256 height = cursor.point.height;
            if (first == 0) {
                if (height <= oldHeight && _hashes[height % RING] == cursor.blockHash) continue;
                first = height;
            }
            _hashes[height % RING] = cursor.blockHash;
            _times[height % RING] = time;
        }
    }

    /// Moves the cursor to the child of its block that the header makes, under all rules; returns the child's time.
    function _advance(Cursor memory cursor) private returns (uint32 time) {
        Point memory point = cursor.point;
        bytes memory header = cursor.header;
        uint32 height = ++point.height;
        bytes32 previous = BitcoinHeader.previous(header);
        if (previous != cursor.blockHash) {
            revert BitcoinLightClient_NotConnected(height, previous, cursor.blockHash);
        }
        _checkVersion(height, BitcoinHeader.version(header));
        time = BitcoinHeader.time(header);
        _checkTime(cursor, height, time);
        if (height % EPOCH == 0) _enterEpoch(cursor, time);
        uint32 bits = BitcoinHeader.bits(header);
        if (bits != point.bits) revert BitcoinLightClient_WrongBits(height, bits, point.bits);
        cursor.blockHash = BitcoinHeader.blockHash(header);
        uint256 value = LittleEndian.swap256(cursor.blockHash);
        if (value > cursor.target) revert BitcoinLightClient_TooLittleWork(height, value, cursor.target);
        cursor.times[height % MEDIAN_SPAN] = time;
        if (cursor.known < MEDIAN_SPAN) ++cursor.known;
    }

    /// The first block of an epoch sets its difficulty, by the times of the first and last block of the one before.
    function _enterEpoch(Cursor memory cursor, uint32 time) private {
        Point memory point = cursor.point;
        point.workBefore += uint160(EPOCH * BitcoinTarget.work(cursor.target));
        if (RETARGETS) {
            int256 elapsed = int256(cursor.times[(point.height - 1) % MEDIAN_SPAN]) - int256(uint256(point.epochStart));
            point.bits = BitcoinTarget.retarget(point.bits, elapsed, POW_LIMIT);
            cursor.target = BitcoinTarget.decode(point.bits);
        }
        point.epochStart = time;
        _epochs[point.height / EPOCH % 4] = point;
    }

    /// A block is later than the median of the 11 before it, that is, than more than half of them.
    function _checkTime(Cursor memory cursor, uint32 height, uint256 time) private view {
        uint256 limit = block.timestamp + MAX_FUTURE;
        if (time > limit) revert BitcoinLightClient_TimeTooLate(height, uint32(time), limit);
        if (time > cursor.latest) {
            cursor.latest = time;
            return;
        }
        uint256 earlier = 0;
        for (uint256 i = 0; i < MEDIAN_SPAN; ++i) {
            if (cursor.times[i] < time) ++earlier;
        }
        if (earlier * 2 <= cursor.known) revert BitcoinLightClient_TimeTooEarly(height, uint32(time));
    }

    /// Blocks of outdated versions are invalid.
    function _checkVersion(uint32 height, int32 version) private pure {
        if (height >= VERSION_HEIGHT && version < MIN_VERSION) {
            revert BitcoinLightClient_VersionTooLow(height, version, MIN_VERSION);
        }
    }

    /// A chain with more work can be shorter; what it does not reach is canonical no longer.
    function _forget(uint256 height, uint256 oldHeight) private {
        for (uint256 i = height + 1; i <= oldHeight; ++i) {
            delete _hashes[i % RING];
        }
    }

    /// Hash of the canonical block at a height, zero where none is kept.
    function _canonical(uint256 height, uint256 best) private view returns (bytes32) {
        return height > best || height + RING <= best ? bytes32(0) : _hashes[height % RING];
    }

    /// Expected hashes up to and including a block.
    function _chainwork(Point memory point) private pure returns (uint256) {
        uint256 inEpoch = point.height % EPOCH + 1;
        return point.workBefore + inEpoch * BitcoinTarget.work(BitcoinTarget.decode(point.bits));
    }

    function _copy(Point memory point) private pure returns (Point memory) {
        return Point(point.height, point.epochStart, point.bits, point.workBefore);
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
