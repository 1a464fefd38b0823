// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batch, Record} from "./Batch.sol";
import {Reads} from "./Reads.sol";
import {Summaries} from "./Summaries.sol";
import {IRegistrar} from "./interfaces/IRegistrar.sol";

/// @title Ledger
/// @notice Relationships, grants, anchors, summaries and bounties of one network. No owner, no proxy.
/// @dev Cuts a batch into records and hands each to the part it concerns. The parts' functions take
/// the record and return 0, or the selector of the error for which they changed nothing.
contract Ledger is Reads, Summaries {
    /// @dev Kinds of records, see IBatch.
    uint256 private constant _PROPOSE = 0;
    uint256 private constant _ACCEPT = 1;
    uint256 private constant _END = 2;
    uint256 private constant _STOP_ALL = 3;
    uint256 private constant _GRANT = 4;
    uint256 private constant _REVOKE = 5;
    uint256 private constant _ANCHOR = 6;
    uint256 private constant _NOTES = 7;
    uint256 private constant _TAGS = 8;
    uint256 private constant _POLICY = 9;
    uint256 private constant _ANSWER = 10;

    /// @dev Bytes of payload by kind, one byte each from the lowest; 0 = unknown (or no signature).
    uint256 private constant _SIZES =
        76 | 76 << 8 | 73 << 16 | 74 << 24 | 56 << 32 | 20 << 40 | 136 << 48 | 76 << 72 | 100 << 80;

    uint256 private constant _SIGNATURE = 64;

    constructor(IRegistrar registrar_, bytes32 networkId_) Batch(registrar_, networkId_) {}

    /// @notice Applies a batch, see IBatch.
    fallback() external {
        Record memory record;
        record.typeHash = _OPERATION;
        uint256 before = _stream;
        record.stream = before;
        uint256 offset;
        for (uint256 index; offset < msg.data.length; ++index) {
            bytes4 reason;
            (offset, reason) = _apply(record, offset);
            if (reason != 0) emit Rejected(index, reason);
        }
        if (record.stream != before) _stream = record.stream;
    }

    /// @dev Applies the record at an offset and returns where the next one begins.
    function _apply(Record memory record, uint256 offset)
        private
        returns (uint256 next, bytes4 reason)
    {
        uint256 first = uint8(bytes1(_word(offset)));
        uint256 kind = first & 15;
        uint256 count = first >> 4;
        ++offset;
        if (kind == _TAGS) return _applyTags(record, offset, count);
        if (kind == _NOTES) return _applyNotes(record, offset, count);
        uint256 size = (_SIZES >> (kind * 8)) & 255;
        if (size == 0) return (msg.data.length, LedgerUnknownKind.selector);
        uint256 notes = offset + size + _SIGNATURE;
        next = notes + count * _NOTE;
        if (next > msg.data.length) return (msg.data.length, LedgerTruncated.selector);
        record.kind = kind;
        record.payload = offset;
        record.signature = offset + size;
        record.notes = count == 0 ? bytes32(0) : _hash(notes, count * _NOTE);
        reason = _applyOperation(record);
        if (reason == 0 && count != 0) _notes(record, notes, count);
    }

    function _applyOperation(Record memory record) private returns (bytes4 reason) {
        uint256 kind = record.kind;
        if (kind == _END || kind == _STOP_ALL || kind == _REVOKE) {
            record.deadline = 0;
            if (kind == _END) return _end(record);
            if (kind == _STOP_ALL) return _stopAll(record);
            return _revoke(record);
        }
        // The deadline ends the payload of whatever creates something.
        uint256 deadline = uint32(bytes4(_word(record.signature - 4)));
        if (!_isFromRelay(record)) return LedgerNotRelay.selector;
        if (deadline < block.timestamp) return LedgerDeadlinePassed.selector;
        if (deadline > block.timestamp + 1 days) return LedgerDeadlineTooFar.selector;
        record.deadline = deadline;
        if (kind == _PROPOSE) return _propose(record);
        if (kind == _ACCEPT) return _accept(record);
        if (kind == _GRANT) return _grant(record);
        if (kind == _ANCHOR) return _anchor(record);
        if (kind == _POLICY) return _policy(record);
        return _answer(record);
    }

    function _applyNotes(Record memory record, uint256 offset, uint256 count)
        private
        returns (uint256 next, bytes4 reason)
    {
        next = offset + count * _NOTE;
        if (next > msg.data.length) return (msg.data.length, LedgerTruncated.selector);
        if (count == 0) return (next, 0);
        if (!_isFromRelay(record)) return (next, LedgerNotRelay.selector);
        _notes(record, offset, count);
    }

    function _applyTags(Record memory record, uint256 offset, uint256 notes)
        private
        returns (uint256 next, bytes4 reason)
    {
        if (notes != 0) return (msg.data.length, LedgerUnknownKind.selector);
        uint256 count = uint16(bytes2(_word(offset)));
        next = offset + 2 + count * 8;
        if (next > msg.data.length) return (msg.data.length, LedgerTruncated.selector);
        if (count == 0) return (next, 0);
        if (!_isFromRelay(record)) return (next, LedgerNotRelay.selector);
        _tags(record, offset + 2, count);
    }

    /// @dev Asks the Registrar once per batch.
    function _isFromRelay(Record memory record) private view returns (bool) {
        if (record.relay == 0) record.relay = _registrar.isRelay(msg.sender) ? 1 : 2;
        return record.relay == 1;
    }
}
