// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBatch} from "../src/interfaces/IBatch.sol";
import {IGrants} from "../src/interfaces/IGrants.sol";
import {Network} from "./support/Network.sol";

// grant
// ├── given the key is revoked → it is refused, for ever
// ├── when the sequence is not higher, or is the revoked one → it is refused
// ├── given a slot, when the scope is another → it is refused
// ├── when the expiry is not in the future → it is refused
// ├── when the key did not sign exactly this → it is refused
// └── otherwise → the slot
// revoke
// ├── given no slot → it is refused (endings of nothing)
// ├── given it is revoked → it is refused
// ├── when the key did not sign → it is refused
// └── otherwise → sequence 65,535, without relay or deadline
contract LedgerGrantsTest is Network {
    address private constant STRANGER = address(0xCAFE);
    bytes32 private constant SCOPE = keccak256("scope");
    uint256 private key = keyOf("grant");

    function slotNow() private view returns (uint256) {
        return ledger.grants(vm.addr(key));
    }

    function testFuzz_AGrantFillsItsSlot(uint32 life, uint16 sequence, bytes32 scope) public {
        uint32 expiry = uint32(block.timestamp + bound(life, 1, 1e9));
        sequence = uint16(bound(sequence, 1, 65_534));
        uint256 slot = slotOf(expiry, sequence, scope);
        bytes memory batch = grant(key, slot, "");
        vm.expectEmit();
        emit IGrants.GrantChanged(vm.addr(key), slot);
        sendAccepted(batch);
        vm.assertEq(slotNow(), slot);
    }

    function testFuzz_ARenewalNeedsAHigherSequence(uint16 first, uint16 second) public {
        first = uint16(bound(first, 1, 65_534));
        sendAccepted(grant(key, slotOf(soon(), first, SCOPE), ""));
        uint256 renewed = slotOf(soon() + 1 days, second, SCOPE);
        if (second > first && second < 65_535) {
            sendAccepted(grant(key, renewed, ""));
            vm.assertEq(slotNow(), renewed);
        } else {
            sendRefused(grant(key, renewed, ""), IGrants.GrantsBadSequence.selector);
            vm.assertEq(slotNow(), slotOf(soon(), first, SCOPE));
        }
    }

    // Attack 6: no counter comes round, no grant revokes itself.
    function test_TheSequencesEndsAreRefused() public {
        sendRefused(grant(key, slotOf(soon(), 0, SCOPE), ""), IGrants.GrantsBadSequence.selector);
        sendRefused(
            grant(key, slotOf(soon(), 65_535, SCOPE), ""), IGrants.GrantsBadSequence.selector
        );
        sendAccepted(grant(key, slotOf(soon(), 65_534, SCOPE), ""));
        sendRefused(grant(key, slotOf(soon(), 1, SCOPE), ""), IGrants.GrantsBadSequence.selector);
    }

    function testFuzz_ARenewalKeepsItsScope(bytes32 other) public {
        vm.assume(other >> 48 != SCOPE >> 48);
        sendAccepted(grant(key, slotOf(soon(), 1, SCOPE), ""));
        sendRefused(grant(key, slotOf(soon(), 2, other), ""), IGrants.GrantsScopeChanged.selector);
    }

    function testFuzz_AGrantThatIsOverIsRefused(uint32 expiry) public {
        expiry = uint32(bound(expiry, 0, block.timestamp));
        sendRefused(grant(key, slotOf(expiry, 1, SCOPE), ""), IGrants.GrantsExpired.selector);
    }

    function testFuzz_OnlyTheKeySignsItsGrant(uint256 other) public {
        other = bound(other, 1, type(uint128).max);
        Operation memory o = granting(key, slotOf(soon(), 1, SCOPE), "");
        sendRefused(record(other, o), IBatch.LedgerBadSignature.selector);
        vm.assertEq(slotNow(), 0);
    }

    function testFuzz_NoBitOfASignedGrantCanBeChanged(uint16 place) public {
        bytes memory batch = grant(key, slotOf(soon() + 30 days, 2, SCOPE), "");
        place = uint16(bound(place, 8, 57 * 8 - 1)); // all of the payload
        batch[place / 8] ^= bytes1(uint8(1 << (place % 8)));
        send(batch);
        vm.assertEq(rejectedIndices.length, 1);
        vm.assertEq(slotNow(), 0);
    }

    function testFuzz_ARevocationIsFinal(uint16 sequence, uint32 later) public {
        uint256 slot = slotOf(soon() + 9 days, 3, SCOPE);
        sendAccepted(grant(key, slot, ""));
        sendFrom(STRANGER, revoke(key));
        assertNothingRejected();
        vm.assertEq(slotNow(), slot | uint256(65_535) << 208);
        vm.warp(block.timestamp + later % 1e8);
        sendRefused(
            grant(key, slotOf(soon() + 1, sequence, SCOPE), ""), IGrants.GrantsRevoked.selector
        );
        sendRefused(revoke(key), IGrants.GrantsRevoked.selector);
    }

    // Attack 9: endings of nothing fill no state.
    function test_ARevocationOfNothingIsRefused() public {
        sendRefused(revoke(key), IGrants.GrantsUnknown.selector);
        vm.assertEq(slotNow(), 0);
        sendAccepted(grant(key, slotOf(soon(), 1, SCOPE), ""));
    }

    function testFuzz_OnlyTheKeyRevokes(uint256 other) public {
        sendAccepted(grant(key, slotOf(soon(), 1, SCOPE), ""));
        other = bound(other, 1, type(uint128).max);
        sendRefused(record(other, revoking(key)), IBatch.LedgerBadSignature.selector);
    }

    function test_AGrantCanBeRenewedAfterItsExpiry() public {
        sendAccepted(grant(key, slotOf(soon(), 1, SCOPE), ""));
        vm.warp(block.timestamp + 2 hours);
        sendAccepted(grant(key, slotOf(soon(), 2, SCOPE), ""));
    }
}
