// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Signature} from "../src/interfaces/IDomain.sol";
import {Ask, Reason, ScopeEntry, Terms} from "../src/interfaces/IReads.sol";
import {Role} from "../src/interfaces/IRegistrar.sol";
import {Reading} from "./support/Reading.sol";

// canRead
// ├── given everything holds → 0, for every subset of the mask
// └── when exactly one thing is wrong → the reason for it (one test each, in the order of the checks)
contract LedgerCanReadTest is Reading {
    function setUp() public override {
        super.setUp();
        register("ann");
        register("bob");
    }

    function assertReason(Ask memory ask, uint8 reason) private view {
        vm.assertEq(ledger.canRead(ask), reason);
    }

    function alone() private returns (Ask memory) {
        return share(termsOf(0));
    }

    function dual() private returns (Ask memory) {
        return share(termsOf(1));
    }

    function test_AViewerReadsWhatWasSharedWithHim() public {
        assertReason(alone(), Reason.ALLOWED);
    }

    function test_AViewerReadsWithBothConsents() public {
        assertReason(dual(), Reason.ALLOWED);
    }

    function test_HashesAreThoseOfTheProtocol() public {
        Ask memory ask = alone();
        vm.assertEq(ledger.scopeHash(ask.scope), hashOf(ask.scope));
        vm.assertEq(ledger.termsHash(ask.terms), hashOf(ask.terms));
    }

    // -- relationship ------------------------------------------------------------------------

    // Attack 1: a relationship of somebody else's making.
    function test_OtherTermsAreAnotherRelationship() public {
        Ask memory ask = alone();
        ask.terms.salt = keccak256("another salt");
        assertReason(ask, Reason.RELATIONSHIP_MISMATCH);
        ask = alonePlain(ask);
        ask.subjectController = vm.addr(keyOf("mallory"));
        assertReason(ask, Reason.RELATIONSHIP_MISMATCH);
    }

    function alonePlain(Ask memory ask) private view returns (Ask memory) {
        ask.terms = termsOf(0);
        return ask;
    }

    function test_APolicyCannotBeTalkedAway() public {
        Ask memory ask = dual();
        ask.terms.policy = 0;
        assertReason(ask, Reason.RELATIONSHIP_MISMATCH);
    }

    // Attack 27: a scope that names another subject than the relationship's.
    function test_AScopeNamesTheRelationshipsParties() public {
        Ask memory ask = alone();
        ask.scope.subject = tagOf("carol");
        assertReason(ask, Reason.PARTIES_MISMATCH);
        ask.scope.subject = ask.terms.subjectTag;
        ask.scope.steward = clinic;
        assertReason(ask, Reason.PARTIES_MISMATCH);
    }

    function test_ReadsFollowTheStatus() public {
        Ask memory ask = alone();
        sendAccepted(end(parties, 5));
        assertReason(ask, Reason.ALLOWED); // a steward's close lets grants live
        sendAccepted(end(parties, 4));
        assertReason(ask, Reason.STATUS); // a subject's ends them
    }

    function test_AProposalGivesViewersNothing() public {
        Ask memory ask = alone();
        Terms memory terms = termsOf(0);
        parties = pair(5);
        parties.terms = hashOf(terms);
        sendAccepted(propose(parties, ""));
        ask.stewardController = vm.addr(parties.steward);
        ask.subjectController = vm.addr(parties.subject);
        ask.scope = scopeOf(terms);
        assertReason(ask, Reason.STATUS);
    }

    function test_StopAllEndsEveryScopeOfTheFormerEpoch() public {
        Ask memory ask = alone();
        sendAccepted(stopAll(parties, 1));
        assertReason(ask, Reason.EPOCH);
        ask.scope.epoch = 1;
        assertReason(ask, Reason.GRANT);
    }

    // -- viewer ------------------------------------------------------------------------------

    function testFuzz_AScopeIsForItsViewerAlone(bytes32 viewer) public {
        Ask memory ask = alone();
        vm.assume(viewer != ask.viewer);
        ask.viewer = viewer;
        assertReason(ask, Reason.VIEWER);
    }

    function testFuzz_AScopeIsForItsPurposes(uint16 purpose) public {
        Ask memory ask = alone();
        ask.purpose = purpose;
        bool within = purpose != 0 && purpose & ~uint16(6) == 0;
        assertReason(ask, within ? Reason.ALLOWED : Reason.PURPOSE);
    }

    function test_AScopeHoldsFromItsBeginning() public {
        Ask memory ask = alone();
        ask.time = uint40(block.timestamp - 1);
        assertReason(ask, Reason.NOT_YET);
        ask.time = uint40(block.timestamp);
        vm.warp(block.timestamp - 1);
        assertReason(ask, Reason.NOT_YET);
    }

    // -- grant -------------------------------------------------------------------------------

    function test_AGrantEndsAtItsExpiryByEitherClock() public {
        Ask memory ask = alone();
        uint256 expiry = ledger.grants(ask.grant) >> 224;
        ask.time = uint40(expiry - 1);
        assertReason(ask, Reason.ALLOWED);
        ask.time = uint40(expiry);
        assertReason(ask, Reason.GRANT);
        ask.time = uint40(block.timestamp);
        vm.warp(expiry - 1);
        assertReason(ask, Reason.ALLOWED);
        vm.warp(expiry);
        assertReason(ask, Reason.GRANT);
    }

    function test_ARevokedGrantGivesNothing() public {
        Ask memory ask = alone();
        sendFrom(address(1), revoke(grantKey));
        assertReason(ask, Reason.GRANT);
    }

    function test_AnotherScopeIsNotTheGrants() public {
        Ask memory ask = alone();
        ask.scope.entries[1].mask = type(uint256).max;
        sign(ask); // even with the subject's signature
        assertReason(ask, Reason.GRANT);
    }

    function test_AGrantThatNeverWas() public {
        Ask memory ask = alone();
        ask.grant = vm.addr(keyOf("no grant"));
        assertReason(ask, Reason.GRANT);
    }

    function test_TheSubjectSignedTheScope() public {
        Ask memory ask = alone();
        ask.share.r = keccak256("junk");
        assertReason(ask, Reason.SHARE_SIGNATURE);
    }

    // Whoever makes a slot of the same hash under a key of his own has not the subject's word for it.
    function test_TheSubjectSignedForThisGrant() public {
        Ask memory ask = alone();
        uint256 own = keyOf("viewer's own slot");
        sendAccepted(grant(own, slotOf(soon(), 1, hashOf(ask.scope)), ""));
        ask.grant = vm.addr(own);
        assertReason(ask, Reason.SHARE_SIGNATURE);
    }

    // -- dual consent (attack 21) ------------------------------------------------------------

    function test_DualConsentIsAskedAtEveryRead() public {
        Ask memory ask = dual();
        sendFrom(address(1), revoke(consentSlotKey));
        assertReason(ask, Reason.CONSENT);
    }

    function test_EitherSideMayRevoke() public {
        Ask memory ask = dual();
        sendFrom(address(1), revoke(grantKey));
        assertReason(ask, Reason.GRANT);
    }

    function test_AGrantIsNoConsent() public {
        Ask memory ask = dual();
        ask.consentSlot = ask.grant;
        assertReason(ask, Reason.CONSENT);
    }

    function test_AConsentIsTheConsentKeys() public {
        Ask memory ask = dual();
        ask.consent = ask.share;
        assertReason(ask, Reason.CONSENT_SIGNATURE);
    }

    function test_AConsentForAnotherGrantIsNone() public {
        Ask memory ask = dual();
        uint256 second = keyOf("second grant");
        sendAccepted(grant(second, slotOf(soon(), 1, hashOf(ask.scope)), ""));
        address first = ask.grant;
        ask.grant = vm.addr(second);
        sign(ask);
        ask.grant = first;
        assertReason(ask, Reason.SHARE_SIGNATURE);
        Ask memory fresh = ask;
        fresh.grant = vm.addr(second);
        fresh.consent = consentFor(fresh, first);
        assertReason(fresh, Reason.CONSENT_SIGNATURE);
    }

    function consentFor(Ask memory ask, address grantAddress)
        private
        view
        returns (Signature memory)
    {
        bytes32 typeHash = keccak256("Consent(address slot,address grant,bytes32 scope)");
        bytes32 scope = hashOf(ask.scope);
        return signLedger(
            consentKey, keccak256(abi.encode(typeHash, ask.consentSlot, grantAddress, scope))
        );
    }

    function test_NothingOnChainTiesTheTwoSlots() public {
        Ask memory ask = dual();
        vm.assertTrue(uint208(ledger.grants(ask.grant)) != uint208(ledger.grants(ask.consentSlot)));
    }

    function testFuzz_AnUnknownPolicyRefuses(uint8 id) public {
        vm.assume(id > 1);
        Ask memory ask = share(termsOf(id));
        assertReason(ask, Reason.POLICY);
    }

    // -- registrar ---------------------------------------------------------------------------

    function test_TheStewardIsACertifiedInstitution() public {
        Ask memory ask = alone();
        castVote("hospital", Role.INSTITUTION, false, "clinic");
        castVote("hospital", Role.INSTITUTION, false, "laboratory");
        assertReason(ask, Reason.STEWARD);
    }

    function test_TheStewardsVersionOnlyDatesTheTerms() public {
        Terms memory terms = termsOf(0);
        terms.stewardVersion = 0;
        assertReason(share(terms), Reason.ALLOWED);
    }

    function test_TermsOfALaterStewardAreRefused() public {
        Terms memory terms = termsOf(0);
        terms.stewardVersion = 2;
        assertReason(share(terms), Reason.STEWARD);
    }

    // Attack 5: terms bind the subject's version.
    function testFuzz_TermsBindTheSubjectsVersion(uint32 version) public {
        vm.assume(version != 1);
        Terms memory terms = termsOf(0);
        terms.subjectVersion = version;
        assertReason(share(terms), Reason.SUBJECT);
    }

    function test_AnUnregisteredSubjectSharesNothing() public {
        Terms memory terms = termsOf(0);
        (terms.subjectTag, terms.subjectVersion) = (tagOf("nobody"), 0);
        assertReason(share(terms), Reason.SUBJECT);
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
