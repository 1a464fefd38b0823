// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Signature} from "../../src/interfaces/IDomain.sol";
import {Participants} from "./Participants.sol";

/// @dev The records of a batch, as a client writes and signs them.
abstract contract Records is Participants {
    /// @dev Private keys of both controllers, and the terms' hash.
    struct Pair {
        uint256 steward;
        uint256 subject;
        bytes32 terms;
    }

    struct Operation {
        uint8 kind;
        bytes payload;
        bytes32 key;
        bytes32 value;
        uint64 number;
        uint32 deadline;
        bytes notes;
    }

    function operationHash(Operation memory o) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256(
                    "Operation(uint8 kind,bytes32 key,bytes32 value,uint64 number,uint32 deadline,bytes32 notes)"
                ),
                o.kind,
                o.key,
                o.value,
                o.number,
                o.deadline,
                o.notes.length == 0 ? bytes32(0) : keccak256(o.notes)
            )
        );
    }

    function record(uint256 signer, Operation memory o) internal view returns (bytes memory) {
        return withSignature(o, signLedger(signer, operationHash(o)));
    }

    function withSignature(Operation memory o, Signature memory s)
        internal
        pure
        returns (bytes memory)
    {
        uint8 first = o.kind | uint8((o.notes.length / 400) << 4);
        return abi.encodePacked(first, o.payload, s.r, s.vs, o.notes);
    }

    /// @dev Notes without a zero byte to speak of, as sealed ones are.
    function notes(uint256 count, uint256 seed) internal pure returns (bytes memory content) {
        for (uint256 i; i < count; ++i) {
            bytes32 word = keccak256(abi.encode(seed, i));
            content = abi.encodePacked(content, bytes16(word));
            for (uint256 j; j < 12; ++j) {
                content = abi.encodePacked(content, keccak256(abi.encode(word, j)));
            }
        }
    }

    function pair(uint256 seed) internal pure returns (Pair memory) {
        return Pair({
            steward: uint256(keccak256(abi.encode("steward", seed))) >> 1,
            subject: uint256(keccak256(abi.encode("subject", seed))) >> 1,
            terms: keccak256(abi.encode("terms", seed))
        });
    }

    function partiesOf(Pair memory p) internal pure returns (bytes memory) {
        return abi.encodePacked(vm.addr(p.steward), vm.addr(p.subject), p.terms);
    }

    function relationshipOf(Pair memory p) internal pure returns (bytes32) {
        return keccak256(partiesOf(p));
    }

    function propose(Pair memory p, bytes memory n) internal view returns (bytes memory) {
        return record(p.steward, proposal(p, n));
    }

    function proposal(Pair memory p, bytes memory n) internal view returns (Operation memory) {
        uint32 deadline = soon();
        bytes memory payload = abi.encodePacked(partiesOf(p), deadline);
        return Operation(0, payload, relationshipOf(p), 0, 0, deadline, n);
    }

    function accept(Pair memory p, bytes memory n) internal view returns (bytes memory) {
        return record(p.subject, acceptance(p, n));
    }

    function acceptance(Pair memory p, bytes memory n) internal view returns (Operation memory) {
        uint32 deadline = soon();
        bytes memory payload = abi.encodePacked(partiesOf(p), deadline);
        return Operation(1, payload, relationshipOf(p), 0, 2, deadline, n);
    }

    function end(Pair memory p, uint8 status) internal view returns (bytes memory) {
        return record(status == 5 ? p.steward : p.subject, ending(p, status));
    }

    function ending(Pair memory p, uint8 status) internal pure returns (Operation memory) {
        bytes memory payload = abi.encodePacked(partiesOf(p), status);
        return Operation(2, payload, relationshipOf(p), 0, status, 0, "");
    }

    function stopAll(Pair memory p, uint16 epoch) internal view returns (bytes memory) {
        return record(p.subject, stopping(p, epoch));
    }

    function stopping(Pair memory p, uint16 epoch) internal pure returns (Operation memory) {
        bytes memory payload = abi.encodePacked(partiesOf(p), epoch);
        return Operation(3, payload, relationshipOf(p), 0, epoch, 0, "");
    }

    function slotOf(uint32 expiry, uint16 sequence, bytes32 scope) internal pure returns (uint256) {
        return uint256(expiry) << 224 | uint256(sequence) << 208 | uint256(scope) >> 48;
    }

    function granting(uint256 key, uint256 slot, bytes memory n)
        internal
        view
        returns (Operation memory)
    {
        uint32 deadline = soon();
        address account = vm.addr(key);
        return Operation(
            4,
            abi.encodePacked(account, slot, deadline),
            bytes32(bytes20(account)),
            bytes32(slot),
            0,
            deadline,
            n
        );
    }

    function grant(uint256 key, uint256 slot, bytes memory n) internal view returns (bytes memory) {
        return record(key, granting(key, slot, n));
    }

    function revoking(uint256 key) internal pure returns (Operation memory) {
        address account = vm.addr(key);
        return Operation(5, abi.encodePacked(account), bytes32(bytes20(account)), 0, 0, 0, "");
    }

    function revoke(uint256 key) internal view returns (bytes memory) {
        return record(key, revoking(key));
    }

    struct Anchoring {
        bytes32 steward;
        bytes32 previous;
        bytes32 root;
        bytes32 logRoot;
        bytes32 query;
        uint32 epoch;
        uint64 counter;
    }

    function anchoring(Anchoring memory a) internal view returns (Operation memory) {
        uint32 deadline = soon();
        return Operation(
            6,
            abi.encodePacked(a.steward, a.root, a.logRoot, a.query, a.epoch, deadline),
            a.steward,
            keccak256(abi.encode(a.previous, a.root, a.logRoot, a.query, uint256(a.epoch))),
            a.counter,
            deadline,
            ""
        );
    }

    /// @dev The hospital's next anchor.
    function anchor(bytes32 root, bytes32 query, uint32 epoch)
        internal
        view
        returns (bytes memory)
    {
        return record(anchorKey("hospital"), anchoring(nextAnchor(root, query, epoch)));
    }

    function nextAnchor(bytes32 root, bytes32 query, uint32 epoch)
        internal
        view
        returns (Anchoring memory)
    {
        bytes32 logRoot = keccak256(abi.encode("log", root));
        return Anchoring({
            steward: hospital,
            previous: ledger.anchors(hospital).root,
            root: root,
            logRoot: logRoot,
            query: query,
            epoch: epoch,
            counter: ledger.anchors(hospital).counter + 1
        });
    }

    function policy(bytes32 query, uint64 amount) internal view returns (bytes memory) {
        return record(identityKey("hospital"), policing(hospital, query, amount, soon()));
    }

    function policing(bytes32 steward, bytes32 query, uint64 amount, uint32 deadline)
        internal
        pure
        returns (Operation memory)
    {
        bytes memory payload = abi.encodePacked(steward, query, amount, deadline);
        return Operation(9, payload, steward, query, amount, deadline, "");
    }

    function answering(bytes32 steward, bytes32 bounty, bytes32 content)
        internal
        view
        returns (Operation memory)
    {
        uint32 deadline = soon();
        bytes memory payload = abi.encodePacked(steward, bounty, content, deadline);
        return Operation(10, payload, bounty, content, 0, deadline, "");
    }

    function noteRecord(bytes memory n) internal pure returns (bytes memory) {
        return abi.encodePacked(uint8(7 | (n.length / 400) << 4), n);
    }

    function tagRecord(bytes memory tags) internal pure returns (bytes memory) {
        return abi.encodePacked(uint8(8), uint16(tags.length / 8), tags);
    }
}
