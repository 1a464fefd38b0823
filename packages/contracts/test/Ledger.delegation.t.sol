// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ask, Delegation, Reason, ScopeEntry} from "../src/interfaces/IReads.sol";
import {Right} from "../src/interfaces/Right.sol";
import {Reading} from "./support/Reading.sol";

// canRead by a delegation
// ├── when a delegate reads by it alone
// │   ├── given everything holds → 0, for every field of a delegated category
// │   └── when exactly one thing is wrong → the reason for it
// └── when somebody reads what a delegate shared
//     ├── given everything holds → 0
//     └── when exactly one thing is wrong → the reason for it
contract LedgerDelegationTest is Reading {
    uint256 private _slotKey = keyOf("delegation");

    function setUp() public override {
        super.setUp();
        register("ann");
        register("bob");
        register("maria");
    }

    function structHash(Delegation memory d) private pure returns (bytes32) {
        bytes32 kind = keccak256(
            "Delegation(bytes32 subject,bytes32 steward,bytes32 delegate,bytes32 relationship,uint16 epoch,bytes32 index,uint8 rights,uint32 categories,uint40 notBefore,bytes32 salt)"
        );
        bytes memory parties_ = abi.encode(kind, d.subject, d.steward, d.delegate, d.relationship);
        return keccak256(
            bytes.concat(
                parties_, abi.encode(d.epoch, d.index, d.rights, d.categories, d.notBefore, d.salt)
            )
        );
    }

    /// @dev Ann lets maria read category 5 and share it; nothing is shared with anybody.
    function delegated() private returns (Ask memory ask) {
        ask = share(termsOf(0));
        ask.grant = address(0);
        delete ask.scope;
        ask.viewer = tagOf("maria");
        ask.delegated.slot = vm.addr(_slotKey);
        ask.delegated.delegation = Delegation({
            subject: ask.terms.subjectTag,
            steward: ask.terms.stewardTag,
            delegate: tagOf("maria"),
            relationship: relationshipOf(parties),
            epoch: 0,
            index: hmac(SALT, bytes.concat(relationshipOf(parties), bytes16(0))),
            rights: Right.READ | Right.SHARE,
            categories: uint32(1) << CATEGORY,
            notBefore: uint40(block.timestamp),
            salt: keccak256("salt of the delegation")
        });
        ratify(ask, 1);
    }

    function signDelegation(Ask memory ask, uint256 by) private view {
        bytes32 hash = structHash(ask.delegated.delegation);
        bytes32 kind = keccak256("Delegate(address slot,bytes32 delegation)");
        ask.delegated.signature =
            signLedger(by, keccak256(abi.encode(kind, ask.delegated.slot, hash)));
    }

    /// @dev The subject signs the delegation as it is now, and opens a slot for it.
    function ratify(Ask memory ask, uint16 sequence) private {
        signDelegation(ask, parties.subject);
        bytes32 hash = structHash(ask.delegated.delegation);
        sendAccepted(grant(_slotKey, slotOf(uint32(block.timestamp + 9 days), sequence, hash), ""));
    }

    /// @dev What maria shares with bob, under a key of her own.
    function passedOn() private returns (Ask memory ask) {
        ask = delegated();
        ask.scope = scopeOf(ask.terms);
        ask.scope.salt = keccak256("salt of maria's scope");
        passOn(ask);
    }

    function passOn(Ask memory ask) private {
        ask.viewer = tagOf("bob");
        uint256 key = keyOf(string(abi.encode("maria's grant", hashOf(ask.scope))));
        ask.grant = vm.addr(key);
        signShareBy(ask, identityKey("maria"));
        bytes32 hash = hashOf(ask.scope);
        sendAccepted(grant(key, slotOf(uint32(block.timestamp + 30 days), 1, hash), ""));
    }

    function signShareBy(Ask memory ask, uint256 by) private view {
        bytes32 kind = keccak256("Share(address grant,bytes32 scope)");
        ask.share = signLedger(by, keccak256(abi.encode(kind, ask.grant, hashOf(ask.scope))));
    }

    // -- alone -------------------------------------------------------------------------------

    function test_ADelegateReadsEveryFieldOfHerCategories() public {
        Ask memory ask = delegated();
        assertReason(ask, Reason.ALLOWED);
        ask.mask = type(uint256).max;
        assertReason(ask, Reason.ALLOWED);
        ask.mask = 0;
        assertReason(ask, Reason.FIELDS);
    }

    function test_ADelegationIsOfThisRelationship() public {
        Ask memory ask = delegated();
        ask.delegated.delegation.relationship = keccak256("another");
        assertReason(ask, Reason.RELATIONSHIP_MISMATCH);
        ask.delegated.delegation.relationship = relationshipOf(parties);
        ask.delegated.delegation.subject = tagOf("bob");
        assertReason(ask, Reason.PARTIES_MISMATCH);
        ask.delegated.delegation.subject = ask.terms.subjectTag;
        ask.delegated.delegation.steward = clinic;
        assertReason(ask, Reason.PARTIES_MISMATCH);
    }

    function test_ADelegationEndsWithTheRelationshipAndWithStopAll() public {
        Ask memory ask = delegated();
        sendAccepted(stopAll(parties, 1));
        assertReason(ask, Reason.EPOCH);
        ask.delegated.delegation.epoch = 1;
        assertReason(ask, Reason.DELEGATION);
        sendAccepted(end(parties, 4));
        assertReason(ask, Reason.STATUS);
    }

    function test_DualConsentKnowsNoDelegates() public {
        Ask memory ask = delegated();
        ask.terms = termsOf(1);
        parties = pair(78);
        parties.terms = hashOf(ask.terms);
        sendAccepted(bytes.concat(propose(parties, ""), accept(parties, "")));
        ask.stewardController = vm.addr(parties.steward);
        ask.subjectController = vm.addr(parties.subject);
        ask.delegated.delegation.relationship = relationshipOf(parties);
        assertReason(ask, Reason.POLICY);
    }

    function test_ADelegationHasABeginningAndAnEnd() public {
        Ask memory ask = delegated();
        ask.time -= 1;
        assertReason(ask, Reason.NOT_YET);
        ask.time = uint40(block.timestamp + 9 days - 1);
        assertReason(ask, Reason.ALLOWED);
        ask.time += 1;
        assertReason(ask, Reason.DELEGATION);
        ask.time = uint40(block.timestamp);
        vm.warp(block.timestamp + 9 days);
        assertReason(ask, Reason.DELEGATION);
    }

    function test_ARevokedDelegationIsOverForEver() public {
        Ask memory ask = delegated();
        sendAccepted(revoke(_slotKey));
        assertReason(ask, Reason.DELEGATION);
    }

    function test_OnlyTheSubjectSignsOne() public {
        Ask memory ask = delegated();
        signDelegation(ask, identityKey("maria"));
        assertReason(ask, Reason.DELEGATION_SIGNATURE);
    }

    function testFuzz_ADelegateCannotWidenIt(uint8 rights, uint32 categories, uint40 since) public {
        Ask memory ask = delegated();
        Delegation memory d = ask.delegated.delegation;
        since = uint40(bound(since, 0, block.timestamp));
        vm.assume(rights != d.rights || categories != d.categories || since != d.notBefore);
        (d.rights, d.categories, d.notBefore) = (rights, categories, since);
        assertReason(ask, Reason.DELEGATION);
    }

    function testFuzz_UnknownRightsAreNone(uint8 rights) public {
        vm.assume(rights != 3);
        Ask memory ask = delegated();
        _slotKey = keyOf("another delegation");
        ask.delegated.slot = vm.addr(_slotKey);
        ask.delegated.delegation.rights = rights;
        ratify(ask, 1);
        assertReason(ask, rights == 1 ? Reason.ALLOWED : Reason.RIGHTS);
    }

    function testFuzz_ADelegationIsForItsDelegateAlone(bytes32 viewer) public {
        Ask memory ask = delegated();
        vm.assume(viewer != ask.viewer);
        ask.viewer = viewer;
        assertReason(ask, Reason.DELEGATE);
    }

    function testFuzz_OtherCategoriesAreOutside(uint32 category) public {
        Ask memory ask = delegated();
        vm.assume(category != CATEGORY);
        ask.leaf.category = category;
        assertReason(ask, Reason.RIGHTS);
    }

    function test_APurposeIsNamed() public {
        Ask memory ask = delegated();
        ask.purpose = 0;
        assertReason(ask, Reason.PURPOSE);
    }

    function test_TheIndexIsTheRelationships() public {
        Ask memory ask = delegated();
        _slotKey = keyOf("another delegation");
        ask.delegated.slot = vm.addr(_slotKey);
        ask.delegated.delegation.index = keccak256("another index");
        ratify(ask, 1);
        assertReason(ask, Reason.INDEX_KEY);
    }

    // -- passed on ---------------------------------------------------------------------------

    function test_ADelegateSharesWhatSheMayRead() public {
        assertReason(passedOn(), Reason.ALLOWED);
    }

    function test_WithoutTheDelegationHerShareIsNobodys() public {
        Ask memory ask = passedOn();
        delete ask.delegated;
        assertReason(ask, Reason.SHARE_SIGNATURE);
    }

    function test_HerSharesEndWithTheDelegation() public {
        Ask memory ask = passedOn();
        sendAccepted(revoke(_slotKey));
        assertReason(ask, Reason.DELEGATION);
    }

    function test_TheRightToShareIsNeeded() public {
        Ask memory ask = passedOn();
        _slotKey = keyOf("another delegation");
        ask.delegated.slot = vm.addr(_slotKey);
        ask.delegated.delegation.rights = Right.READ;
        ratify(ask, 1);
        assertReason(ask, Reason.RIGHTS);
    }

    function test_EveryEntryIsOfHerCategories() public {
        Ask memory ask = passedOn();
        ask.scope.entries[0] = ScopeEntry(bytes16(uint128(1)), CATEGORY + 1, SCHEMA, 2, 2);
        passOn(ask);
        assertReason(ask, Reason.RIGHTS);
    }

    function test_OnlyTheDelegateHerselfSharesByIt() public {
        Ask memory ask = passedOn();
        signShareBy(ask, parties.subject);
        assertReason(ask, Reason.SHARE_SIGNATURE);
        signShareBy(ask, identityKey("bob"));
        assertReason(ask, Reason.SHARE_SIGNATURE);
    }

    function test_AnUnregisteredDelegateSharesNothing() public {
        Ask memory ask = passedOn();
        _slotKey = keyOf("another delegation");
        ask.delegated.slot = vm.addr(_slotKey);
        ask.delegated.delegation.delegate = tagOf("nobody");
        ratify(ask, 1);
        assertReason(ask, Reason.SHARE_SIGNATURE);
    }
}
