// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @notice One request to take something out.
struct ThawRequest {
    uint192 shares;
    uint40 leavesAt; // unix seconds
}

/// @notice What one account is taking out.
struct Thawing {
    // slot 0
    uint128 tokens; // of all requests
    uint32 head; // of the queue
    uint32 tail;
    // slot 1
    uint256 shares; // of all requests
    mapping(uint256 index => ThawRequest) queue;
}

/// @title What is cooling down, in shares
/// @notice A request buys shares of all that the account is taking out; a slash lowers what they are all worth. So a slash
/// is one subtraction however many requests there are, each loses the same part, and nobody escapes it by having asked first
/// or often. (The Graph's Horizon staking cools down in this way.)
library ThawingShares {
    using SafeCast for uint256;

    /// @notice Requests of one account that are waiting at once.
    uint256 internal constant MAX_REQUESTS = 32;

    error Thawing_TooManyRequests(uint256 max);

    /// @notice Begins to cool `amount` (not zero) until `leavesAt`, no sooner than the requests before it.
    function request(Thawing storage t, uint256 amount, uint256 leavesAt) internal {
        require(t.tail - t.head < MAX_REQUESTS, Thawing_TooManyRequests(MAX_REQUESTS));
        (uint256 tokens, uint256 total) = (t.tokens, t.shares);
        uint256 shares = total == 0 ? amount : Math.mulDiv(amount, total, tokens);
        t.queue[t.tail++] = ThawRequest({shares: shares.toUint192(), leavesAt: leavesAt.toUint40()});
        (t.tokens, t.shares) = ((tokens + amount).toUint128(), total + shares);
    }

    /// @notice Takes out what has cooled down; each request what its shares are worth, rounded down, the last of them all.
    function collect(Thawing storage t) internal returns (uint256 amount) {
        (uint256 head, uint256 tail) = (t.head, t.tail);
        (uint256 tokens, uint256 total) = (t.tokens, t.shares);
        for (; head < tail; ++head) {
            ThawRequest memory r = t.queue[head];
            if (r.leavesAt > block.timestamp) break;
            uint256 worth = Math.mulDiv(r.shares, tokens, total);
            (tokens, total, amount) = (tokens - worth, total - r.shares, amount + worth);
            delete t.queue[head];
        }
        (t.head, t.tokens, t.shares) = (head.toUint32(), tokens.toUint128(), total);
    }

    /// @notice Takes `amount`, at most all, from all requests alike. Requests that have lost all are forgotten.
    function slash(Thawing storage t, uint256 amount) internal {
        uint256 left = t.tokens - amount;
        t.tokens = left.toUint128();
        if (left == 0) (t.head, t.shares) = (t.tail, 0);
    }

    /// @notice Unix seconds at which the oldest request leaves; zero when none waits.
    function firstLeavesAt(Thawing storage t) internal view returns (uint256) {
        return t.head == t.tail ? 0 : t.queue[t.head].leavesAt;
    }
}
