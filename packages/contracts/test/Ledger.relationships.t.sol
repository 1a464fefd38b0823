// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBatch} from "../src/interfaces/IBatch.sol";
import {IRelationships} from "../src/interfaces/IRelationships.sol";
import {Network} from "./support/Network.sol";

// propose
// ├── given a slot under the key → it is refused
// ├── when the steward's controller did not sign → it is refused
// └── otherwise → status 1, epoch 0, time of the block
// accept
// ├── given the status is not proposed → it is refused
// ├── when the subject's controller did not sign → it is refused
// └── otherwise → status 2
// end
// ├── when from and to are not in the table → it is refused
// ├── when the wrong side signs → it is refused
// └── otherwise → the new status, without relay or deadline
// stop all
// ├── given no slot, or a rejected one → it is refused
// ├── when the epoch is not higher → it is refused
// ├── when the subject's controller did not sign → it is refused
// └── otherwise → the epoch, and the same status
contract LedgerRelationshipsTest is Network {
    address private constant STRANGER = address(0xCAFE);

    /// @dev Brings a fresh pair to a status (0 = nothing).
    function bring(Pair memory p, uint8 status) private {
        if (status == 0) return;
        sendAccepted(propose(p, ""));
        if (status == 1) return;
        if (status == 3) return sendAccepted(end(p, 3));
        sendAccepted(accept(p, ""));
        if (status != 2) sendAccepted(end(p, status));
    }

    /// @dev The status machine, as a table apart from the contract.
    function mayEnd(uint8 from, uint8 to) private pure returns (bool) {
        if (from == 1) return to == 3 || to == 5;
        if (from == 2) return to == 4 || to == 5;
        if (from == 5) return to == 4;
        return false;
    }

    function testFuzz_AProposalOpensASlot(uint256 seed, uint32 wait) public {
        Pair memory p = pair(seed);
        vm.warp(START + wait % 1e9);
        uint256 slot = 1 | block.timestamp << 24;
        bytes memory batch = propose(p, "");
        vm.expectEmit();
        emit IRelationships.RelationshipChanged(relationshipOf(p), slot);
        sendAccepted(batch);
        vm.assertEq(ledger.relationships(relationshipOf(p)), slot);
    }

    function testFuzz_AProposalIsRefusedGivenASlot(uint8 status) public {
        Pair memory p = pair(1);
        bring(p, uint8(bound(status, 1, 5)));
        sendRefused(propose(p, ""), IRelationships.RelationshipsBadStatus.selector);
    }

    function testFuzz_AProposalIsRefusedWhenAnotherSigns(uint256 seed) public {
        Pair memory p = pair(1);
        uint256 other = bound(seed, 1, type(uint128).max);
        sendRefused(record(other, proposal(p, "")), IBatch.LedgerBadSignature.selector);
        sendRefused(record(p.subject, proposal(p, "")), IBatch.LedgerBadSignature.selector);
        vm.assertEq(ledger.relationships(relationshipOf(p)), 0);
    }

    function testFuzz_OnlyAProposalIsAccepted(uint8 status) public {
        status = uint8(bound(status, 0, 5));
        Pair memory p = pair(1);
        bring(p, status);
        if (status == 1) {
            sendAccepted(accept(p, ""));
            vm.assertEq(statusOf(p), 2);
        } else {
            sendRefused(accept(p, ""), IRelationships.RelationshipsBadStatus.selector);
            vm.assertEq(statusOf(p), status);
        }
    }

    function test_AcceptingIsRefusedWhenTheStewardSigns() public {
        Pair memory p = pair(1);
        bring(p, 1);
        sendRefused(record(p.steward, acceptance(p, "")), IBatch.LedgerBadSignature.selector);
        vm.assertEq(statusOf(p), 1);
    }

    function testFuzz_EndingFollowsTheTable(uint8 from, uint8 to) public {
        from = uint8(bound(from, 0, 5));
        to = to % 8 == 7 ? to : to % 7;
        Pair memory p = pair(1);
        bring(p, from);
        bytes memory batch = end(p, to);
        if (mayEnd(from, to)) {
            sendFrom(STRANGER, batch);
            assertNothingRejected();
            vm.assertEq(statusOf(p), to);
        } else {
            sendRefused(batch, IRelationships.RelationshipsBadStatus.selector);
            vm.assertEq(statusOf(p), from);
        }
    }

    function testFuzz_EndingIsRefusedWhenTheOtherSideSigns(bool accepted, bool bySteward) public {
        Pair memory p = pair(1);
        bring(p, accepted ? 2 : 1);
        uint8 to = bySteward ? 5 : accepted ? 4 : 3;
        bytes memory batch = record(bySteward ? p.subject : p.steward, ending(p, to));
        sendRefused(batch, IBatch.LedgerBadSignature.selector);
        vm.assertEq(statusOf(p), accepted ? 2 : 1);
    }

    // "The paper, III-B: accepting or rejecting is done only by the patients."
    function test_AnEndingSignedForAnotherStatusIsRefused() public {
        Pair memory p = pair(1);
        bring(p, 2);
        Operation memory o = ending(p, 4);
        o.payload[72] = bytes1(uint8(5));
        sendRefused(record(p.subject, o), IBatch.LedgerBadSignature.selector);
    }

    function test_AnEndingIsGoodForEver() public {
        Pair memory p = pair(1);
        bring(p, 2);
        bytes memory batch = end(p, 4);
        vm.warp(block.timestamp + 3650 days);
        sendFrom(STRANGER, batch);
        vm.assertEq(statusOf(p), 4);
        vm.assertEq(ledger.relationships(relationshipOf(p)) >> 24, block.timestamp);
    }

    function testFuzz_StopAllSetsAHigherEpochInEveryStatusButRejected(uint8 status, uint16 epoch)
        public
    {
        status = uint8(bound(status, 0, 5));
        epoch = uint16(bound(epoch, 1, type(uint16).max));
        Pair memory p = pair(1);
        bring(p, status);
        bytes memory batch = stopAll(p, epoch);
        if (status == 0 || status == 3) {
            sendRefused(batch, IRelationships.RelationshipsBadStatus.selector);
            return;
        }
        sendFrom(STRANGER, batch);
        assertNothingRejected();
        vm.assertEq(epochOf(p), epoch);
        vm.assertEq(statusOf(p), status);
    }

    function testFuzz_StopAllIsRefusedWhenTheEpochIsNotHigher(uint16 first, uint16 second) public {
        first = uint16(bound(first, 1, type(uint16).max));
        second = uint16(bound(second, 0, first));
        Pair memory p = pair(1);
        bring(p, 2);
        sendAccepted(stopAll(p, first));
        sendRefused(stopAll(p, second), IRelationships.RelationshipsEpochNotHigher.selector);
        vm.assertEq(epochOf(p), first);
    }

    function test_StopAllIsRefusedWhenTheStewardSigns() public {
        Pair memory p = pair(1);
        bring(p, 2);
        sendRefused(record(p.steward, stopping(p, 1)), IBatch.LedgerBadSignature.selector);
    }

    function test_TheEpochOutlivesTheRelationshipsEnd() public {
        Pair memory p = pair(1);
        bring(p, 1);
        sendAccepted(stopAll(p, 7));
        sendAccepted(accept(p, ""));
        vm.assertEq(epochOf(p), 7);
        sendAccepted(end(p, 5));
        vm.assertEq(epochOf(p), 7);
        sendAccepted(end(p, 4));
        vm.assertEq(epochOf(p), 7);
    }
}
