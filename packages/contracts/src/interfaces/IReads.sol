// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Signature} from "./IDomain.sol";

/// @notice Why `canRead` refuses. The first that applies, in the order of the checks.
library Reason {
    uint8 internal constant ALLOWED = 0;
    /// @notice Controllers and terms do not make the relationship that the scope names.
    uint8 internal constant RELATIONSHIP_MISMATCH = 1;
    /// @notice The scope speaks of another subject or steward than the terms.
    uint8 internal constant PARTIES_MISMATCH = 2;
    /// @notice The relationship is not accepted (or was ended by its subject).
    uint8 internal constant STATUS = 3;
    /// @notice All sharing was stopped after this scope was made.
    uint8 internal constant EPOCH = 4;
    /// @notice The scope is for somebody else.
    uint8 internal constant VIEWER = 5;
    /// @notice The scope is not for this purpose.
    uint8 internal constant PURPOSE = 6;
    /// @notice The scope holds only later.
    uint8 internal constant NOT_YET = 7;
    /// @notice The grant never was, is expired or revoked, or is of another scope.
    uint8 internal constant GRANT = 8;
    /// @notice The subject did not sign this scope for this grant.
    uint8 internal constant SHARE_SIGNATURE = 9;
    /// @notice The terms name a policy that this ledger does not know.
    uint8 internal constant POLICY = 10;
    /// @notice The steward's consent is missing, expired, revoked, or of another scope.
    uint8 internal constant CONSENT = 11;
    /// @notice The terms' consent key did not sign this consent.
    uint8 internal constant CONSENT_SIGNATURE = 12;
    /// @notice The steward is no certified institution, or its registration is older than the terms.
    uint8 internal constant STEWARD = 13;
    /// @notice The subject's registration is not the one the terms name.
    uint8 internal constant SUBJECT = 14;
    /// @notice The scope's entries are not strictly sorted.
    uint8 internal constant ENTRIES_UNSORTED = 15;
    /// @notice No entry allows these fields of this pointer.
    uint8 internal constant FIELDS = 16;
    /// @notice The pointer's leaf is not in the steward's newest root.
    uint8 internal constant POINTER_PROOF = 17;
    /// @notice The scope's index key is not the relationship's.
    uint8 internal constant INDEX_KEY = 18;
    /// @notice The pointer is not in the relationship's index, or that not in the newest root.
    uint8 internal constant INDEX_PROOF = 19;
    /// @notice The delegation never was, is expired or revoked, or is of another content.
    uint8 internal constant DELEGATION = 20;
    /// @notice The subject did not sign this delegation for this slot.
    uint8 internal constant DELEGATION_SIGNATURE = 21;
    /// @notice The delegation is for somebody else.
    uint8 internal constant DELEGATE = 22;
    /// @notice The delegation gives no right to that, or not over this category.
    uint8 internal constant RIGHTS = 23;
}

/// @notice What steward and subject agreed to; its hash is part of the relationship's key.
struct Terms {
    bytes32 stewardTag;
    bytes32 subjectTag;
    uint32 stewardVersion; // dates the derivation only: a steward may rotate its keys
    uint32 subjectVersion; // binding
    bytes32 salt;
    uint8 policy; // see policies/
    address consent; // steward's key for dual consent, else 0
}

/// @notice Fields of one pointer, or (pointer 0) of every pointer of a category and schema.
struct ScopeEntry {
    bytes16 pointer;
    uint32 category;
    uint32 schema;
    uint16 catalogue; // version that the mask speaks of
    uint256 mask; // bit i = field number i
}

/// @notice What a grant allows. EIP-712 names the entry's type `Entry`.
struct Scope {
    bytes32 subject; // idTags
    bytes32 steward;
    bytes32 viewer;
    bytes32 relationship;
    uint16 epoch;
    bytes32 index; // map key of the relationship's index leaf
    uint16 purposes; // bits
    uint40 notBefore; // unix seconds
    bytes32 salt;
    ScopeEntry[] entries; // strictly sorted by (pointer, category, schema)
}

/// @notice Who may act for the subject, and how far (guardian, carer). Depth one: only the subject's
/// controller signs one.
struct Delegation {
    bytes32 subject; // idTags
    bytes32 steward;
    bytes32 delegate;
    bytes32 relationship;
    uint16 epoch;
    bytes32 index; // map key of the relationship's index leaf
    uint8 rights; // READ, or READ and SHARE
    uint32 categories; // bit c = category c
    uint40 notBefore; // unix seconds
    bytes32 salt;
}

/// @notice A delegation as it is presented: its slot stands among the grants.
struct Delegated {
    address slot; // 0 = none is presented
    Signature signature; // by the subject's controller
    Delegation delegation;
}

/// @notice A pointer as the map holds it; SHA-256 over 0x00, the map key, the relationship and
/// these fields in this order, each of fixed width.
struct Leaf {
    bytes16 pointer;
    uint32 version;
    bytes32 previous;
    uint8 origin;
    uint32 category;
    uint32 schema;
    uint16 catalogue;
    bytes32 query;
    bytes32 result;
    uint40 time;
}

/// @notice Proof that the pointer stands in the relationship's index, and the index in the map.
struct IndexProof {
    bytes32 hidden; // what only the subject opens
    bytes32 previous;
    uint32 position;
    uint32 size;
    bytes32[] entryPath; // RFC 9162, nearest the leaf first
    bytes32[] mapPath; // nearest the root first
}

/// @notice Everything a viewer's query rests on, opened.
struct Ask {
    address stewardController;
    address subjectController;
    Terms terms;
    Scope scope;
    address grant; // 0 when a delegate reads by the delegation alone
    Signature share; // by the subject's controller, or with a delegation by the delegate's identity
    address consentSlot; // dual consent only, else 0
    Signature consent; // by the terms' consent key
    Leaf leaf;
    bytes32[] path; // of the leaf in the map, nearest the root first
    IndexProof index;
    bytes32 viewer; // idTag of whoever asks
    uint256 mask; // fields asked for
    uint16 purpose; // bits
    uint40 time; // the gatekeeper's clock; the worse of it and the block's counts
    Delegated delegated;
}

/// @title Reading
/// @notice The chain's part of a gatekeeper's decision (paper III-C.3): on the newest root, without
/// pending leaves and without revocations that were merely seen.
interface IReads {
    /// @notice 0 if the viewer may read these fields now, else a `Reason`.
    function canRead(Ask calldata ask) external view returns (uint8 reason);

    /// @notice EIP-712 hash of a scope.
    function scopeHash(Scope calldata scope) external pure returns (bytes32);

    /// @notice EIP-712 hash of terms.
    function termsHash(Terms calldata terms) external pure returns (bytes32);
}
