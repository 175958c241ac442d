// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// How many blocks below the tip are kept, the tip included. Older ones count as final.
uint256 constant KEPT_BLOCKS = 4096;

/// @title A light client that follows Bitcoin's own best chain
/// @notice Checks every header rule a full node checks: proof of work, the difficulty bits at each height, median time
/// past, the bound on future time and the version. The chain with the most work is canonical; of two with equal work the
/// one seen first stays.
///
/// Hashes are in internal byte order, as they are hashed and as headers carry them. Explorers and bitcoind's RPC show
/// them reversed.
///
/// A reorganization may be as deep as the times for the median are kept, 4,085 blocks, and comes in one transaction: 9,500
/// gas for each block that replaces one, so 1,760 blocks where a transaction may take 2^24 gas (EIP-7825).
///
/// Warning: headers prove work, not the validity of what the blocks contain. A forger who outpaces all miners can make
/// this contract follow an invalid chain, until somebody submits a valid one with more work. And it follows only what
/// is submitted: it takes at least one honest relayer to keep it at Bitcoin's tip.
interface IBitcoinLightClient {
    /// @notice The rules in which networks differ. There is no minimum-difficulty exception as testnets have.
    struct Network {
        uint32 powLimitBits; // easiest target, compact: 0x1d00ffff on mainnet, 0x207fffff on regtest; below 2^254 to retarget
        bool retargets; // false on regtest: the bits never change
    }

    /// @notice The agreed block from which the chain is followed. It is never replaced.
    struct Checkpoint {
        uint32 height;
        uint32 epochStart; // time of the first block of the checkpoint's difficulty epoch (height − height mod 2016)
        uint160 chainwork; // expected hashes up to and including the checkpoint
        bytes headers; // the checkpoint's header after the ten before it (those there are, from genesis)
    }

    /// @notice Headers of heights `from` to `to` are now canonical, and `tipHash` is the tip.
    /// @dev With the calldata of `submit` all state can be rebuilt; without it, the tip at any time.
    event HeadersAccepted(uint32 indexed from, uint32 indexed to, bytes32 indexed tipHash);

    /// @notice The canonical blocks from `from` up to the old tip were replaced. Comes before HeadersAccepted.
    event Reorganized(uint32 indexed from, uint32 indexed oldHeight, bytes32 indexed oldTipHash);

    error BitcoinLightClient_BadLength(uint256 length);
    error BitcoinLightClient_BadCheckpoint();
    /// The parent of the first header is not among the canonical blocks still kept.
    error BitcoinLightClient_UnknownParent(uint32 height, uint32 oldest, uint32 tip);
    error BitcoinLightClient_NotConnected(uint32 height, bytes32 have, bytes32 need);
    error BitcoinLightClient_WrongBits(uint32 height, uint32 have, uint32 need);
    error BitcoinLightClient_TooLittleWork(uint32 height, uint256 hash, uint256 target);
    error BitcoinLightClient_TimeTooEarly(uint32 height, uint32 time);
    error BitcoinLightClient_TimeTooLate(uint32 height, uint32 have, uint256 limit);
    error BitcoinLightClient_VersionTooLow(uint32 height, int32 have, int32 need);
    /// The chain offered has no more work than the canonical one: `have` must exceed `need`.
    error BitcoinLightClient_NotMoreWork(uint256 have, uint256 need);

    /// @notice Extends the best chain, or replaces its suffix when the chain so made has more work. Anyone may call.
    /// Headers that are canonical already may lead the batch.
    /// @param height height of the first header
    /// @param headers consecutive headers of 80 bytes each
    function submit(uint32 height, bytes calldata headers) external;

    /// @notice The best block known.
    /// @return height its height
    /// @return blockHash its hash
    /// @return chainwork expected hashes up to and including it
    function tip() external view returns (uint32 height, bytes32 blockHash, uint256 chainwork);

    /// @notice Hash of the canonical block at a height; zero above the tip and for heights no longer (or never) kept.
    function blockHashAt(uint32 height) external view returns (bytes32);

    /// @notice How deep a block lies: 1 at the tip, zero when it is not canonical or no longer kept.
    function confirmations(uint32 height, bytes32 blockHash) external view returns (uint32);

    /// @notice Whether a block that was canonical once still counts: it is canonical, or its height has left the ring and
    /// counts as final.
    /// @param hashStart the first 8 bytes of its hash (work turns those at the end to zero)
    function stands(uint32 height, bytes8 hashStart) external view returns (bool);

    /// @notice Height of the agreed block from which the chain is followed.
    function checkpointHeight() external view returns (uint32);
}
