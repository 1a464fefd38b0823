// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBatch} from "../src/interfaces/IBatch.sol";
import {Signature} from "../src/interfaces/IDomain.sol";
import {Role} from "../src/interfaces/IRegistrar.sol";
import {IRelationships} from "../src/interfaces/IRelationships.sol";
import {ISummaries} from "../src/interfaces/ISummaries.sol";
import {Network} from "./support/Network.sol";

// fallback
// ├── when the calldata are empty or padding → nothing happens
// ├── when a record fails → it is reported by its index, the others stand, its notes are not emitted
// ├── when a record is of unknown kind or cut off → the batch ends there, what went before stands
// ├── when what creates comes from no relay → it is refused, what ends is not
// ├── when the deadline is over, or more than a day away → it is refused
// ├── when notes are not those signed → it is refused
// └── when signed for another network, chain or ledger → it is refused
contract LedgerBatchTest is Network {
    address private constant STRANGER = address(0xCAFE);

    function test_AnEmptyBatchChangesNothing() public {
        sendAccepted("");
        sendFrom(STRANGER, hex"070707");
        assertNothingRejected();
        vm.assertEq(model, 0);
    }

    function test_GettersSayWhatItStandsOn() public view {
        vm.assertEq(ledger.registrar(), address(registrar));
        vm.assertEq(ledger.networkId(), NETWORK);
        vm.assertEq(ledger.domainSeparator(), domainOf(address(ledger), NETWORK, block.chainid));
    }

    function test_ABatchOfEverythingIsOneTransaction() public {
        Pair memory p = pair(1);
        uint256 key = keyOf("grant");
        send(
            bytes.concat(
                propose(p, notes(2, 1)),
                accept(p, notes(1, 2)),
                grant(key, slotOf(soon(), 1, keccak256("scope")), notes(3, 3)),
                noteRecord(notes(15, 4)),
                tagRecord(abi.encodePacked(keccak256("tags"))),
                stopAll(p, 1),
                revoke(key)
            )
        );
        send(bytes.concat(anchor(keccak256("root"), 0, 0), policy(0, 1), end(p, 4)));
        assertNothingRejected();
        (, uint64 count) = ledger.head();
        vm.assertEq(count, 5 + 21 + 1 + 3);
        vm.assertEq(statusOf(p), 4);
    }

    // Attacks 8 and 11: a bad record, wherever it stands, spoils no other.
    function testFuzz_ABadRecordLeavesItsBatchWhole(uint8 place, uint256 byteSeed, uint8 flip)
        public
    {
        place = place % 5;
        flip = uint8(bound(flip, 1, 255));
        bytes memory batch;
        for (uint256 i; i < 5; ++i) {
            bytes memory one = propose(pair(i), notes(1, i));
            // anywhere but the first byte, which says how long the record is
            if (i == place) one[1 + byteSeed % (one.length - 1)] ^= bytes1(flip);
            batch = bytes.concat(batch, one);
        }
        send(batch);
        vm.assertEq(rejectedIndices.length, 1);
        vm.assertEq(rejectedIndices[0], place);
        for (uint256 i; i < 5; ++i) {
            if (i != place) vm.assertEq(statusOf(pair(i)), 1);
        }
        vm.assertEq(logs.length, 4 * 2 + 1);
    }

    // Attack 11: five bytes instead of a signature, at the end of the calldata.
    function testFuzz_ACutOffRecordLeavesTheFormerOnes(uint256 length) public {
        bytes memory whole = propose(pair(1), notes(1, 1));
        bytes memory cut = propose(pair(2), notes(1, 2));
        length = bound(length, 1, cut.length - 1);
        assembly ("memory-safe") {
            mstore(cut, length)
        }
        send(bytes.concat(whole, cut));
        assertRejected(1, IBatch.LedgerTruncated.selector);
        vm.assertEq(statusOf(pair(1)), 1);
        vm.assertEq(statusOf(pair(2)), 0);
    }

    function test_FiveBytesOfSignature() public {
        Pair memory p = pair(1);
        bytes memory short = abi.encodePacked(uint8(2), partiesOf(p), uint8(3), hex"0102030405");
        send(bytes.concat(propose(p, ""), short));
        assertRejected(1, IBatch.LedgerTruncated.selector);
        vm.assertEq(statusOf(p), 1);
    }

    function testFuzz_AnUnknownKindEndsTheBatch(uint8 first) public {
        uint8 kind = first & 15;
        vm.assume(kind > 10 || (kind == 8 && first > 15));
        // A view's selector at the very start would be a call: here the record is the second.
        send(bytes.concat(propose(pair(1), ""), abi.encodePacked(first), propose(pair(2), "")));
        assertRejected(1, IBatch.LedgerUnknownKind.selector);
        vm.assertEq(statusOf(pair(1)), 1);
        vm.assertEq(statusOf(pair(2)), 0);
    }

    /// @dev No calldata at all make a batch revert, and the head still follows the logs.
    function testFuzz_NoBatchReverts(bytes calldata junk) public {
        send(bytes.concat(hex"07", junk));
        send(bytes.concat(propose(pair(1), ""), junk));
        vm.assertEq(statusOf(pair(1)), 1);
    }

    // Padding keeps a batch from being taken for a call: no selector begins with 0x07.
    function test_ABatchThatLooksLikeACallIsSavedByPadding() public {
        bytes4 selector = IRelationships.relationships.selector; // 0x37: a record of three notes
        bytes memory n = notes(3, 1);
        for (uint256 i; i < 3; ++i) {
            n[i] = selector[i + 1];
        }
        send(noteRecord(n));
        vm.assertEq(logs.length, 0, "taken for a call");
        sendAccepted(bytes.concat(hex"07", noteRecord(n)));
        vm.assertEq(logs.length, 3);
    }

    // -- relays ------------------------------------------------------------------------------

    // Requirement 66: who is no certified relay can put nothing on the chain but endings.
    function test_WhatCreatesNeedsARelay() public {
        Pair memory p = pair(1);
        bytes4 reason = IBatch.LedgerNotRelay.selector;
        sendFrom(
            STRANGER,
            bytes.concat(
                propose(p, notes(1, 1)),
                accept(p, ""),
                grant(keyOf("grant"), slotOf(soon(), 1, 0), ""),
                anchor(keccak256("root"), 0, 0),
                noteRecord(notes(1, 1)),
                tagRecord(abi.encodePacked(keccak256("tags"))),
                policy(0, 1),
                record(anchorKey("hospital"), answering(hospital, 0, 0))
            )
        );
        vm.assertEq(rejectedIndices.length, 8);
        for (uint256 i; i < 8; ++i) {
            vm.assertEq(rejectedIndices[i], i);
            vm.assertEq(bytes32(rejectedReasons[i]), bytes32(reason));
        }
        vm.assertEq(logs.length, 8);
    }

    function test_WhatEndsNeedsNone() public {
        Pair memory p = pair(1);
        uint256 key = keyOf("grant");
        sendAccepted(
            bytes.concat(propose(p, ""), accept(p, ""), grant(key, slotOf(soon(), 1, "scope"), ""))
        );
        sendFrom(STRANGER, bytes.concat(revoke(key), stopAll(p, 1), end(p, 4)));
        assertNothingRejected();
    }

    function test_ARelayStopsWithItsInstitution() public {
        castVote("hospital", Role.INSTITUTION, false, "clinic");
        castVote("hospital", Role.INSTITUTION, false, "laboratory");
        sendRefused(propose(pair(1), ""), IBatch.LedgerNotRelay.selector);
    }

    // -- deadlines ---------------------------------------------------------------------------

    // Attack 7: a relay keeps a signed operation and posts it later.
    function testFuzz_WhatCreatesHasADeadline(uint32 wait) public {
        Pair memory p = pair(1);
        bytes memory batch = propose(p, "");
        uint256 deadline = soon();
        vm.warp(block.timestamp + wait % 3 hours);
        if (block.timestamp <= deadline) {
            sendAccepted(batch);
        } else {
            sendRefused(batch, IBatch.LedgerDeadlinePassed.selector);
        }
    }

    function testFuzz_ADeadlineIsAtMostADayAway(uint32 ahead) public {
        Operation memory o = proposal(pair(1), "");
        o.deadline = uint32(bound(ahead, START, type(uint32).max));
        o.payload = abi.encodePacked(partiesOf(pair(1)), o.deadline);
        bytes memory batch = record(pair(1).steward, o);
        if (o.deadline <= START + 1 days) {
            sendAccepted(batch);
        } else {
            sendRefused(batch, IBatch.LedgerDeadlineTooFar.selector);
        }
    }

    function test_ADeadlineIsSigned() public {
        Operation memory o = proposal(pair(1), "");
        o.payload = abi.encodePacked(partiesOf(pair(1)), soon() + 1);
        sendRefused(record(pair(1).steward, o), IBatch.LedgerBadSignature.selector);
    }

    // -- notes -------------------------------------------------------------------------------

    function test_NotesComeInOrderAfterTheirOperation() public {
        sendAccepted(propose(pair(1), notes(15, 1)));
        vm.assertEq(logs.length, 16);
        vm.assertEq(logs[0].topics[0], IRelationships.RelationshipChanged.selector);
        bytes memory n = notes(15, 1);
        for (uint256 i; i < 15; ++i) {
            vm.assertEq(logs[i + 1].topics[0], ISummaries.Noted.selector);
            (bytes16 tag, bytes32[12] memory content) =
                abi.decode(logs[i + 1].data, (bytes16, bytes32[12]));
            vm.assertEq(abi.encodePacked(tag, content), part(n, i * 400, 400));
        }
    }

    function part(bytes memory whole, uint256 from, uint256 length)
        private
        pure
        returns (bytes memory piece)
    {
        piece = new bytes(length);
        for (uint256 i; i < length; ++i) {
            piece[i] = whole[from + i];
        }
    }

    function test_AnOperationIsBoundToItsNotes() public {
        bytes memory bare = propose(pair(1), "");
        bare[0] = bytes1(uint8(1 << 4));
        sendRefused(bytes.concat(bare, notes(1, 1)), IBatch.LedgerBadSignature.selector);
        bytes memory dressed = propose(pair(1), notes(2, 1));
        dressed[0] = bytes1(uint8(1 << 4)); // the second note now stands for the next record
        send(dressed);
        vm.assertEq(bytes32(rejectedReasons[0]), bytes32(IBatch.LedgerBadSignature.selector));
        vm.assertEq(statusOf(pair(1)), 0);
    }

    function testFuzz_TagsAreOneEvent(uint8 count) public {
        count = uint8(bound(count, 1, 255));
        bytes memory tags;
        for (uint256 i; i < count; ++i) {
            tags = abi.encodePacked(tags, bytes8(keccak256(abi.encode(i))));
        }
        bytes memory batch = tagRecord(tags);
        vm.expectEmit();
        emit ISummaries.Tagged(tags);
        sendAccepted(batch);
        vm.assertEq(logs.length, 1);
        vm.assertEq(tags, abi.decode(logs[0].data, (bytes)));
    }

    function test_NoTagsAreNoEvent() public {
        sendFrom(STRANGER, tagRecord(""));
        assertNothingRejected();
        vm.assertEq(logs.length, 0);
    }

    function testFuzz_CutOffTagsAreReported(uint16 count) public {
        vm.assume(count > 4);
        send(abi.encodePacked(uint8(8), count, keccak256("four tags")));
        assertRejected(0, IBatch.LedgerTruncated.selector);
    }

    function test_CutOffNotesAreReported() public {
        bytes memory n = noteRecord(notes(2, 1));
        n[0] = bytes1(uint8(7 | 3 << 4));
        send(n);
        assertRejected(0, IBatch.LedgerTruncated.selector);
        vm.assertEq(logs.length, 1);
    }

    // -- signatures --------------------------------------------------------------------------

    // Attack 10: same chain id, same deployer, another network; or another chain or ledger.
    function test_WhatIsSignedForAnotherNetworkIsRefused() public {
        Pair memory p = pair(1);
        Operation memory o = proposal(p, "");
        bytes32[4] memory domains = [
            domainOf(address(ledger), keccak256("another network"), block.chainid),
            domainOf(address(ledger), NETWORK, block.chainid + 1),
            domainOf(address(registrar), NETWORK, block.chainid),
            domainOf(address(ledger), 0, block.chainid)
        ];
        for (uint256 i; i < domains.length; ++i) {
            Signature memory s = compact(p.steward, domains[i], operationHash(o));
            sendRefused(withSignature(o, s), IBatch.LedgerBadSignature.selector);
        }
        sendAccepted(propose(p, ""));
    }

    function testFuzz_JunkIsNoSignature(bytes32 r, bytes32 vs) public {
        Pair memory p = pair(1);
        Operation memory o = proposal(p, "");
        sendRefused(withSignature(o, Signature(r, vs)), IBatch.LedgerBadSignature.selector);
        // no key recovers to address 0, and so stands for nobody
        o.payload = abi.encodePacked(bytes20(0), vm.addr(p.subject), p.terms, o.deadline);
        o.key = keccak256(abi.encodePacked(bytes20(0), vm.addr(p.subject), p.terms));
        sendRefused(withSignature(o, Signature(r, vs)), IBatch.LedgerBadSignature.selector);
    }

    // "Applying an operation twice changes nothing": a resent batch is refused record by record.
    function test_ABatchSentTwiceChangesNothing() public {
        Pair memory p = pair(1);
        uint256 key = keyOf("grant");
        bytes memory batch = bytes.concat(
            propose(p, notes(1, 1)),
            accept(p, ""),
            grant(key, slotOf(soon(), 1, "scope"), ""),
            stopAll(p, 1),
            revoke(key),
            end(p, 4)
        );
        sendAccepted(batch);
        uint256 before = model;
        send(batch);
        vm.assertEq(rejectedIndices.length, 6);
        vm.assertEq(model, before);
    }
}
