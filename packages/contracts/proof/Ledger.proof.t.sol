// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRegistrar} from "../src/interfaces/IRegistrar.sol";
import {EverybodyRelays, OpenLedger} from "./Open.sol";

/// @dev For every state, key, signature and time: halmos looks for a counterexample and finds none. A batch
/// begins with a record of no notes (07), so that none is taken for a call of a function.
contract LedgerProof {
    bytes32 private constant OPERATION = keccak256(
        "Operation(uint8 kind,bytes32 key,bytes32 value,uint64 number,uint32 deadline,bytes32 notes)"
    );
    uint256 private constant REVOKED = 65_535;

    OpenLedger private ledger;

    function setUp() public {
        ledger = new OpenLedger(IRegistrar(address(new EverybodyRelays(address(0xA11CE)))));
    }

    // -- grants ------------------------------------------------------------------------------

    function check_aGrantChangesByItsOwnSignatureOnlyAndItsSequenceGrows(
        address key,
        uint256 wanted,
        uint32 deadline,
        bytes32 r,
        bytes32 vs,
        uint256 before
    ) public {
        ledger.putGrant(key, before);
        send(bytes.concat(hex"0704", abi.encodePacked(key, wanted, deadline, r, vs)));
        uint256 now_ = ledger.grants(key);
        if (now_ == before) return;
        assert(now_ == wanted);
        assert(sequence(now_) > sequence(before) && sequence(now_) != REVOKED);
        assert(sequence(before) != REVOKED);
        assert(sequence(before) == 0 || uint208(now_) == uint208(before));
        assert(signs(key, operation(4, bytes32(bytes20(key)), bytes32(wanted), 0, deadline), r, vs));
    }

    function check_aRevocationIsItsOwnSignatureAndFinal(
        address key,
        bytes32 r,
        bytes32 vs,
        uint256 before
    ) public {
        ledger.putGrant(key, before);
        send(bytes.concat(hex"0705", abi.encodePacked(key, r, vs)));
        uint256 now_ = ledger.grants(key);
        if (now_ == before) return;
        assert(sequence(now_) == REVOKED && uint208(now_) == uint208(before));
        assert(now_ >> 224 == before >> 224);
        assert(signs(key, operation(5, bytes32(bytes20(key)), 0, 0, 0), r, vs));
    }

    /// @dev Whatever record comes, of whoever's key.
    function check_whatIsRevokedStaysSo(
        address key,
        uint256 before,
        address other,
        uint256 wanted,
        uint32 deadline,
        bytes32 r,
        bytes32 vs
    ) public {
        before |= REVOKED << 208;
        ledger.putGrant(key, before);
        send(bytes.concat(hex"0704", abi.encodePacked(other, wanted, deadline, r, vs)));
        send(bytes.concat(hex"0705", abi.encodePacked(other, r, vs)));
        assert(ledger.grants(key) == before);
    }

    function check_aRecordChangesNobodyElsesGrant(
        address key,
        uint256 before,
        address other,
        uint256 wanted,
        uint32 deadline,
        bytes32 r,
        bytes32 vs
    ) public {
        if (key == other) return;
        ledger.putGrant(key, before);
        send(bytes.concat(hex"0704", abi.encodePacked(other, wanted, deadline, r, vs)));
        send(bytes.concat(hex"0705", abi.encodePacked(other, r, vs)));
        assert(ledger.grants(key) == before);
    }

    // -- relationships -----------------------------------------------------------------------

    function check_aProposalIsTheStewards(
        address steward,
        address subject,
        bytes32 terms,
        uint32 deadline,
        bytes32 r,
        bytes32 vs,
        uint256 before
    ) public {
        bytes32 id = put(steward, subject, terms, before);
        send(bytes.concat(hex"0700", abi.encodePacked(steward, subject, terms, deadline, r, vs)));
        uint256 now_ = ledger.relationships(id);
        if (now_ == before) return;
        assert(before == 0 && uint24(now_) == 1);
        assert(signs(steward, operation(0, id, 0, 0, deadline), r, vs));
    }

    function check_anAcceptanceIsTheSubjects(
        address steward,
        address subject,
        bytes32 terms,
        uint32 deadline,
        bytes32 r,
        bytes32 vs,
        uint256 before
    ) public {
        bytes32 id = put(steward, subject, terms, before);
        send(bytes.concat(hex"0701", abi.encodePacked(steward, subject, terms, deadline, r, vs)));
        uint256 now_ = ledger.relationships(id);
        if (now_ == before) return;
        assert(uint8(before) == 1 && uint8(now_) == 2 && epoch(now_) == epoch(before));
        assert(signs(subject, operation(1, id, 0, 2, deadline), r, vs));
    }

    function check_anEndIsOfHimWhoMayEnd(
        address steward,
        address subject,
        bytes32 terms,
        uint8 to,
        bytes32 r,
        bytes32 vs,
        uint256 before
    ) public {
        bytes32 id = put(steward, subject, terms, before);
        send(bytes.concat(hex"0702", abi.encodePacked(steward, subject, terms, to, r, vs)));
        uint256 now_ = ledger.relationships(id);
        if (now_ == before) return;
        assert(to >= 3 && to <= 5 && uint8(now_) == to && epoch(now_) == epoch(before));
        assert(uint8(before) != 0 && uint8(before) != 3 && uint8(before) != 4);
        assert(signs(to == 5 ? steward : subject, operation(2, id, 0, to, 0), r, vs));
    }

    function check_aStopIsTheSubjectsAndTheEpochGrows(
        address steward,
        address subject,
        bytes32 terms,
        uint16 to,
        bytes32 r,
        bytes32 vs,
        uint256 before
    ) public {
        bytes32 id = put(steward, subject, terms, before);
        send(bytes.concat(hex"0703", abi.encodePacked(steward, subject, terms, to, r, vs)));
        uint256 now_ = ledger.relationships(id);
        if (now_ == before) return;
        assert(epoch(now_) == to && to > epoch(before) && uint8(now_) == uint8(before));
        assert(before != 0 && uint8(before) != 3);
        assert(signs(subject, operation(3, id, 0, to, 0), r, vs));
    }

    // -- anchors -----------------------------------------------------------------------------

    function check_anAnchorFollowsTheLastOneAndIsTheInstitutions(
        bytes32 tag,
        bytes32 root,
        bytes32 logRoot,
        uint32 deadline,
        bytes32 r,
        bytes32 vs,
        bytes32 former,
        uint64 counter
    ) public {
        if (counter == type(uint64).max) return;
        ledger.putAnchor(tag, former, counter);
        bytes memory payload = abi.encodePacked(tag, root, logRoot, bytes32(0), uint32(0), deadline);
        send(bytes.concat(hex"0706", payload, abi.encodePacked(r, vs)));
        uint64 now_ = ledger.anchors(tag).counter;
        if (now_ == counter) {
            assert(ledger.anchors(tag).root == former);
            return;
        }
        assert(now_ == counter + 1 && ledger.anchors(tag).root == root);
        bytes32 value = keccak256(abi.encode(former, root, logRoot, bytes32(0), uint256(0)));
        assert(signs(address(0xA11CE), operation(6, tag, value, now_, deadline), r, vs));
    }

    // -- what they are held against ------------------------------------------------------------

    function put(address steward, address subject, bytes32 terms, uint256 slot)
        private
        returns (bytes32 id)
    {
        id = keccak256(abi.encodePacked(steward, subject, terms));
        ledger.putRelationship(id, slot);
    }

    function send(bytes memory batch) private {
        (bool ok,) = address(ledger).call(batch);
        ok; // a batch that reverts changes nothing
    }

    function sequence(uint256 slot) private pure returns (uint256) {
        return uint16(slot >> 208);
    }

    function epoch(uint256 slot) private pure returns (uint256) {
        return uint16(slot >> 8);
    }

    function operation(uint8 kind, bytes32 key, bytes32 value, uint64 number, uint32 deadline)
        private
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(OPERATION, kind, key, value, number, deadline, bytes32(0)));
    }

    function signs(address who, bytes32 structHash, bytes32 r, bytes32 vs)
        private
        view
        returns (bool)
    {
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", ledger.domainSeparator(), structHash));
        uint8 v = 27 + uint8(uint256(vs) >> 255);
        bytes32 s = bytes32(uint256(vs) & (type(uint256).max >> 1));
        return who != address(0) && ecrecover(digest, v, r, s) == who;
    }
}
