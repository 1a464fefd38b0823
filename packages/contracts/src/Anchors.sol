// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Record} from "./Batch.sol";
import {Bounties} from "./Bounties.sol";
import {Anchor, IAnchors} from "./interfaces/IAnchors.sol";

abstract contract Anchors is IAnchors, Bounties {
    mapping(bytes32 stewardTag => Anchor) internal _anchors;

    /// @inheritdoc IAnchors
    function anchors(bytes32 stewardTag) external view returns (Anchor memory) {
        return _anchors[stewardTag];
    }

    function _anchor(Record memory record) internal returns (bytes4) {
        uint256 offset = record.payload;
        bytes32 stewardTag = _word(offset);
        bytes32 root = _word(offset + 32);
        bytes32 logRoot = _word(offset + 64);
        bytes32 query = _word(offset + 96);
        uint32 epoch = uint32(bytes4(_word(offset + 128)));
        Anchor storage anchor = _anchors[stewardTag];
        uint64 counter = anchor.counter + 1;
        address anchorKey = _registrar.anchorKeyOf(stewardTag);
        if (anchorKey == address(0)) return AnchorsNotCertified.selector;
        bytes32 value = keccak256(abi.encode(anchor.root, root, logRoot, query, uint256(epoch)));
        if (!_isSigned(record, anchorKey, stewardTag, value, counter)) {
            return LedgerBadSignature.selector;
        }
        bytes4 reason = _offer(record, stewardTag, query, epoch);
        if (reason != 0) return reason;
        uint40 time = uint40(block.timestamp);
        _anchors[stewardTag] = Anchor(root, logRoot, counter, time);
        emit Anchored(stewardTag, root, logRoot, counter, time);
        _fold(
            record, keccak256(abi.encodePacked(uint8(3), stewardTag, root, logRoot, counter, time))
        );
        return 0;
    }
}
