// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batch, Record} from "./Batch.sol";
import {ISummaries} from "./interfaces/ISummaries.sol";

abstract contract Summaries is ISummaries, Batch {
    /// @dev Bytes of a note: tag 16, sealed 384.
    uint256 internal constant _NOTE = 400;

    function _notes(Record memory record, uint256 offset, uint256 count) internal {
        for (uint256 end = offset + count * _NOTE; offset < end; offset += _NOTE) {
            emit Noted(bytes16(_word(offset)), _sealed(offset + 16));
            _fold(record, keccak256(abi.encodePacked(uint8(4), msg.data[offset:offset + _NOTE])));
        }
    }

    function _tags(Record memory record, uint256 offset, uint256 count) internal {
        bytes calldata tags = msg.data[offset:offset + count * 8];
        emit Tagged(tags);
        _fold(record, keccak256(abi.encodePacked(uint8(5), tags)));
    }

    /// @dev Calldata seen as an array, which Solidity cannot say of unaligned bytes.
    function _sealed(uint256 offset) private pure returns (bytes32[12] calldata content) {
        assembly ("memory-safe") {
            content := offset
        }
    }
}
