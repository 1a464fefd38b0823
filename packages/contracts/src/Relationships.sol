// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batch, Record} from "./Batch.sol";
import {IRelationships, Status} from "./interfaces/IRelationships.sol";

abstract contract Relationships is IRelationships, Batch {
    /// @inheritdoc IRelationships
    mapping(bytes32 key => uint256 slot) public relationships;

    function _propose(Record memory record) internal returns (bytes4) {
        (address steward,, bytes32 key) = _parties(record);
        if (relationships[key] != 0) return RelationshipsBadStatus.selector;
        if (!_isSigned(record, steward, key, 0, 0)) return LedgerBadSignature.selector;
        return _change(record, key, Status.PROPOSED, 0);
    }

    function _accept(Record memory record) internal returns (bytes4) {
        (, address subject, bytes32 key) = _parties(record);
        uint256 slot = relationships[key];
        if (uint8(slot) != Status.PROPOSED) return RelationshipsBadStatus.selector;
        if (!_isSigned(record, subject, key, 0, Status.ACCEPTED)) {
            return LedgerBadSignature.selector;
        }
        return _change(record, key, Status.ACCEPTED, uint16(slot >> 8));
    }

    /// @dev Rejected, closed by the subject, or closed by the steward.
    function _end(Record memory record) internal returns (bytes4) {
        (address steward, address subject, bytes32 key) = _parties(record);
        uint256 to = uint8(bytes1(_word(record.payload + 72)));
        uint256 slot = relationships[key];
        if (!_mayEnd(uint8(slot), to)) return RelationshipsBadStatus.selector;
        address signer = to == Status.CLOSED_BY_STEWARD ? steward : subject;
        if (!_isSigned(record, signer, key, 0, to)) return LedgerBadSignature.selector;
        return _change(record, key, to, uint16(slot >> 8));
    }

    /// @dev Ends every grant whose scope names an earlier epoch.
    function _stopAll(Record memory record) internal returns (bytes4) {
        (, address subject, bytes32 key) = _parties(record);
        uint256 epoch = uint16(bytes2(_word(record.payload + 72)));
        uint256 slot = relationships[key];
        if (slot == 0 || uint8(slot) == Status.REJECTED) return RelationshipsBadStatus.selector;
        if (epoch <= uint16(slot >> 8)) return RelationshipsEpochNotHigher.selector;
        if (!_isSigned(record, subject, key, 0, epoch)) return LedgerBadSignature.selector;
        return _change(record, key, uint8(slot), epoch);
    }

    function _change(Record memory record, bytes32 key, uint256 status, uint256 epoch)
        private
        returns (bytes4)
    {
        uint256 slot = status | epoch << 8 | block.timestamp << 24;
        relationships[key] = slot;
        emit RelationshipChanged(key, slot);
        _fold(record, keccak256(abi.encodePacked(uint8(1), key, slot)));
        return 0;
    }

    function _parties(Record memory record)
        private
        pure
        returns (address steward, address subject, bytes32 key)
    {
        uint256 offset = record.payload;
        steward = _address(offset);
        subject = _address(offset + 20);
        key = _hash(offset, 72);
    }

    function _mayEnd(uint256 from, uint256 to) private pure returns (bool) {
        if (to == Status.REJECTED) return from == Status.PROPOSED;
        if (to == Status.CLOSED_BY_SUBJECT) {
            return from == Status.ACCEPTED || from == Status.CLOSED_BY_STEWARD;
        }
        return
            to == Status.CLOSED_BY_STEWARD && (from == Status.PROPOSED || from == Status.ACCEPTED);
    }
}
