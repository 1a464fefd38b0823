// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAnchors} from "../../src/interfaces/IAnchors.sol";
import {IBatch} from "../../src/interfaces/IBatch.sol";
import {IBounties} from "../../src/interfaces/IBounties.sol";
import {IGrants} from "../../src/interfaces/IGrants.sol";
import {IRelationships} from "../../src/interfaces/IRelationships.sol";
import {ISummaries} from "../../src/interfaces/ISummaries.sol";
import {Vm} from "./Test.sol";
import {Records} from "./Records.sol";

/// @dev A network with everything a client does, and the observer who follows its logs.
abstract contract Network is Records {
    /// @dev Head of the ledger as an observer computes it from the logs alone.
    uint256 internal model;
    /// @dev What the last batch was told.
    uint256[] internal rejectedIndices;
    bytes4[] internal rejectedReasons;
    Vm.Log[] internal logs;
    uint256 internal gasUsed;

    function send(bytes memory batch) internal {
        sendFrom(RELAY, batch);
    }

    /// @dev Sends a batch, takes down what was rejected, and holds the ledger's head against the one
    /// computed from the logs.
    function sendFrom(address sender, bytes memory batch) internal {
        delete rejectedIndices;
        delete rejectedReasons;
        delete logs;
        vm.recordLogs();
        vm.prank(sender);
        (bool ok,) = address(ledger).call(batch);
        gasUsed = vm.lastCallGas().gasTotalUsed;
        vm.assertTrue(ok, "a batch never reverts");
        Vm.Log[] memory emitted = vm.getRecordedLogs();
        for (uint256 i; i < emitted.length; ++i) {
            logs.push(emitted[i]);
            observe(emitted[i]);
        }
        (bytes24 hash, uint64 count) = ledger.head();
        vm.assertEq(uint256(bytes32(hash)) | count, model, "head equals the model's");
    }

    function observe(Vm.Log memory log) internal {
        if (log.topics[0] == IBatch.Rejected.selector) {
            (uint256 index, bytes4 reason) = abi.decode(log.data, (uint256, bytes4));
            rejectedIndices.push(index);
            rejectedReasons.push(reason);
            return;
        }
        bytes32 item = keccak256(fieldsOf(log));
        uint256 hash = uint256(keccak256(abi.encode(model, item)));
        model = (hash >> 64 << 64) | uint64(model + 1);
    }

    /// @dev What an event contributes to the head (docs/protocol.md, section 4.1).
    function fieldsOf(Vm.Log memory log) internal pure returns (bytes memory) {
        bytes32 topic = log.topics[0];
        bytes memory data = log.data;
        if (topic == IRelationships.RelationshipChanged.selector) {
            return abi.encodePacked(uint8(1), data);
        }
        if (topic == IGrants.GrantChanged.selector) {
            (address key, uint256 slot) = abi.decode(data, (address, uint256));
            return abi.encodePacked(uint8(2), key, slot);
        }
        if (topic == IAnchors.Anchored.selector) {
            (bytes32 root, bytes32 logRoot, uint64 counter, uint40 time) =
                abi.decode(data, (bytes32, bytes32, uint64, uint40));
            return abi.encodePacked(uint8(3), log.topics[1], root, logRoot, counter, time);
        }
        if (topic == ISummaries.Noted.selector) {
            (bytes16 tag, bytes32[12] memory content) = abi.decode(data, (bytes16, bytes32[12]));
            return abi.encodePacked(uint8(4), tag, content);
        }
        if (topic == ISummaries.Tagged.selector) {
            return abi.encodePacked(uint8(5), abi.decode(data, (bytes)));
        }
        if (topic == IBounties.Offered.selector) {
            (bytes32 query, uint32 epoch, address owner, bool charged) =
                abi.decode(data, (bytes32, uint32, address, bool));
            return abi.encodePacked(uint8(6), log.topics[1], query, epoch, owner, charged);
        }
        if (topic == IBounties.BountyAnswered.selector) {
            return abi.encodePacked(uint8(7), log.topics[1], data);
        }
        require(topic == IBounties.PolicySet.selector, "an unknown event");
        (bytes32 policyQuery, uint64 amount) = abi.decode(data, (bytes32, uint64));
        return abi.encodePacked(uint8(8), log.topics[1], policyQuery, amount);
    }

    function assertNothingRejected() internal view {
        vm.assertEq(rejectedIndices.length, 0, "nothing rejected");
    }

    /// @dev The last batch had exactly one bad record.
    function assertRejected(uint256 index, bytes4 reason) internal view {
        vm.assertEq(rejectedIndices.length, 1, "one rejected");
        vm.assertEq(rejectedIndices[0], index, "index");
        vm.assertEq(bytes32(rejectedReasons[0]), bytes32(reason), "reason");
    }

    /// @dev A batch of one record that must change nothing.
    function sendRefused(bytes memory batch, bytes4 reason) internal {
        uint256 before = model;
        send(batch);
        assertRejected(0, reason);
        vm.assertEq(model, before, "nothing changed");
    }

    function sendAccepted(bytes memory batch) internal {
        send(batch);
        assertNothingRejected();
    }

    function statusOf(Pair memory p) internal view returns (uint256) {
        return uint8(ledger.relationships(relationshipOf(p)));
    }

    function epochOf(Pair memory p) internal view returns (uint256) {
        return uint16(ledger.relationships(relationshipOf(p)) >> 8);
    }
}
