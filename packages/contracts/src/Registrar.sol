// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Domain} from "./Domain.sol";
import {Register} from "./Register.sol";
import {Stream} from "./Stream.sol";
import {Signature} from "./interfaces/IDomain.sol";
import {Entry, IRegistrar, Profile, Registration, Role} from "./interfaces/IRegistrar.sol";

/// @title Registrar Contract (paper III-B, RC)
contract Registrar is Register {
    bytes32 private constant _REGISTRATION = keccak256(
        "Registration(bytes32 idTag,address identity,bytes32 spendX,bytes32 spendY,bytes32 viewKey,uint32 version)"
    );
    bytes32 private constant _BIND =
        keccak256("Bind(bytes32 registration,uint8 assurance,bytes32 institution,uint32 deadline)");
    bytes32 private constant _ATTEST =
        keccak256("Attest(bytes32 idTag,uint32 version,bytes32 institution,uint32 deadline)");
    bytes32 private constant _VOTE = keccak256(
        "Vote(bytes32 idTag,uint8 role,bool certified,bytes32 institution,uint32 round,uint32 deadline)"
    );
    bytes32 private constant _PROFILE = keccak256(
        "Profile(bytes32 idTag,string name,string url,bytes32 pin,bytes32 pinNext,bytes32 catalogueHash,address anchorKey,uint32 sequence)"
    );
    bytes32 private constant _RELAY =
        keccak256("Relay(bytes32 institution,address account,bool allowed,uint32 sequence)");
    bytes32 private constant _COINBASE =
        keccak256("Coinbase(bytes32 idTag,address coinbase,uint32 sequence)");

    /// @param networkId_ 32 random bytes, the same on whatever engine the network moves to.
    /// @param founders Institutions that are bound and certified at once, without signatures: they
    /// could not know the address their domain needs. The deployment transaction is their word.
    constructor(bytes32 networkId_, Registration[] memory founders) Domain(networkId_) {
        if (founders.length == 0) revert RegistrarNoFounders();
        for (uint256 i; i < founders.length; ++i) {
            _bind(founders[i], 0, 0);
            _setRole(founders[i].idTag, Role.INSTITUTION, true);
        }
    }

    /// @inheritdoc IRegistrar
    function bind(
        Registration calldata registration,
        Signature calldata identitySignature,
        Signature calldata spendSignature,
        uint8 assurance,
        bytes32 institution,
        uint32 deadline,
        Signature calldata institutionSignature
    ) external {
        bytes32 hash = keccak256(abi.encode(_REGISTRATION, registration));
        _requireSigned(registration.identity, hash, identitySignature);
        _requireSigned(_accountOf(registration.spendX, registration.spendY), hash, spendSignature);
        _requireInTime(deadline);
        _requireSigned(
            _requireInstitution(institution),
            keccak256(abi.encode(_BIND, hash, assurance, institution, deadline)),
            institutionSignature
        );
        _bind(registration, assurance, institution);
    }

    /// @inheritdoc IRegistrar
    function attest(
        bytes32 idTag,
        uint32 version,
        bytes32 institution,
        uint32 deadline,
        Signature calldata signature
    ) external {
        Entry storage entry = _requireEntry(idTag);
        if (version != entry.version) revert RegistrarWrongVersion(idTag, version);
        _requireInTime(deadline);
        _requireSigned(
            _requireInstitution(institution),
            keccak256(abi.encode(_ATTEST, idTag, version, institution, deadline)),
            signature
        );
        bytes32 binding = _bindingKey(idTag, version, institution);
        if (_attested[binding]) revert RegistrarAlreadyAttested(idTag, institution);
        _attested[binding] = true;
        if (entry.attestations != type(uint8).max) ++entry.attestations;
        emit Attested(idTag, version, institution);
        _fold(Attested.selector, abi.encode(idTag, version, institution));
    }

    /// @inheritdoc IRegistrar
    function vote(
        bytes32 idTag,
        uint8 role,
        bool certified,
        bytes32 institution,
        uint32 deadline,
        Signature calldata signature
    ) external {
        if (role < Role.INSTITUTION || role > Role.EMERGENCY) {
            revert RegistrarUnknownRole(role);
        }
        _requireEntry(idTag);
        if (isCertified(idTag, role) == certified) {
            revert RegistrarNothingToDecide(idTag, role, certified);
        }
        _requireInTime(deadline);
        uint32 round = roundOf(idTag, role);
        _requireSigned(
            _requireInstitution(institution),
            keccak256(abi.encode(_VOTE, idTag, role, certified, institution, round, deadline)),
            signature
        );
        Ballot storage ballot = _ballots[_ballotKey(idTag, role, round)];
        if (ballot.voted[institution]) revert RegistrarAlreadyVoted(idTag, role, institution);
        ballot.voted[institution] = true;
        uint256 votes = ++ballot.votes;
        emit Voted(idTag, role, certified, institution, round);
        _fold(Voted.selector, abi.encode(idTag, role, certified, institution, round));
        if (votes * 2 > institutions) {
            ++_decisions[_questionKey(idTag, role)];
            _setRole(idTag, role, certified);
        }
    }

    /// @inheritdoc IRegistrar
    function setProfile(bytes32 idTag, Profile calldata profile, Signature calldata signature)
        external
    {
        if (!isCertified(idTag, Role.INSTITUTION) && !isCertified(idTag, Role.REGISTRAR_SERVICE)) {
            revert RegistrarNotCertified(idTag, Role.INSTITUTION);
        }
        _requireHigher(profile.sequence, _profiles[idTag].sequence);
        _requireSigned(_entries[idTag].identity, _profileHash(idTag, profile), signature);
        _profiles[idTag] = profile;
        emit ProfileSet(
            idTag,
            profile.name,
            profile.url,
            profile.pin,
            profile.pinNext,
            profile.catalogueHash,
            profile.anchorKey,
            profile.sequence
        );
        _fold(ProfileSet.selector, bytes.concat(idTag, _profileData(profile)));
    }

    /// @inheritdoc IRegistrar
    function setRelay(
        bytes32 institution,
        address account,
        bool allowed,
        uint32 sequence,
        Signature calldata signature,
        Signature calldata accountSignature
    ) external {
        address identity = _requireInstitution(institution);
        _requireHigher(sequence, relaySequenceOf[institution]);
        bytes32 structHash = keccak256(abi.encode(_RELAY, institution, account, allowed, sequence));
        _requireSigned(identity, structHash, signature);
        if (allowed) _requireSigned(account, structHash, accountSignature);
        bytes32 holder = relayOf[account];
        if (holder != institution && isCertified(holder, Role.INSTITUTION)) {
            revert RegistrarRelayTaken(account, holder);
        }
        relaySequenceOf[institution] = sequence;
        relayOf[account] = allowed ? institution : bytes32(0);
        emit RelaySet(institution, account, allowed, sequence);
        _fold(RelaySet.selector, abi.encode(institution, account, allowed, sequence));
    }

    /// @inheritdoc IRegistrar
    function setCoinbase(
        bytes32 idTag,
        address coinbase,
        uint32 sequence,
        Signature calldata signature,
        Signature calldata coinbaseSignature
    ) external {
        if (!isCertified(idTag, Role.RESEARCHER)) {
            revert RegistrarNotCertified(idTag, Role.RESEARCHER);
        }
        _requireHigher(sequence, _coinbases[idTag].sequence);
        bytes32 structHash = keccak256(abi.encode(_COINBASE, idTag, coinbase, sequence));
        _requireSigned(_entries[idTag].identity, structHash, signature);
        _requireSigned(coinbase, structHash, coinbaseSignature);
        bytes32 holder = researcherOf[coinbase];
        if (holder != 0 && holder != idTag) revert RegistrarCoinbaseTaken(coinbase, holder);
        _coinbases[idTag] = Coinbase(coinbase, sequence);
        researcherOf[coinbase] = idTag;
        emit CoinbaseSet(idTag, coinbase, sequence);
        _fold(CoinbaseSet.selector, abi.encode(idTag, coinbase, sequence));
    }

    function _bind(Registration memory registration, uint8 assurance, bytes32 institution) private {
        bytes32 idTag = registration.idTag;
        address identity = registration.identity;
        if (idTag == 0 || identity == address(0) || registration.viewKey == 0) {
            revert RegistrarEmptyRegistration();
        }
        if (_entries[idTag].version != 0) revert RegistrarAlreadyBound(idTag);
        if (registration.version != 1) revert RegistrarWrongVersion(idTag, registration.version);
        if (idTagOf[identity] != 0) revert RegistrarIdentityTaken(identity, idTagOf[identity]);
        idTagOf[identity] = idTag;
        _entries[idTag] = Entry({
            identity: identity,
            version: 1,
            validFrom: uint40(block.timestamp),
            assurance: assurance,
            attestations: 0,
            spendX: registration.spendX,
            spendY: registration.spendY,
            viewKey: registration.viewKey
        });
        _attested[_bindingKey(idTag, 1, institution)] = true;
        _announce(registration, assurance, institution);
    }

    function _announce(Registration memory registration, uint8 assurance, bytes32 institution)
        private
    {
        emit Bound(
            registration.idTag,
            registration.version,
            registration.identity,
            registration.spendX,
            registration.spendY,
            registration.viewKey,
            assurance,
            institution,
            uint40(block.timestamp)
        );
        _fold(
            Bound.selector,
            abi.encode(
                registration.idTag,
                registration.version,
                registration.identity,
                registration.spendX,
                registration.spendY,
                registration.viewKey,
                assurance,
                institution,
                uint40(block.timestamp)
            )
        );
    }

    function _setRole(bytes32 idTag, uint8 role, bool certified) private {
        if (role == Role.INSTITUTION) {
            if (certified) {
                ++institutions;
            } else {
                if (institutions == 1) revert RegistrarLastInstitution(idTag);
                --institutions;
                ++_removals;
            }
        }
        _roles[idTag] ^= 1 << role;
        emit RoleChanged(idTag, role, certified);
        _fold(RoleChanged.selector, abi.encode(idTag, role, certified));
    }

    /// @dev `words` is the indexed topics after the first, then the data.
    function _fold(bytes32 topic0, bytes memory words) private {
        _stream = Stream.fold(_stream, keccak256(abi.encodePacked(topic0, keccak256(words))));
    }

    function _requireSigned(address signer, bytes32 structHash, Signature calldata signature)
        private
        view
    {
        if (!_isSignedBy(signer, structHash, signature.r, signature.vs)) {
            revert RegistrarBadSignature(signer);
        }
    }

    function _requireInTime(uint32 deadline) private view {
        if (block.timestamp > deadline) revert RegistrarDeadlinePassed(deadline, block.timestamp);
    }

    function _requireInstitution(bytes32 idTag) private view returns (address identity) {
        if (!isCertified(idTag, Role.INSTITUTION)) {
            revert RegistrarNotCertified(idTag, Role.INSTITUTION);
        }
        return _entries[idTag].identity;
    }

    function _requireEntry(bytes32 idTag) private view returns (Entry storage entry) {
        entry = _entries[idTag];
        if (entry.version == 0) revert RegistrarUnknown(idTag);
    }

    function _requireHigher(uint32 sequence, uint32 current) private pure {
        if (sequence <= current) revert RegistrarStaleSequence(sequence, current);
    }

    function _profileHash(bytes32 idTag, Profile calldata profile) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                _PROFILE,
                idTag,
                keccak256(bytes(profile.name)),
                keccak256(bytes(profile.url)),
                profile.pin,
                profile.pinNext,
                profile.catalogueHash,
                profile.anchorKey,
                profile.sequence
            )
        );
    }

    /// @dev What the log of ProfileSet carries as data.
    function _profileData(Profile calldata profile) private pure returns (bytes memory) {
        return abi.encode(
            profile.name,
            profile.url,
            profile.pin,
            profile.pinNext,
            profile.catalogueHash,
            profile.anchorKey,
            profile.sequence
        );
    }

    /// @dev Account of a public key (Yellow Paper, appendix F).
    function _accountOf(bytes32 x, bytes32 y) private pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encodePacked(x, y)))));
    }
}
