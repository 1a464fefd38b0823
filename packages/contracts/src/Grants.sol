// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batch, Record} from "./Batch.sol";
import {IGrants} from "./interfaces/IGrants.sol";

abstract contract Grants is IGrants, Batch {
    /// @dev Sequence of a revoked grant.
    uint256 internal constant _REVOKED = type(uint16).max;

    /// @inheritdoc IGrants
    mapping(address key => uint256 slot) public grants;

    function _grant(Record memory record) internal returns (bytes4) {
        address key = _address(record.payload);
        uint256 slot = uint256(_word(record.payload + 20));
        uint256 old = grants[key];
        uint256 sequence = _sequence(slot);
        uint256 oldSequence = _sequence(old);
        if (oldSequence == _REVOKED) return GrantsRevoked.selector;
        if (sequence == _REVOKED || sequence <= oldSequence) return GrantsBadSequence.selector;
        if (oldSequence != 0 && uint208(slot) != uint208(old)) return GrantsScopeChanged.selector;
        if (slot >> 224 <= block.timestamp) return GrantsExpired.selector;
        if (!_isSigned(record, key, bytes32(bytes20(key)), bytes32(slot), 0)) {
            return LedgerBadSignature.selector;
        }
        return _set(record, key, slot);
    }

    function _revoke(Record memory record) internal returns (bytes4) {
        address key = _address(record.payload);
        uint256 old = grants[key];
        if (old == 0) return GrantsUnknown.selector;
        if (_sequence(old) == _REVOKED) return GrantsRevoked.selector;
        if (!_isSigned(record, key, bytes32(bytes20(key)), 0, 0)) {
            return LedgerBadSignature.selector;
        }
        return _set(record, key, old | _REVOKED << 208);
    }

    /// @dev Whether a grant or consent of this scope hash lives at a time.
    function _isLive(address key, bytes32 scope, uint256 time) internal view returns (bool) {
        uint256 slot = grants[key];
        uint256 sequence = _sequence(slot);
        return sequence != 0 && sequence != _REVOKED && time < slot >> 224
            && uint208(slot) == uint256(scope) >> 48;
    }

    function _set(Record memory record, address key, uint256 slot) private returns (bytes4) {
        grants[key] = slot;
        emit GrantChanged(key, slot);
        _fold(record, keccak256(abi.encodePacked(uint8(2), key, slot)));
        return 0;
    }

    function _sequence(uint256 slot) private pure returns (uint256) {
        return uint16(slot >> 208);
    }
}
