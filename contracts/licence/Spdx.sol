// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Until when each identifier is accepted, unix seconds; by the hash of its small letters.
struct LicencePolicy {
    mapping(bytes32 id => uint40 until) licences;
    mapping(bytes32 id => uint40 until) exceptions;
}

/// @notice Where the reading of an expression is.
struct SpdxReader {
    bytes text;
    uint256 cursor;
    uint256 depth; // of parentheses
}

/// @title SPDX licence expressions: read, and judged by a policy
/// @notice The grammar of SPDX 2.3, annex D: WITH binds before AND, AND before OR; operators in capitals or in small letters.
/// Every value is a time until which something is accepted: AND takes the earlier, OR the later.
library Spdx {
    uint256 internal constant MAX_LENGTH = 256;
    uint256 internal constant MAX_DEPTH = 8;

    /// @notice `expression` cannot be read on from byte `position`.
    error Spdx_Invalid(string expression, uint256 position);
    error Spdx_TooLong(uint256 length, uint256 max);

    /// @notice Unix seconds until which the expression is accepted; zero if it is not.
    function acceptedUntil(LicencePolicy storage policy, string memory expression) internal view returns (uint256 until) {
        SpdxReader memory r = SpdxReader(bytes(expression), 0, 0);
        require(r.text.length <= MAX_LENGTH, Spdx_TooLong(r.text.length, MAX_LENGTH));
        until = _or(policy, r);
        if (r.cursor != r.text.length) _fail(r);
    }

    /// @notice Whether `id` is written as a licence's or an exception's identifier.
    function isIdentifier(string memory id) internal pure returns (bool) {
        bytes memory text = bytes(id);
        if (text.length == 0 || text.length > MAX_LENGTH || _isOperator(text)) return false;
        // a reference may end in + as every identifier may
        uint256 end = text[text.length - 1] == "+" ? text.length - 1 : text.length;
        for (uint256 i = 0; i < end; ++i) {
            if (!_isIdCharacter(text[i])) return false;
        }
        return end > 0;
    }

    /// @notice Under which an identifier stands in a policy.
    function keyOf(string memory id) internal pure returns (bytes32) {
        return keccak256(_small(bytes(id)));
    }

    // ---------------------------------------------------------------- grammar

    function _or(LicencePolicy storage policy, SpdxReader memory r) private view returns (uint256 until) {
        until = _and(policy, r);
        while (_takeOperator(r, "or")) {
            uint256 other = _and(policy, r);
            if (other > until) until = other;
        }
    }

    function _and(LicencePolicy storage policy, SpdxReader memory r) private view returns (uint256 until) {
        until = _primary(policy, r);
        while (_takeOperator(r, "and")) {
            uint256 other = _primary(policy, r);
            if (other < until) until = other;
        }
    }

    function _primary(LicencePolicy storage policy, SpdxReader memory r) private view returns (uint256 until) {
        _skipSpaces(r);
        if (r.cursor < r.text.length && r.text[r.cursor] == "(") {
            if (++r.depth > MAX_DEPTH) _fail(r);
            ++r.cursor;
            until = _or(policy, r);
            _skipSpaces(r);
            if (r.cursor == r.text.length || r.text[r.cursor] != ")") _fail(r);
            ++r.cursor;
            --r.depth;
            _skipSpaces(r);
            return until;
        }
        until = _licence(policy, r);
        if (_takeOperator(r, "with")) {
            uint256 exception = policy.exceptions[keccak256(_small(_identifier(r)))];
            if (exception < until) until = exception;
            _skipSpaces(r);
        }
    }

    function _licence(LicencePolicy storage policy, SpdxReader memory r) private view returns (uint256 until) {
        bytes memory id = _small(_identifier(r));
        until = policy.licences[keccak256(id)];
        if (r.cursor < r.text.length && r.text[r.cursor] == "+") {
            ++r.cursor;
            uint256 later = policy.licences[keccak256(abi.encodePacked(id, "+"))];
            if (later > until) until = later;
        }
        uint256 end = r.cursor;
        _skipSpaces(r);
        // what follows an identifier at once is a parenthesis or the end
        if (end == r.cursor && end < r.text.length && r.text[end] != ")") _fail(r);
    }

    // ----------------------------------------------------------------- tokens

    function _identifier(SpdxReader memory r) private pure returns (bytes memory id) {
        _skipSpaces(r);
        uint256 from = r.cursor;
        while (r.cursor < r.text.length && _isIdCharacter(r.text[r.cursor])) ++r.cursor;
        id = _slice(r.text, from, r.cursor);
        if (id.length == 0 || _isOperator(id)) {
            r.cursor = from;
            _fail(r);
        }
    }

    /// @dev Takes the operator, between spaces or parentheses, if it is next.
    function _takeOperator(SpdxReader memory r, bytes memory small) private pure returns (bool) {
        _skipSpaces(r);
        uint256 end = r.cursor;
        while (end < r.text.length && _isIdCharacter(r.text[end])) ++end;
        bytes memory word = _slice(r.text, r.cursor, end);
        if (!_isOperator(word) || keccak256(_small(word)) != keccak256(small)) return false;
        r.cursor = end;
        return true;
    }

    /// @dev AND, OR or WITH, all in capitals or all in small letters.
    function _isOperator(bytes memory word) private pure returns (bool) {
        bytes32 h = keccak256(word);
        return h == keccak256("AND") || h == keccak256("and") || h == keccak256("OR") || h == keccak256("or")
            || h == keccak256("WITH") || h == keccak256("with");
    }

    function _isIdCharacter(bytes1 c) private pure returns (bool) {
        return (c >= "a" && c <= "z") || (c >= "A" && c <= "Z") || (c >= "0" && c <= "9") || c == "-" || c == "."
            || c == ":";
    }

    function _skipSpaces(SpdxReader memory r) private pure {
        while (r.cursor < r.text.length && r.text[r.cursor] == " ") ++r.cursor;
    }

    function _slice(bytes memory text, uint256 from, uint256 to) private pure returns (bytes memory part) {
        part = new bytes(to - from);
        for (uint256 i = from; i < to; ++i) part[i - from] = text[i];
    }

    function _small(bytes memory text) private pure returns (bytes memory small) {
        small = new bytes(text.length);
        for (uint256 i = 0; i < text.length; ++i) {
            bytes1 c = text[i];
            small[i] = c >= "A" && c <= "Z" ? bytes1(uint8(c) + 32) : c;
        }
    }

    function _fail(SpdxReader memory r) private pure {
        revert Spdx_Invalid(string(r.text), r.cursor);
    }
}
