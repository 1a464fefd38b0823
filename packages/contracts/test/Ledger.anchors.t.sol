// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAnchors, Anchor} from "../src/interfaces/IAnchors.sol";
import {IBatch} from "../src/interfaces/IBatch.sol";
import {Bounty, IBounties} from "../src/interfaces/IBounties.sol";
import {Profile, Role} from "../src/interfaces/IRegistrar.sol";
import {Network} from "./support/Network.sol";

// anchor
// ├── given the steward is no institution, or has no anchor key → it is refused
// ├── when it names another former root or counter, or another bounty → it is refused
// ├── when another signs → it is refused
// ├── when its bounty is unknown or too dear → it is refused as a whole
// └── otherwise → root, counter, time; the sealer owns the bounty
// policy
// ├── given the steward is no institution → it is refused
// ├── when it is not later than the one it replaces → it is refused
// ├── when the identity did not sign → it is refused
// └── otherwise → budget or cost
// answer
// ├── given the bounty was not offered by this steward → it is refused
// ├── given it is answered, or the answer is empty → it is refused
// ├── when the anchor key did not sign → it is refused
// └── otherwise → the answer, once
contract LedgerAnchorsTest is Network {
    bytes32 private constant QUERY = keccak256("query");
    bytes32 private constant OTHER = keccak256("another query");
    address private constant MINER = address(0x1111);
    address private constant SECOND = address(0x2222);

    function setUp() public override {
        super.setUp();
        vm.coinbase(MINER);
    }

    function fund(uint64 budget, uint64 cost) private {
        sendAccepted(bytes.concat(policy(0, budget), policy(QUERY, cost)));
    }

    function root(uint256 number) private pure returns (bytes32) {
        return keccak256(abi.encode("root", number));
    }

    function bountyKey(uint32 epoch) private view returns (bytes32) {
        return keccak256(abi.encode(hospital, QUERY, uint256(epoch)));
    }

    function testFuzz_AnchorsFollowEachOther(uint8 count) public {
        count = uint8(bound(count, 1, 20));
        for (uint256 i = 1; i <= count; ++i) {
            vm.warp(block.timestamp + i);
            bytes memory batch = anchor(root(i), 0, 0);
            vm.expectEmit();
            emit IAnchors.Anchored(
                hospital,
                root(i),
                keccak256(abi.encode("log", root(i))),
                uint64(i),
                uint40(block.timestamp)
            );
            sendAccepted(batch);
        }
        Anchor memory newest = ledger.anchors(hospital);
        vm.assertEq(newest.root, root(count));
        vm.assertEq(newest.logRoot, keccak256(abi.encode("log", root(count))));
        vm.assertEq(newest.counter, count);
        vm.assertEq(newest.at, block.timestamp);
    }

    // Attack 11: an old anchor replayed.
    function test_AnAnchorCannotBeReplayed() public {
        bytes memory first = anchor(root(1), 0, 0);
        sendAccepted(first);
        sendRefused(first, IBatch.LedgerBadSignature.selector);
        sendAccepted(anchor(root(2), 0, 0));
        sendRefused(first, IBatch.LedgerBadSignature.selector);
        // back to the same root: still not, for the counter
        sendAccepted(anchor(0, 0, 0));
        sendRefused(first, IBatch.LedgerBadSignature.selector);
        vm.assertEq(ledger.anchors(hospital).counter, 3);
    }

    // Attack 8: lifted out of its batch and wrapped with another bounty.
    function testFuzz_AnAnchorCannotBeLiftedIntoAnotherBounty(bytes32 query, uint32 epoch) public {
        fund(100, 1);
        Operation memory o = anchoring(nextAnchor(root(1), QUERY, 5));
        bytes memory batch = record(anchorKey("hospital"), o);
        vm.assume(query != QUERY || epoch != 5);
        for (uint256 i; i < 32; ++i) {
            batch[1 + 96 + i] = query[i];
        }
        for (uint256 i; i < 4; ++i) {
            batch[1 + 128 + i] = bytes4(epoch)[i];
        }
        sendRefused(batch, IBatch.LedgerBadSignature.selector);
        vm.assertEq(ledger.spent(hospital, 5), 0);
    }

    function testFuzz_NoBitOfASignedAnchorCanBeChanged(uint16 place) public {
        bytes memory batch = anchor(root(1), 0, 0);
        place = uint16(bound(place, 8, (1 + 132) * 8 - 1)); // all but the deadline
        batch[place / 8] ^= bytes1(uint8(1 << (place % 8)));
        send(batch);
        vm.assertEq(rejectedIndices.length, 1);
        vm.assertEq(ledger.anchors(hospital).counter, 0);
    }

    function test_OnlyTheAnchorKeySigns() public {
        Operation memory o = anchoring(nextAnchor(root(1), 0, 0));
        sendRefused(record(identityKey("hospital"), o), IBatch.LedgerBadSignature.selector);
        sendRefused(record(anchorKey("clinic"), o), IBatch.LedgerBadSignature.selector);
    }

    function test_AnchorsNeedACertifiedStewardWithAKey() public {
        Anchoring memory a = nextAnchor(root(1), 0, 0);
        a.steward = clinic; // published nothing
        sendRefused(
            record(anchorKey("clinic"), anchoring(a)), IAnchors.AnchorsNotCertified.selector
        );
        castVote("hospital", Role.INSTITUTION, false, "clinic");
        castVote("hospital", Role.INSTITUTION, false, "laboratory");
        allowRelay("clinic", RELAY_KEY, true, 1);
        sendRefused(anchor(root(1), 0, 0), IAnchors.AnchorsNotCertified.selector);
    }

    function test_ARotatedAnchorKeyKeepsRootAndCounter() public {
        sendAccepted(anchor(root(1), 0, 0));
        Anchoring memory a = nextAnchor(root(2), 0, 0);
        publishKey("fresh");
        sendRefused(record(anchorKey("hospital"), anchoring(a)), IBatch.LedgerBadSignature.selector);
        sendAccepted(record(anchorKey("fresh"), anchoring(a)));
        vm.assertEq(ledger.anchors(hospital).counter, 2);
    }

    /// @dev The hospital's profile now names the key of `name`.
    function publishKey(string memory name) private {
        Profile memory profile = profileOf("hospital", 2);
        profile.anchorKey = vm.addr(anchorKey(name));
        registrar.setProfile(
            hospital,
            profile,
            signRegistrar(identityKey("hospital"), profileHash(hospital, profile))
        );
    }

    // -- bounties ----------------------------------------------------------------------------

    function test_TheSealerOwnsTheBounty() public {
        fund(10, 3);
        bytes memory batch = anchor(root(1), QUERY, 7);
        vm.expectEmit();
        emit IBounties.Offered(hospital, QUERY, 7, MINER, true);
        sendAccepted(batch);
        Bounty memory bounty = ledger.bounties(bountyKey(7));
        vm.assertEq(bounty.stewardTag, hospital);
        vm.assertEq(bounty.firstOwner, MINER);
        vm.assertEq(bounty.owners, 1);
        vm.assertTrue(ledger.isOwner(bountyKey(7), MINER));
        vm.assertFalse(ledger.isOwner(bountyKey(7), SECOND));
        vm.assertFalse(ledger.isOwner(bountyKey(8), address(0)));
        vm.assertEq(ledger.spent(hospital, 7), 3);
        vm.assertEq(ledger.bountyKeyOf(hospital, QUERY, 7), bountyKey(7));
    }

    function test_RepeatingIsFreeAndEverySealerOwns() public {
        fund(3, 3);
        sendAccepted(anchor(root(1), QUERY, 7));
        vm.coinbase(SECOND);
        bytes memory batch = anchor(root(2), QUERY, 7);
        vm.expectEmit();
        emit IBounties.Offered(hospital, QUERY, 7, SECOND, false);
        sendAccepted(batch);
        sendAccepted(anchor(root(3), QUERY, 7));
        vm.assertTrue(ledger.isOwner(bountyKey(7), MINER));
        vm.assertTrue(ledger.isOwner(bountyKey(7), SECOND));
        vm.assertEq(ledger.bounties(bountyKey(7)).owners, 2);
        vm.assertEq(ledger.spent(hospital, 7), 3);
    }

    // Attack 8: no budget stops care; the null bounty goes through.
    function test_ABountyBeyondTheBudgetRejectsTheAnchorAlone() public {
        fund(5, 3);
        sendAccepted(policy(OTHER, 3));
        sendAccepted(anchor(root(1), QUERY, 7));
        Pair memory p = pair(1);
        send(bytes.concat(propose(p, notes(1, 1)), anchor(root(2), OTHER, 7), accept(p, "")));
        assertRejected(1, IBounties.BountiesNoBudget.selector);
        vm.assertEq(statusOf(p), 2);
        vm.assertEq(ledger.anchors(hospital).counter, 1);
        sendAccepted(anchor(root(2), 0, 7));
        sendAccepted(anchor(root(3), OTHER, 8));
        vm.assertEq(ledger.spent(hospital, 7), 3);
        vm.assertEq(ledger.spent(hospital, 8), 3);
    }

    function testFuzz_TheBudgetIsNeverOverspent(uint64 budget, uint64 cost, uint8 queries) public {
        cost = uint64(bound(cost, 1, type(uint64).max));
        queries = uint8(bound(queries, 1, 8));
        sendAccepted(policy(0, budget));
        for (uint256 i = 1; i <= queries; ++i) {
            sendAccepted(policy(bytes32(i), cost));
            send(anchor(root(i), bytes32(i), 1));
            vm.assertTrue((rejectedIndices.length == 0) == (uint256(cost) * i <= budget));
            vm.assertLe(ledger.spent(hospital, 1), budget, "spent");
        }
    }

    function test_AQueryThatIsNotOnTheListIsRefused() public {
        fund(5, 3);
        sendRefused(anchor(root(1), OTHER, 7), IBounties.BountiesUnknownQuery.selector);
        vm.warp(block.timestamp + 1);
        sendAccepted(policy(QUERY, 0));
        sendRefused(anchor(root(1), QUERY, 7), IBounties.BountiesUnknownQuery.selector);
    }

    // -- policies ----------------------------------------------------------------------------

    function test_APolicyIsSetByTheIdentityAlone() public {
        bytes memory batch = policy(QUERY, 9);
        vm.expectEmit();
        emit IBounties.PolicySet(hospital, QUERY, 9);
        sendAccepted(batch);
        (uint64 amount, uint32 deadline) = ledger.policyOf(hospital, QUERY);
        vm.assertEq(amount, 9);
        vm.assertEq(deadline, soon());
        Operation memory o = policing(hospital, QUERY, 8, soon() + 1);
        sendRefused(record(anchorKey("hospital"), o), IBatch.LedgerBadSignature.selector);
        sendRefused(record(identityKey("clinic"), o), IBatch.LedgerBadSignature.selector);
    }

    // An old budget posted again would undo a cut.
    function test_AnOldPolicyCannotBePostedAgain() public {
        bytes memory high = policy(0, 100);
        sendAccepted(high);
        vm.warp(block.timestamp + 60);
        sendAccepted(policy(0, 1));
        sendRefused(high, IBounties.BountiesStalePolicy.selector);
        (uint64 amount,) = ledger.policyOf(hospital, 0);
        vm.assertEq(amount, 1);
    }

    function test_APersonSetsNoPolicy() public {
        bytes32 ann = register("ann");
        Operation memory o = policing(ann, 0, 100, soon());
        sendRefused(record(identityKey("ann"), o), IBounties.BountiesNotCertified.selector);
    }

    // -- answers -----------------------------------------------------------------------------

    function test_AnAnswerIsGivenOnce() public {
        fund(5, 3);
        sendAccepted(anchor(root(1), QUERY, 7));
        bytes memory batch =
            record(anchorKey("hospital"), answering(hospital, bountyKey(7), keccak256("answer")));
        vm.expectEmit();
        emit IBounties.BountyAnswered(bountyKey(7), keccak256("answer"));
        sendAccepted(batch);
        vm.assertEq(ledger.bounties(bountyKey(7)).answer, keccak256("answer"));
        sendRefused(batch, IBounties.BountiesAnswered.selector);
        sendRefused(
            record(anchorKey("hospital"), answering(hospital, bountyKey(7), keccak256("another"))),
            IBounties.BountiesAnswered.selector
        );
    }

    function test_AnAnswerIsRefusedWhenItIsNotTheStewards() public {
        fund(5, 3);
        sendAccepted(anchor(root(1), QUERY, 7));
        publish("clinic", 1);
        bytes32 key = bountyKey(7);
        bytes32 answer = keccak256("answer");
        sendRefused(
            record(anchorKey("clinic"), answering(clinic, key, answer)),
            IBounties.BountiesNotOffered.selector
        );
        sendRefused(
            record(anchorKey("clinic"), answering(hospital, key, answer)),
            IBatch.LedgerBadSignature.selector
        );
        sendRefused(
            record(anchorKey("hospital"), answering(hospital, bountyKey(8), answer)),
            IBounties.BountiesNotOffered.selector
        );
        sendRefused(
            record(anchorKey("hospital"), answering(0, keccak256("no bounty"), answer)),
            IBounties.BountiesNotOffered.selector
        );
        sendRefused(
            record(anchorKey("hospital"), answering(hospital, key, 0)),
            IBounties.BountiesAnswered.selector
        );
        vm.assertEq(ledger.bounties(key).answer, 0);
    }

    function test_AnAnswerIsRefusedOnceTheStewardIsRemoved() public {
        fund(5, 3);
        sendAccepted(anchor(root(1), QUERY, 7));
        castVote("hospital", Role.INSTITUTION, false, "clinic");
        castVote("hospital", Role.INSTITUTION, false, "laboratory");
        allowRelay("clinic", RELAY_KEY, true, 1);
        sendRefused(
            record(anchorKey("hospital"), answering(hospital, bountyKey(7), keccak256("answer"))),
            IBounties.BountiesNotCertified.selector
        );
    }
}
