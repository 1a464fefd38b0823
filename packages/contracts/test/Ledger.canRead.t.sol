// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Signature} from "../src/interfaces/IDomain.sol";
import {Ask, Reason, Terms} from "../src/interfaces/IReads.sol";
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
}
