// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Domain} from "./Domain.sol";
import {Stream} from "./Stream.sol";
import {IBatch} from "./interfaces/IBatch.sol";
import {IRegistrar} from "./interfaces/IRegistrar.sol";

/// @dev The batch at hand and the record being applied; offsets are into calldata.
struct Record {
    uint256 stream; // running head so far
    uint256 relay; // is the sender a relay? 0 not asked yet, 1 yes, 2 no
    uint256 kind;
    uint256 payload;
    uint256 signature;
    uint256 deadline;
    bytes32 notes; // hash of its notes, 0 if none
}

/// @dev What the parts of the ledger stand on: registrar, head, and the check of a signature.
abstract contract Batch is IBatch, Domain {
    bytes32 private constant _OPERATION = keccak256(
        "Operation(uint8 kind,bytes32 key,bytes32 value,uint64 number,uint32 deadline,bytes32 notes)"
    );

    IRegistrar internal immutable _registrar;

    uint256 internal _stream;

    constructor(IRegistrar registrar_, bytes32 networkId_) Domain(networkId_) {
        _registrar = registrar_;
    }

    /// @inheritdoc IBatch
    function head() external view returns (bytes24, uint64) {
        return Stream.split(_stream);
    }

    /// @inheritdoc IBatch
    function registrar() external view returns (address) {
        return address(_registrar);
    }

    function _fold(Record memory record, bytes32 item) internal pure {
        record.stream = Stream.fold(record.stream, item);
    }

    /// @dev Whether `signer` signed the record as the operation with these fields.
    function _isSigned(
        Record memory record,
        address signer,
        bytes32 key,
        bytes32 value,
        uint256 number
    ) internal view returns (bool) {
        bytes32 structHash = keccak256(
            abi.encode(
                _OPERATION, record.kind, key, value, number, record.deadline, record.notes
            )
        );
        uint256 offset = record.signature;
        return _isSignedBy(signer, structHash, _word(offset), _word(offset + 32));
    }

    /// @dev The 32 bytes of calldata at an offset, zeros beyond the end. In assembly because a slice
    /// checks bounds that are known here: about 60 gas each, some ten per record.
    function _word(uint256 offset) internal pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := calldataload(offset)
        }
    }

    function _address(uint256 offset) internal pure returns (address) {
        return address(bytes20(_word(offset)));
    }
}
