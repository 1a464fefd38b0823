// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Anchors} from "./Anchors.sol";
import {Grants} from "./Grants.sol";
import {Proofs} from "./Proofs.sol";
import {Relationships} from "./Relationships.sol";
import {
    Ask,
    Delegated,
    Delegation,
    IndexProof,
    IReads,
    Leaf,
    Reason,
    Scope,
    ScopeEntry,
    Terms
} from "./interfaces/IReads.sol";
import {Entry, Role} from "./interfaces/IRegistrar.sol";
import {Status} from "./interfaces/IRelationships.sol";
import {Right} from "./interfaces/Right.sol";
import {DualConsent} from "./policies/DualConsent.sol";
import {SubjectAlone} from "./policies/SubjectAlone.sol";

abstract contract Reads is IReads, Relationships, Grants, Anchors {
    bytes32 private constant _TERMS = keccak256(
        "Terms(bytes32 stewardTag,bytes32 subjectTag,uint32 stewardVersion,uint32 subjectVersion,bytes32 salt,uint8 policy,address consent)"
    );
    bytes32 private constant _ENTRY = keccak256(
        "Entry(bytes16 pointer,uint32 category,uint32 schema,uint16 catalogue,uint256 mask)"
    );
    bytes32 private constant _SCOPE = keccak256(
        "Scope(bytes32 subject,bytes32 steward,bytes32 viewer,bytes32 relationship,uint16 epoch,bytes32 index,uint16 purposes,uint40 notBefore,bytes32 salt,Entry[] entries)Entry(bytes16 pointer,uint32 category,uint32 schema,uint16 catalogue,uint256 mask)"
    );
    bytes32 private constant _SHARE = keccak256("Share(address grant,bytes32 scope)");
    bytes32 private constant _DELEGATION = keccak256(
        "Delegation(bytes32 subject,bytes32 steward,bytes32 delegate,bytes32 relationship,uint16 epoch,bytes32 index,uint8 rights,uint32 categories,uint40 notBefore,bytes32 salt)"
    );
    bytes32 private constant _DELEGATE = keccak256("Delegate(address slot,bytes32 delegation)");

    /// @inheritdoc IReads
    function canRead(Ask calldata ask) external view returns (uint8 reason) {
        bytes32 relationship = keccak256(
            abi.encodePacked(ask.stewardController, ask.subjectController, termsHash(ask.terms))
        );
        bool isDelegated = ask.delegated.slot != address(0);
        bool isShared = !isDelegated || ask.grant != address(0);
        if (isDelegated) {
            reason = _checkDelegation(ask, relationship, isShared);
            if (reason != 0) return reason;
        }
        if (isShared) {
            reason = _checkShare(ask, relationship);
            if (reason != 0) return reason;
        }
        reason = _checkParties(ask.terms);
        if (reason != 0) return reason;
        reason = isShared ? _checkFields(ask, isDelegated) : _checkCategory(ask);
        if (reason != 0) return reason;
        return _checkProofs(
            ask, relationship, isShared ? ask.scope.index : ask.delegated.delegation.index
        );
    }

    /// @inheritdoc IReads
    function scopeHash(Scope calldata scope) public pure returns (bytes32) {
        bytes32[] memory entries = new bytes32[](scope.entries.length);
        for (uint256 i; i < entries.length; ++i) {
            entries[i] = keccak256(abi.encode(_ENTRY, scope.entries[i]));
        }
        return keccak256(
            bytes.concat(
                abi.encode(_SCOPE, scope.subject, scope.steward, scope.viewer, scope.relationship),
                abi.encode(
                    scope.epoch,
                    scope.index,
                    scope.purposes,
                    scope.notBefore,
                    scope.salt,
                    keccak256(abi.encodePacked(entries))
                )
            )
        );
    }

    /// @inheritdoc IReads
    function termsHash(Terms calldata terms) public pure returns (bytes32) {
        return keccak256(abi.encode(_TERMS, terms));
    }

    /// @dev What the subject lets a delegate do; a grant of the delegate's lives no longer than this.
    function _checkDelegation(Ask calldata ask, bytes32 relationship, bool isShared)
        private
        view
        returns (uint8 reason)
    {
        Delegated calldata given = ask.delegated;
        Delegation calldata delegation = given.delegation;
        if (relationship != delegation.relationship) return Reason.RELATIONSHIP_MISMATCH;
        if (
            delegation.subject != ask.terms.subjectTag || delegation.steward != ask.terms.stewardTag
        ) return Reason.PARTIES_MISMATCH;
        reason = _checkStanding(relationship, delegation.epoch);
        if (reason != 0) return reason;
        // What a delegate does has one consent, the subject's: dual consent knows no delegates.
        if (ask.terms.policy != SubjectAlone.ID) return Reason.POLICY;
        if (_earliest(ask) < delegation.notBefore) return Reason.NOT_YET;
        bytes32 hash = keccak256(abi.encode(_DELEGATION, delegation));
        if (!_isLive(given.slot, hash, _latest(ask))) return Reason.DELEGATION;
        bytes32 signed = keccak256(abi.encode(_DELEGATE, given.slot, hash));
        if (!_isSignedBy(ask.subjectController, signed, given.signature.r, given.signature.vs)) {
            return Reason.DELEGATION_SIGNATURE;
        }
        bool mayShare = delegation.rights == Right.READ | Right.SHARE;
        if (!mayShare && (isShared || delegation.rights != Right.READ)) return Reason.RIGHTS;
        if (isShared) return Reason.ALLOWED;
        if (ask.viewer != delegation.delegate) return Reason.DELEGATE;
        return ask.purpose == 0 ? Reason.PURPOSE : Reason.ALLOWED;
    }

    function _checkShare(Ask calldata ask, bytes32 relationship)
        private
        view
        returns (uint8 reason)
    {
        reason = _checkRelationship(ask, relationship);
        if (reason != 0) return reason;
        reason = _checkViewer(ask);
        if (reason != 0) return reason;
        return _checkConsents(ask, scopeHash(ask.scope));
    }

    function _checkRelationship(Ask calldata ask, bytes32 relationship)
        private
        view
        returns (uint8)
    {
        Scope calldata scope = ask.scope;
        if (relationship != scope.relationship) return Reason.RELATIONSHIP_MISMATCH;
        if (scope.subject != ask.terms.subjectTag || scope.steward != ask.terms.stewardTag) {
            return Reason.PARTIES_MISMATCH;
        }
        return _checkStanding(relationship, scope.epoch);
    }

    function _checkStanding(bytes32 relationship, uint16 epoch) private view returns (uint8) {
        uint256 slot = relationships[relationship];
        if (uint8(slot) != Status.ACCEPTED && uint8(slot) != Status.CLOSED_BY_STEWARD) {
            return Reason.STATUS;
        }
        if (uint16(slot >> 8) != epoch) return Reason.EPOCH;
        return Reason.ALLOWED;
    }

    function _checkViewer(Ask calldata ask) private view returns (uint8) {
        Scope calldata scope = ask.scope;
        if (ask.viewer != scope.viewer) return Reason.VIEWER;
        if (ask.purpose == 0 || ask.purpose & ~scope.purposes != 0) return Reason.PURPOSE;
        if (_earliest(ask) < scope.notBefore) return Reason.NOT_YET;
        return Reason.ALLOWED;
    }

    function _checkConsents(Ask calldata ask, bytes32 scope) private view returns (uint8) {
        uint256 latest = _latest(ask);
        if (!_isLive(ask.grant, scope, latest)) return Reason.GRANT;
        bytes32 share = keccak256(abi.encode(_SHARE, ask.grant, scope));
        if (!_isSignedBy(_sharer(ask), share, ask.share.r, ask.share.vs)) {
            return Reason.SHARE_SIGNATURE;
        }
        uint8 policy = ask.terms.policy;
        if (policy == SubjectAlone.ID) return Reason.ALLOWED;
        if (policy != DualConsent.ID) return Reason.POLICY;
        if (!_isLive(ask.consentSlot, DualConsent.hashOf(scope, ask.consentSlot), latest)) {
            return Reason.CONSENT;
        }
        bytes32 consent = DualConsent.structHash(ask.consentSlot, ask.grant, scope);
        if (!_isSignedBy(ask.terms.consent, consent, ask.consent.r, ask.consent.vs)) {
            return Reason.CONSENT_SIGNATURE;
        }
        return Reason.ALLOWED;
    }

    function _checkParties(Terms calldata terms) private view returns (uint8) {
        if (
            !_registrar.isCertified(terms.stewardTag, Role.INSTITUTION)
                || _registrar.entries(terms.stewardTag).version < terms.stewardVersion
        ) return Reason.STEWARD;
        Entry memory subject = _registrar.entries(terms.subjectTag);
        if (subject.version == 0 || subject.version != terms.subjectVersion) return Reason.SUBJECT;
        return Reason.ALLOWED;
    }

    /// @dev Who signs a share: the subject's controller, or the delegate as the registrar names her.
    function _sharer(Ask calldata ask) private view returns (address) {
        if (ask.delegated.slot == address(0)) return ask.subjectController;
        return _registrar.entries(ask.delegated.delegation.delegate).identity;
    }

    function _earliest(Ask calldata ask) private view returns (uint256) {
        return ask.time < block.timestamp ? ask.time : block.timestamp;
    }

    function _latest(Ask calldata ask) private view returns (uint256) {
        return ask.time > block.timestamp ? ask.time : block.timestamp;
    }

    /// @dev A delegate reads every field of the categories that she was given.
    function _checkCategory(Ask calldata ask) private pure returns (uint8) {
        if (!_isIn(ask.delegated.delegation.categories, ask.leaf.category)) return Reason.RIGHTS;
        return ask.mask == 0 ? Reason.FIELDS : Reason.ALLOWED;
    }

    function _isIn(uint32 categories, uint32 category) private pure returns (bool) {
        return category < 32 && categories >> category & 1 == 1;
    }

    /// @dev Several entries may speak of one pointer; their masks add up.
    function _checkFields(Ask calldata ask, bool isDelegated) private pure returns (uint8) {
        ScopeEntry[] calldata entries = ask.scope.entries;
        Leaf calldata leaf = ask.leaf;
        uint256 allowed;
        uint256 last;
        for (uint256 i; i < entries.length; ++i) {
            ScopeEntry calldata entry = entries[i];
            uint256 order = uint256(uint128(entry.pointer)) << 64 | uint256(entry.category) << 32
                | entry.schema;
            if (i != 0 && order <= last) return Reason.ENTRIES_UNSORTED;
            last = order;
            if (isDelegated && !_isIn(ask.delegated.delegation.categories, entry.category)) {
                return Reason.RIGHTS;
            }
            if (
                (entry.pointer == leaf.pointer || entry.pointer == 0)
                    && entry.category == leaf.category && entry.schema == leaf.schema
            ) allowed |= entry.mask;
        }
        if (ask.mask == 0 || ask.mask & ~allowed != 0) return Reason.FIELDS;
        return Reason.ALLOWED;
    }

    function _checkProofs(Ask calldata ask, bytes32 relationship, bytes32 named)
        private
        view
        returns (uint8)
    {
        bytes32 salt = ask.terms.salt;
        bytes32 root = _anchors[ask.terms.stewardTag].root;
        Leaf calldata leaf = ask.leaf;
        bytes32 key = Proofs.hmac(salt, abi.encodePacked(relationship, leaf.pointer));
        bytes32 leafHash = _leafHash(leaf, key, relationship);
        // Pointer 0 is the index itself; no data stand there. Nor do any under root 0: nothing is anchored.
        if (leaf.pointer == 0 || root == 0 || Proofs.mapRoot(leafHash, key, ask.path) != root) {
            return Reason.POINTER_PROOF;
        }
        bytes32 indexKey = Proofs.hmac(salt, abi.encodePacked(relationship, bytes16(0)));
        if (named != indexKey) return Reason.INDEX_KEY;
        IndexProof calldata index = ask.index;
        (bool fits, bytes32 entriesRoot) = Proofs.treeRoot(
            sha256(abi.encodePacked(uint8(0), leaf.pointer, leaf.category, leaf.schema, key)),
            index.position,
            index.size,
            index.entryPath
        );
        bytes32 indexHash = sha256(
            abi.encodePacked(
                uint8(3),
                indexKey,
                relationship,
                index.size,
                entriesRoot,
                index.hidden,
                index.previous
            )
        );
        if (!fits || Proofs.mapRoot(indexHash, indexKey, index.mapPath) != root) {
            return Reason.INDEX_PROOF;
        }
        return Reason.ALLOWED;
    }

    function _leafHash(Leaf calldata leaf, bytes32 key, bytes32 relationship)
        private
        pure
        returns (bytes32)
    {
        return sha256(
            bytes.concat(
                abi.encodePacked(
                    uint8(0), key, relationship, leaf.pointer, leaf.version, leaf.previous
                ),
                abi.encodePacked(
                    leaf.origin,
                    leaf.category,
                    leaf.schema,
                    leaf.catalogue,
                    leaf.query,
                    leaf.result,
                    leaf.time
                )
            )
        );
    }
}
