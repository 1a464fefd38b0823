// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev The running head: one word, hash in the upper 192 bits, number of items in the lower 64.
///
///      255                                    64 63            0
///      +----------------------------------------+---------------+
///      | keccak256(previous word, item), cut     | count         |
///      +----------------------------------------+---------------+
///
/// Whoever folds all events of a contract and gets the same word has missed none.
library Stream {
    uint256 private constant _COUNT = type(uint64).max;

    /// @dev The word after one more item.
    function fold(uint256 stream, bytes32 item) internal pure returns (uint256) {
        uint256 hash;
        assembly ("memory-safe") {
            mstore(0x00, stream)
            mstore(0x20, item)
            hash := keccak256(0x00, 0x40)
        }
        return (hash & ~_COUNT) | ((stream & _COUNT) + 1);
    }

    /// @dev Its two parts.
    function split(uint256 stream) internal pure returns (bytes24 head, uint64 count) {
        return (bytes24(bytes32(stream)), uint64(stream));
    }
}
