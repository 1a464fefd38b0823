// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ask, Reason, ScopeEntry} from "../src/interfaces/IReads.sol";
import {Reading} from "./support/Reading.sol";

// canRead, once everything else holds
// ├── when a field, a pointer, an index or a proof is not the shared one → the reason for it
// └── otherwise → 0
contract LedgerCanReadFieldsTest is Reading {
    function setUp() public override {
        super.setUp();
        register("ann");
        register("bob");
    }

    // -- fields ------------------------------------------------------------------------------

    function testFuzz_ExactlyTheSharedFieldsAreAllowed(uint256 mask) public {
        Ask memory ask = alone();
        ask.mask = mask % 64;
        bool within = ask.mask != 0 && ask.mask & ~uint256(13) == 0;
        assertReason(ask, within ? Reason.ALLOWED : Reason.FIELDS);
        ask.mask = mask | 1 << 255;
        assertReason(ask, Reason.FIELDS);
    }

    // Attack 20: a mask of another category or schema says nothing about this pointer.
    function test_AMaskBelongsToCategoryAndSchema() public {
        Ask memory ask = alone();
        ask.leaf.category = CATEGORY + 1;
        assertReason(ask, Reason.FIELDS);
        ask.leaf.category = CATEGORY;
        ask.leaf.schema = SCHEMA + 1;
        assertReason(ask, Reason.FIELDS);
    }

    function respread(ScopeEntry[] memory entries) private returns (Ask memory ask) {
        ask = alone();
        ask.scope.entries = entries;
        grantKey = keyOf("grant of other entries");
        ask.grant = vm.addr(grantKey);
        sign(ask);
        openSlots(ask, 1);
    }

    function test_AnEntryWithoutPointerIsForItsWholeCategory() public {
        ScopeEntry[] memory entries = new ScopeEntry[](2);
        entries[0] = ScopeEntry(0, CATEGORY, SCHEMA, 2, 1);
        entries[1] = ScopeEntry(POINTER, CATEGORY, SCHEMA, 2, 4);
        Ask memory ask = respread(entries);
        assertReason(ask, Reason.ALLOWED); // the masks add up
        ask.mask = 7;
        assertReason(ask, Reason.FIELDS);
    }

    function test_EntriesAreStrictlySorted() public {
        ScopeEntry[] memory entries = new ScopeEntry[](2);
        entries[0] = ScopeEntry(POINTER, CATEGORY, SCHEMA, 2, 5);
        entries[1] = ScopeEntry(POINTER, CATEGORY, SCHEMA, 2, 5);
        Ask memory ask = respread(entries);
        assertReason(ask, Reason.ENTRIES_UNSORTED);
    }

    function test_EntriesAreSortedByPointerFirst() public {
        ScopeEntry[] memory entries = new ScopeEntry[](2);
        entries[0] = ScopeEntry(POINTER, CATEGORY, SCHEMA, 2, 5);
        entries[1] = ScopeEntry(0, CATEGORY + 1, SCHEMA, 2, 5);
        assertReason(respread(entries), Reason.ENTRIES_UNSORTED);
    }

    function test_NoEntriesAllowNothing() public {
        assertReason(respread(new ScopeEntry[](0)), Reason.FIELDS);
    }

    // -- proofs ------------------------------------------------------------------------------

    function test_EveryFieldOfTheLeafIsProven() public {
        Ask memory ask = alone();
        bytes32 word = keccak256("another");
        (bytes32 previous, bytes32 query, bytes32 result) =
            (ask.leaf.previous, ask.leaf.query, ask.leaf.result);
        ask.leaf.version = 2;
        assertReason(ask, Reason.POINTER_PROOF);
        (ask.leaf.version, ask.leaf.previous) = (3, word);
        assertReason(ask, Reason.POINTER_PROOF);
        (ask.leaf.previous, ask.leaf.origin) = (previous, 2);
        assertReason(ask, Reason.POINTER_PROOF);
        (ask.leaf.origin, ask.leaf.catalogue) = (1, 3);
        assertReason(ask, Reason.POINTER_PROOF);
        (ask.leaf.catalogue, ask.leaf.query) = (2, word);
        assertReason(ask, Reason.POINTER_PROOF);
        (ask.leaf.query, ask.leaf.result) = (query, word);
        assertReason(ask, Reason.POINTER_PROOF);
        (ask.leaf.result, ask.leaf.time) = (result, 1);
        assertReason(ask, Reason.POINTER_PROOF);
        ask.leaf.time = uint40(block.timestamp);
        assertReason(ask, Reason.ALLOWED);
    }

    function test_AProofIsToTheNewestRoot() public {
        Ask memory ask = alone();
        sendAccepted(anchor(keccak256("a newer root"), 0, 0));
        assertReason(ask, Reason.POINTER_PROOF);
    }

    function testFuzz_APathCannotBeBent(uint8 place, bytes32 word) public {
        Ask memory ask = alone();
        vm.assume(word != ask.path[place % ask.path.length]);
        ask.path[place % ask.path.length] = word;
        assertReason(ask, Reason.POINTER_PROOF);
    }

    function test_APathHasItsLength() public {
        Ask memory ask = alone();
        bytes32[] memory path = ask.path;
        ask.path = without(path);
        assertReason(ask, Reason.POINTER_PROOF);
        ask.path = new bytes32[](257);
        assertReason(ask, Reason.POINTER_PROOF);
    }

    // Attack 60: the root of whoever never anchored is 0, and so was that of a path without end.
    function test_NothingStandsUnderTheRootZero() public {
        Ask memory ask = alone();
        sendAccepted(anchor(0, 0, 0));
        ask.path = new bytes32[](257);
        ask.index.mapPath = new bytes32[](257);
        assertReason(ask, Reason.POINTER_PROOF);
    }

    function test_TheScopesIndexIsTheRelationships() public {
        Ask memory ask = alone();
        ask.scope.index = keccak256("another index");
        grantKey = keyOf("grant of another index");
        ask.grant = vm.addr(grantKey);
        sign(ask);
        openSlots(ask, 1);
        assertReason(ask, Reason.INDEX_KEY);
    }

    function test_EveryFieldOfTheIndexIsProven() public {
        Ask memory ask = alone();
        (bytes32 hidden, bytes32 previous) = (ask.index.hidden, ask.index.previous);
        ask.index.hidden = keccak256("another");
        assertReason(ask, Reason.INDEX_PROOF);
        (ask.index.hidden, ask.index.previous) = (hidden, keccak256("another"));
        assertReason(ask, Reason.INDEX_PROOF);
        (ask.index.previous, ask.index.size) = (previous, 10);
        assertReason(ask, Reason.INDEX_PROOF);
        (ask.index.size, ask.index.position) = (9, 5);
        assertReason(ask, Reason.INDEX_PROOF);
        (ask.index.position, ask.index.mapPath) = (4, without(ask.index.mapPath));
        assertReason(ask, Reason.INDEX_PROOF);
    }

    // Attack 15: a pointer that nobody hears of stands in no index.
    function test_AStrayPointerIsRefused() public {
        Ask memory ask = alone();
        ask.index.entryPath = without(ask.index.entryPath);
        assertReason(ask, Reason.INDEX_PROOF);
        ask.index.position = 9;
        assertReason(ask, Reason.INDEX_PROOF);
    }

    /// @dev Every place in trees of every small size, by the RFC's definition of the tree.
    function testFuzz_APlaceInAnIndexOfAnySizeIsProven(uint32 size, uint32 position) public {
        size = uint32(bound(size, 1, 70));
        position = uint32(bound(position, 0, size - 1));
        Ask memory ask = alone();
        plant(ask, size, position);
        assertReason(ask, Reason.ALLOWED);
        ask.index.position = (position + 1) % size;
        assertReason(ask, size == 1 ? Reason.ALLOWED : Reason.INDEX_PROOF);
        ask.index.position = position;
        ask.index.entryPath = new bytes32[](ask.index.entryPath.length + 1);
        assertReason(ask, Reason.INDEX_PROOF);
    }

    function test_TheIndexItselfHoldsNoData() public {
        ScopeEntry[] memory entries = new ScopeEntry[](1);
        entries[0] = ScopeEntry(0, CATEGORY, SCHEMA, 2, 5);
        Ask memory ask = respread(entries);
        ask.leaf = leafOf(0);
        bytes32 leaf = hashOf(ask.leaf, ask.scope.index, ask.scope.relationship);
        sendAccepted(anchor(leaf, 0, 0)); // a map of this one leaf, at the index's key
        ask.path = new bytes32[](0);
        assertReason(ask, Reason.POINTER_PROOF);
    }
}
