// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Network} from "./support/Network.sol";
import {Participants} from "./support/Participants.sol";

/// @dev Random batches of random records, some signed by the wrong key, cut off, replayed or late, with
/// a ghost model beside the ledger that knows only the rules of the design.
contract LedgerHandler is Network {
    uint256 private constant PAIRS = 4;
    uint256 private constant KEYS = 4;
    bytes32 private constant QUERY = keccak256("query");
    address private constant STRANGER = address(0xCAFE);

    uint256[PAIRS] public status;
    uint256[PAIRS] public epoch;
    uint256[KEYS] public sequence;
    uint256[KEYS] public slot;
    uint256 public counter;
    bytes32 public root;
    uint256 public spent;
    uint256 public applied;
    uint256 public refused;

    bytes[] private _posted;
    uint256 private _next;

    constructor() {
        Participants.setUp();
        sendAccepted(bytes.concat(policy(0, 10), policy(QUERY, 3)));
    }

    function setUp() public pure override {}

    function pairOf(uint256 i) public pure returns (bytes32) {
        return relationshipOf(pair(i));
    }

    function keyAt(uint256 i) public pure returns (address) {
        return vm.addr(grantKeyAt(i));
    }

    function grantKeyAt(uint256 i) private pure returns (uint256) {
        return keyOf("grant") + i;
    }

    function ledgerSlot(uint256 i) external view returns (uint256) {
        return ledger.grants(keyAt(i));
    }

    function relationshipSlot(uint256 i) external view returns (uint256) {
        return ledger.relationships(pairOf(i));
    }

    function anchorNow() external view returns (bytes32, uint256, uint256) {
        return (
            ledger.anchors(hospital).root,
            ledger.anchors(hospital).counter,
            ledger.spent(hospital, 1)
        );
    }

    function headMatches() external view returns (bool) {
        (bytes24 hash, uint64 count) = ledger.head();
        return (uint256(bytes32(hash)) | count) == model;
    }

    /// @dev Sends one record of ours between two that always hold, and says whether it was applied.
    function post(bytes memory one, bool asStranger) private returns (bool ok) {
        bytes memory before = propose(pair(1e6 + _next++), "");
        bytes memory behind = propose(pair(1e6 + _next++), "");
        _posted.push(one);
        if (asStranger) {
            sendFrom(STRANGER, one);
            ok = rejectedIndices.length == 0;
        } else {
            send(bytes.concat(before, one, behind));
            ok = rejectedIndices.length == 0;
            vm.assertEq(ledger.relationships(relationshipOf(pair(1e6 + _next - 1))) & 255, 1);
            vm.assertEq(ledger.relationships(relationshipOf(pair(1e6 + _next - 2))) & 255, 1);
        }
        if (ok) ++applied;
        else ++refused;
    }

    function signedBy(uint256 right, uint256 seed) private pure returns (uint256) {
        return seed % 4 == 0 ? keyOf("mallory") : right;
    }

    function proposeOrAccept(uint256 seed, bool answer, bool asStranger) external {
        uint256 i = seed % PAIRS;
        Pair memory p = pair(i);
        uint256 right = answer ? p.subject : p.steward;
        uint256 signer = signedBy(right, seed >> 8);
        bool ok = post(record(signer, answer ? acceptance(p, "") : proposal(p, "")), asStranger);
        bool expected = signer == right && !asStranger && status[i] == (answer ? 1 : 0);
        vm.assertTrue(ok == expected, "propose or accept");
        if (ok) status[i] = answer ? 2 : 1;
    }

    function endOne(uint256 seed, uint8 to, bool asStranger) external {
        uint256 i = seed % PAIRS;
        to = uint8(3 + to % 3);
        Pair memory p = pair(i);
        uint256 right = to == 5 ? p.steward : p.subject;
        uint256 signer = signedBy(right, seed >> 8);
        uint256 from = status[i];
        bool allowed = (to == 3 && from == 1) || (to == 4 && (from == 2 || from == 5))
            || (to == 5 && (from == 1 || from == 2));
        bool ok = post(record(signer, ending(p, to)), asStranger);
        vm.assertTrue(ok == (allowed && signer == right), "end");
        if (ok) status[i] = to;
    }

    function stopOne(uint256 seed, uint16 to, bool asStranger) external {
        uint256 i = seed % PAIRS;
        Pair memory p = pair(i);
        to = to % 8;
        uint256 signer = signedBy(p.subject, seed >> 8);
        bool ok = post(record(signer, stopping(p, to)), asStranger);
        bool exists = status[i] != 0 && status[i] != 3;
        vm.assertTrue(ok == (exists && to > epoch[i] && signer == p.subject), "stop all");
        if (ok) epoch[i] = to;
    }

    function grantOne(uint256 seed, uint16 number, bool otherScope, bool asStranger) external {
        uint256 i = seed % KEYS;
        number = number % 7 == 0 ? 65_535 : number % 7;
        uint256 signer = signedBy(grantKeyAt(i), seed >> 8);
        bytes32 scope = keccak256(abi.encode(i, otherScope));
        uint256 wanted = slotOf(soon(), number, scope);
        bool ok = post(record(signer, granting(grantKeyAt(i), wanted, "")), asStranger);
        bool expected = signer == grantKeyAt(i) && !asStranger && number > sequence[i]
            && number != 65_535 && sequence[i] != 65_535
            && (sequence[i] == 0 || uint208(slot[i]) == uint208(wanted));
        vm.assertTrue(ok == expected, "grant");
        if (ok) (sequence[i], slot[i]) = (number, wanted);
    }

    function revokeOne(uint256 seed, bool asStranger) external {
        uint256 i = seed % KEYS;
        uint256 signer = signedBy(grantKeyAt(i), seed >> 8);
        bool ok = post(record(signer, revoking(grantKeyAt(i))), asStranger);
        bool exists = sequence[i] != 0 && sequence[i] != 65_535;
        vm.assertTrue(ok == (exists && signer == grantKeyAt(i)), "revoke");
        if (ok) (sequence[i], slot[i]) = (65_535, slot[i] | uint256(65_535) << 208);
    }

    function anchorOne(uint256 seed, bool withBounty, uint8 drift, bool asStranger) external {
        Anchoring memory a =
            nextAnchor(keccak256(abi.encode(seed)), withBounty ? QUERY : bytes32(0), 1);
        if (drift % 4 == 1) a.counter += 1;
        if (drift % 4 == 2) a.previous = keccak256("another root");
        uint256 signer = signedBy(anchorKey("hospital"), seed >> 8);
        bool ok = post(record(signer, anchoring(a)), asStranger);
        bool right = signer == anchorKey("hospital") && drift % 4 != 1 && drift % 4 != 2;
        vm.assertTrue(ok == (right && !asStranger), "anchor");
        if (!ok) return;
        (counter, root) = (counter + 1, a.root);
        if (withBounty) spent = 3;
    }

    /// @dev Whatever was posted once changes nothing when it is posted again, unless it still may: a
    /// proposal that was refused before, an ending whose time has come. The model says which.
    function replay(uint256 seed) external {
        if (_posted.length == 0) return;
        uint256 before = model;
        bytes memory one = _posted[seed % _posted.length];
        uint8 kind = uint8(one[0]) & 15;
        if (kind != 6) return; // the others are in the model under their own names
        send(one);
        if (rejectedIndices.length == 0) {
            // only an anchor that names the present root and counter, refused when a stranger sent it
            (counter, root) = (counter + 1, ledger.anchors(hospital).root);
            spent = ledger.spent(hospital, 1);
            vm.assertEq(ledger.anchors(hospital).counter, counter);
        } else {
            vm.assertEq(model, before);
        }
    }

    function cutOff(uint256 seed, uint256 length) external {
        bytes memory one = propose(pair(seed % PAIRS), notes(1, seed));
        length = 1 + length % (one.length - 1);
        assembly ("memory-safe") {
            mstore(one, length)
        }
        send(bytes.concat(propose(pair(1e6 + _next++), ""), one));
        vm.assertEq(rejectedIndices.length, 1);
        vm.assertEq(ledger.relationships(relationshipOf(pair(1e6 + _next - 1))) & 255, 1);
    }
}

contract LedgerInvariantTest is Network {
    LedgerHandler private handler;
    uint256[4] private lastEpoch;

    function setUp() public override {
        vm.warp(START);
        handler = new LedgerHandler();
        targetContract(address(handler));
    }

    function invariant_NoStateWithoutTheRightSignature() public view {
        for (uint256 i; i < 4; ++i) {
            vm.assertEq(uint8(handler.relationshipSlot(i)), handler.status(i), "status");
            vm.assertEq(uint16(handler.relationshipSlot(i) >> 8), handler.epoch(i), "epoch");
            vm.assertEq(handler.ledgerSlot(i), handler.slot(i), "grant");
        }
    }

    function invariant_RevokedStaysRevoked() public view {
        for (uint256 i; i < 4; ++i) {
            if (handler.sequence(i) != 65_535) continue;
            vm.assertEq(uint16(handler.ledgerSlot(i) >> 208), 65_535, "revoked");
        }
    }

    function invariant_AnchorsFollowEachOtherAndTheBudgetHolds() public view {
        (bytes32 root, uint256 counter, uint256 spent) = handler.anchorNow();
        vm.assertEq(root, handler.root());
        vm.assertEq(counter, handler.counter(), "counter");
        vm.assertEq(spent, handler.spent(), "spent");
        vm.assertLe(spent, 10, "budget");
    }

    function invariant_TheHeadIsTheFoldOfTheLogs() public view {
        vm.assertTrue(handler.headMatches());
    }
}
