// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Domain} from "./Domain.sol";
import {Stream} from "./Stream.sol";
import {IBatch} from "./interfaces/IBatch.sol";
import {IRegistrar} from "./interfaces/IRegistrar.sol";

/// @dev The record being applied, and the batch it stands in; offsets are into calldata. The first seven
/// words are the operation as EIP-712 encodes it, so that it is hashed where it stands.
struct Record {
    bytes32 typeHash;
    uint256 kind;
    bytes32 key;
    bytes32 value;
    uint256 number;
    uint256 deadline;
    bytes32 notes; // hash of its notes, 0 if none
    uint256 payload;
    uint256 signature;
    uint256 stream; // running head so far
    uint256 relay; // is the sender a relay? 0 not asked yet, 1 yes, 2 no
}

/// @dev What the parts of the ledger stand on: registrar, head, and the check of a signature.
abstract contract Batch is IBatch, Domain {
    bytes32 internal constant _OPERATION = keccak256(
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
        record.key = key;
        record.value = value;
        record.number = number;
        bytes32 structHash;
        assembly ("memory-safe") {
            structHash := keccak256(record, 224)
        }
        uint256 offset = record.signature;
        return _isSignedBy(signer, structHash, _word(offset), _word(offset + 32));
    }

    // In assembly, because what every record pays adds up: slices of calldata check bounds that are
    // known here, and copy what is only hashed. Measured with the digest in Domain
    // and the notes in Summaries: 1,500 gas off a proposal with a note.

    /// @dev The 32 bytes of calldata at an offset, zeros beyond the end.
    function _word(uint256 offset) internal pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := calldataload(offset)
        }
    }

    function _address(uint256 offset) internal pure returns (address account) {
        assembly ("memory-safe") {
            account := shr(96, calldataload(offset))
        }
    }

    /// @dev keccak256 of a part of calldata.
    function _hash(uint256 offset, uint256 length) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, offset, length)
            hash := keccak256(free, length)
        }
    }

    /// @dev keccak256 of one byte and a part of calldata.
    function _hash(uint8 prefix, uint256 offset, uint256 length)
        internal
        pure
        returns (bytes32 hash)
    {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore8(free, prefix)
            calldatacopy(add(free, 1), offset, length)
            hash := keccak256(free, add(length, 1))
        }
    }
}
