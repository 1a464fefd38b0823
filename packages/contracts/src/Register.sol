// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Domain} from "./Domain.sol";
import {Stream} from "./Stream.sol";
import {Entry, IRegistrar, Profile, Role} from "./interfaces/IRegistrar.sol";

/// @dev What the Registrar keeps, and how anyone reads it; only the Registrar writes.
abstract contract Register is IRegistrar, Domain {
    /// @dev Votes of one round; rounds never come back, so nothing is ever cleared.
    struct Ballot {
        uint256 votes;
        mapping(bytes32 institution => bool) voted;
    }

    /// @dev One slot: 20 + 4 bytes.
    struct Coinbase {
        address account;
        uint32 sequence;
    }

    mapping(bytes32 idTag => Entry) internal _entries;
    /// @dev Bit `1 << role` is set while the role is held.
    mapping(bytes32 idTag => uint256 roles) internal _roles;
    mapping(bytes32 idTag => Profile) internal _profiles;
    mapping(bytes32 binding => bool) internal _attested;
    mapping(bytes32 question => uint32 decisions) internal _decisions;
    mapping(bytes32 ballot => Ballot) internal _ballots;
    mapping(bytes32 idTag => Coinbase) internal _coinbases;

    /// @inheritdoc IRegistrar
    mapping(address identity => bytes32 idTag) public idTagOf;
    /// @inheritdoc IRegistrar
    mapping(address account => bytes32 institution) public relayOf;
    /// @inheritdoc IRegistrar
    mapping(bytes32 institution => uint32 sequence) public relaySequenceOf;
    /// @inheritdoc IRegistrar
    mapping(address coinbase => bytes32 idTag) public researcherOf;
    /// @inheritdoc IRegistrar
    uint256 public institutions;

    uint256 internal _stream;
    /// @dev Institutions ever removed; part of every round's number.
    uint32 internal _removals;

    /// @inheritdoc IRegistrar
    function entries(bytes32 idTag) external view returns (Entry memory) {
        return _entries[idTag];
    }

    /// @inheritdoc IRegistrar
    function profiles(bytes32 idTag) external view returns (Profile memory) {
        return _profiles[idTag];
    }

    /// @inheritdoc IRegistrar
    function isRelay(address account) external view returns (bool) {
        return isCertified(relayOf[account], Role.INSTITUTION);
    }

    /// @inheritdoc IRegistrar
    function institutionIdentity(bytes32 idTag) external view returns (address) {
        return isCertified(idTag, Role.INSTITUTION) ? _entries[idTag].identity : address(0);
    }

    /// @inheritdoc IRegistrar
    function anchorKeyOf(bytes32 idTag) external view returns (address) {
        return isCertified(idTag, Role.INSTITUTION) ? _profiles[idTag].anchorKey : address(0);
    }

    /// @inheritdoc IRegistrar
    function coinbaseOf(bytes32 idTag) external view returns (address coinbase, uint32 sequence) {
        Coinbase storage current = _coinbases[idTag];
        return (current.account, current.sequence);
    }

    /// @inheritdoc IRegistrar
    function hasAttested(bytes32 idTag, uint32 version, bytes32 institution)
        external
        view
        returns (bool)
    {
        return _attested[_bindingKey(idTag, version, institution)];
    }

    /// @inheritdoc IRegistrar
    function votesOf(bytes32 idTag, uint8 role) external view returns (uint256) {
        return _ballots[_ballotKey(idTag, role, roundOf(idTag, role))].votes;
    }

    /// @inheritdoc IRegistrar
    function head() external view returns (bytes24, uint64) {
        return Stream.split(_stream);
    }

    /// @inheritdoc IRegistrar
    function isCertified(bytes32 idTag, uint8 role) public view returns (bool) {
        return (_roles[idTag] >> role) & 1 == 1;
    }

    /// @inheritdoc IRegistrar
    function roundOf(bytes32 idTag, uint8 role) public view returns (uint32) {
        return _decisions[_questionKey(idTag, role)] + _removals;
    }

    function _bindingKey(bytes32 idTag, uint32 version, bytes32 institution)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(idTag, version, institution));
    }

    function _questionKey(bytes32 idTag, uint8 role) internal pure returns (bytes32) {
        return keccak256(abi.encode(idTag, role));
    }

    function _ballotKey(bytes32 idTag, uint8 role, uint32 round) internal pure returns (bytes32) {
        return keccak256(abi.encode(idTag, role, round));
    }
}
