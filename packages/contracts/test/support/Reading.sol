// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ask, Leaf, Scope, ScopeEntry, Terms} from "../../src/interfaces/IReads.sol";
import {Network} from "./Network.sol";

/// @dev A relationship with pointers, an index and a shared scope, and the trees above them: what a
/// steward, a subject and a viewer hold. Hashes are written apart from src/.
abstract contract Reading is Network {
    bytes32 internal constant SALT = keccak256("salt of the terms");
    bytes16 internal constant POINTER = bytes16(keccak256("pointer"));
    uint32 internal constant CATEGORY = 5;
    uint32 internal constant SCHEMA = 0xA1B2C3D4;

    Pair internal parties;
    uint256 internal grantKey = keyOf("grant");
    uint256 internal consentKey = keyOf("consent of the terms");
    uint256 internal consentSlotKey = keyOf("consent slot");

    // -- hashes ------------------------------------------------------------------------------

    function hmac(bytes32 key, bytes memory message) internal pure returns (bytes32) {
        bytes memory inner = new bytes(64);
        bytes memory outer = new bytes(64);
        for (uint256 i; i < 64; ++i) {
            bytes1 k = i < 32 ? key[i] : bytes1(0);
            inner[i] = k ^ 0x36;
            outer[i] = k ^ 0x5c;
        }
        return sha256(bytes.concat(outer, sha256(bytes.concat(inner, message))));
    }

    function node(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return sha256(bytes.concat(hex"01", left, right));
    }

    function hashOf(Terms memory t) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256(
                    "Terms(bytes32 stewardTag,bytes32 subjectTag,uint32 stewardVersion,uint32 subjectVersion,bytes32 salt,uint8 policy,address consent)"
                ),
                t
            )
        );
    }

    function hashOf(Scope memory s) internal pure returns (bytes32) {
        bytes memory entries;
        for (uint256 i; i < s.entries.length; ++i) {
            entries = bytes.concat(
                entries,
                keccak256(
                    abi.encode(
                        keccak256(
                            "Entry(bytes16 pointer,uint32 category,uint32 schema,uint16 catalogue,uint256 mask)"
                        ),
                        s.entries[i]
                    )
                )
            );
        }
        bytes memory head = abi.encode(
            keccak256(
                "Scope(bytes32 subject,bytes32 steward,bytes32 viewer,bytes32 relationship,uint16 epoch,bytes32 index,uint16 purposes,uint40 notBefore,bytes32 salt,Entry[] entries)Entry(bytes16 pointer,uint32 category,uint32 schema,uint16 catalogue,uint256 mask)"
            ),
            s.subject,
            s.steward,
            s.viewer,
            s.relationship
        );
        return keccak256(
            bytes.concat(
                head,
                abi.encode(s.epoch, s.index, s.purposes, s.notBefore, s.salt, keccak256(entries))
            )
        );
    }

    function hashOf(Leaf memory l, bytes32 key, bytes32 relationship)
        internal
        pure
        returns (bytes32)
    {
        bytes memory head =
            bytes.concat(hex"00", key, relationship, l.pointer, bytes4(l.version), l.previous);
        bytes memory kind = bytes.concat(
            bytes1(l.origin), bytes4(l.category), bytes4(l.schema), bytes2(l.catalogue)
        );
        return sha256(bytes.concat(head, kind, l.query, l.result, bytes5(l.time)));
    }

    // -- a world in which the answer is yes --------------------------------------------------

    function termsOf(uint8 policyId) internal view returns (Terms memory) {
        return Terms({
            stewardTag: hospital,
            subjectTag: tagOf("ann"),
            stewardVersion: 1,
            subjectVersion: 1,
            salt: SALT,
            policy: policyId,
            consent: policyId == 1 ? vm.addr(consentKey) : address(0)
        });
    }

    /// @dev Opens a relationship under these terms, anchors one pointer in it, shares two of its
    /// fields with bob, and returns what bob would present.
    function share(Terms memory terms) internal returns (Ask memory ask) {
        parties = pair(77);
        parties.terms = hashOf(terms);
        sendAccepted(bytes.concat(propose(parties, ""), accept(parties, "")));
        ask.stewardController = vm.addr(parties.steward);
        ask.subjectController = vm.addr(parties.subject);
        ask.terms = terms;
        ask.leaf = leafOf(POINTER);
        ask.viewer = tagOf("bob");
        ask.mask = 5;
        ask.purpose = 2;
        ask.time = uint40(block.timestamp);
        ask.scope = scopeOf(terms);
        ask.grant = vm.addr(grantKey);
        if (terms.policy == 1) ask.consentSlot = vm.addr(consentSlotKey);
        plant(ask, 9, 4);
        sign(ask);
        openSlots(ask, 1);
    }

    function leafOf(bytes16 pointer) internal view returns (Leaf memory) {
        return Leaf({
            pointer: pointer,
            version: 3,
            previous: keccak256("previous leaf"),
            origin: 1,
            category: CATEGORY,
            schema: SCHEMA,
            catalogue: 2,
            query: keccak256("query"),
            result: keccak256("result"),
            time: uint40(block.timestamp)
        });
    }

    function scopeOf(Terms memory terms) internal view returns (Scope memory scope) {
        bytes32 relationship = relationshipOf(parties);
        scope.subject = terms.subjectTag;
        scope.steward = terms.stewardTag;
        scope.viewer = tagOf("bob");
        scope.relationship = relationship;
        scope.index = hmac(terms.salt, bytes.concat(relationship, bytes16(0)));
        scope.purposes = 6;
        scope.notBefore = uint40(block.timestamp);
        scope.salt = keccak256("salt of the scope");
        scope.entries = new ScopeEntry[](2);
        scope.entries[0] = ScopeEntry(bytes16(uint128(1)), CATEGORY, SCHEMA, 2, 2);
        scope.entries[1] = ScopeEntry(POINTER, CATEGORY, SCHEMA, 2, 13);
    }

    /// @dev Subject's and, with dual consent, steward's signature over the scope as it is now.
    function sign(Ask memory ask) internal view {
        bytes32 scope = hashOf(ask.scope);
        ask.share = signLedger(
            parties.subject,
            keccak256(abi.encode(keccak256("Share(address grant,bytes32 scope)"), ask.grant, scope))
        );
        ask.consent = signLedger(
            consentKey,
            keccak256(
                abi.encode(
                    keccak256("Consent(address slot,address grant,bytes32 scope)"),
                    ask.consentSlot,
                    ask.grant,
                    scope
                )
            )
        );
    }

    function openSlots(Ask memory ask, uint16 sequence) internal {
        bytes32 scope = hashOf(ask.scope);
        uint32 expiry = uint32(block.timestamp + 30 days);
        bytes memory batch = grant(grantKey, slotOf(expiry, sequence, scope), "");
        if (ask.terms.policy == 1) {
            bytes32 hash = keccak256(bytes.concat(scope, bytes20(ask.consentSlot)));
            batch = bytes.concat(batch, grant(consentSlotKey, slotOf(expiry, sequence, hash), ""));
        }
        sendAccepted(batch);
    }

    /// @dev Puts the leaf into an index of `size` pointers at `position`, both into a map, and
    /// anchors it; writes the proofs into the question.
    function plant(Ask memory ask, uint32 size, uint32 position) internal {
        bytes32 relationship = relationshipOf(parties);
        bytes32 key = hmac(SALT, bytes.concat(relationship, ask.leaf.pointer));
        bytes32 indexKey = hmac(SALT, bytes.concat(relationship, bytes16(0)));
        bytes32[] memory entries = new bytes32[](size);
        for (uint256 i; i < size; ++i) {
            entries[i] = keccak256(abi.encode("entry", i));
        }
        entries[position] = sha256(
            bytes.concat(
                hex"00", ask.leaf.pointer, bytes4(ask.leaf.category), bytes4(ask.leaf.schema), key
            )
        );
        ask.index.hidden = keccak256("hidden");
        ask.index.previous = keccak256("previous index");
        ask.index.position = position;
        ask.index.size = size;
        ask.index.entryPath = pathIn(entries, position);
        bytes32 indexLeaf = sha256(
            bytes.concat(
                hex"03",
                indexKey,
                relationship,
                bytes4(size),
                treeRoot(entries),
                ask.index.hidden,
                ask.index.previous
            )
        );
        bytes32 root;
        (root, ask.path, ask.index.mapPath) =
            mapOf(hashOf(ask.leaf, key, relationship), key, indexLeaf, indexKey);
        sendAccepted(anchor(root, 0, 0));
    }

    // -- trees -------------------------------------------------------------------------------

    /// @dev RFC 9162 section 2.1.1, as it is defined: split at the largest power of two below n.
    function treeRoot(bytes32[] memory leaves) internal pure returns (bytes32) {
        if (leaves.length == 1) return leaves[0];
        (bytes32[] memory left, bytes32[] memory right) = halves(leaves);
        return node(treeRoot(left), treeRoot(right));
    }

    /// @dev RFC 9162 section 2.1.3.1.
    function pathIn(bytes32[] memory leaves, uint256 position)
        internal
        pure
        returns (bytes32[] memory path)
    {
        if (leaves.length == 1) return new bytes32[](0);
        (bytes32[] memory left, bytes32[] memory right) = halves(leaves);
        bool inLeft = position < left.length;
        bytes32[] memory below =
            inLeft ? pathIn(left, position) : pathIn(right, position - left.length);
        path = new bytes32[](below.length + 1);
        for (uint256 i; i < below.length; ++i) {
            path[i] = below[i];
        }
        path[below.length] = treeRoot(inLeft ? right : left);
    }

    function halves(bytes32[] memory leaves)
        internal
        pure
        returns (bytes32[] memory left, bytes32[] memory right)
    {
        uint256 split = 1;
        while (split * 2 < leaves.length) split *= 2;
        left = new bytes32[](split);
        right = new bytes32[](leaves.length - split);
        for (uint256 i; i < leaves.length; ++i) {
            if (i < split) left[i] = leaves[i];
            else right[i - split] = leaves[i];
        }
    }

    function bit(bytes32 key, uint256 depth) internal pure returns (bool) {
        return key[depth / 8] & bytes1(uint8(0x80 >> (depth % 8))) != 0;
    }

    /// @dev A map with two leaves of ours, which part at some bit, and strangers' siblings elsewhere,
    /// three more levels deep.
    function mapOf(bytes32 a, bytes32 keyA, bytes32 b, bytes32 keyB)
        internal
        pure
        returns (bytes32 root, bytes32[] memory pathA, bytes32[] memory pathB)
    {
        uint256 fork;
        while (bit(keyA, fork) == bit(keyB, fork)) ++fork;
        pathA = new bytes32[](fork + 4);
        pathB = new bytes32[](fork + 4);
        for (uint256 depth = fork + 3; depth > fork; --depth) {
            pathA[depth] = keccak256(abi.encode("a", depth));
            pathB[depth] = keccak256(abi.encode("b", depth));
            a = bit(keyA, depth) ? node(pathA[depth], a) : node(a, pathA[depth]);
            b = bit(keyB, depth) ? node(pathB[depth], b) : node(b, pathB[depth]);
        }
        (pathA[fork], pathB[fork]) = (b, a);
        root = bit(keyA, fork) ? node(b, a) : node(a, b);
        for (uint256 depth = fork; depth > 0; --depth) {
            bytes32 sibling = keccak256(abi.encode("shared", depth));
            pathA[depth - 1] = sibling;
            pathB[depth - 1] = sibling;
            root = bit(keyA, depth - 1) ? node(sibling, root) : node(root, sibling);
        }
    }

    function without(bytes32[] memory path) internal pure returns (bytes32[] memory shorter) {
        shorter = new bytes32[](path.length - 1);
        for (uint256 i; i < shorter.length; ++i) {
            shorter[i] = path[i];
        }
    }

    function assertReason(Ask memory ask, uint8 reason) internal view {
        vm.assertEq(ledger.canRead(ask), reason);
    }

    function alone() internal returns (Ask memory) {
        return share(termsOf(0));
    }

    function dual() internal returns (Ask memory) {
        return share(termsOf(1));
    }
}
