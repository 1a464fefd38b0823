// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ask, Delegation} from "../src/interfaces/IReads.sol";
import {IRegistrar} from "../src/interfaces/IRegistrar.sol";
import {EverybodyRelays, OpenLedger} from "./Open.sol";

/// @dev Whatever else is true, and whoever signs: of accepted relationships, any viewer, terms, scope and time.
contract ReadsProof {
    uint256 private constant REVOKED = 65_535;
    uint256 private constant ACCEPTED = 2;

    OpenLedger private ledger;

    function setUp() public {
        ledger = new OpenLedger(IRegistrar(address(new EverybodyRelays(address(0xA11CE)))));
    }

    function check_aDelegationThatWasTakenBackReadsNothing(
        address slot,
        uint256 state,
        Delegation calldata delegation,
        bytes32 r,
        bytes32 vs,
        address grant,
        uint40 time
    ) public {
        if (slot == address(0)) return;
        ledger.putGrant(slot, state | REVOKED << 208);
        Ask memory ask = asked(delegation, time);
        ask.grant = grant;
        ask.delegated.slot = slot;
        ask.delegated.signature.r = r;
        ask.delegated.signature.vs = vs;
        requireRefused(ask);
    }

    function check_aGrantThatWasTakenBackReadsNothing(
        address slot,
        uint256 state,
        Delegation calldata delegation,
        bytes32 r,
        bytes32 vs,
        uint16 purpose,
        uint40 time
    ) public {
        ledger.putGrant(slot, state | REVOKED << 208);
        Ask memory ask = asked(delegation, time);
        ask.grant = slot;
        ask.share.r = r;
        ask.share.vs = vs;
        ask.purpose = purpose;
        ask.scope.purposes = purpose;
        requireRefused(ask);
    }

    function check_aDelegationOfAnotherEpochReadsNothing(
        address slot,
        uint256 state,
        Delegation calldata delegation,
        bytes32 r,
        bytes32 vs,
        uint16 epoch,
        uint40 time
    ) public {
        if (slot == address(0) || epoch == delegation.epoch) return;
        ledger.putGrant(slot, state);
        Ask memory ask = asked(delegation, time);
        ledger.putRelationship(idOf(ask), ACCEPTED | uint256(epoch) << 8);
        ask.delegated.slot = slot;
        ask.delegated.signature.r = r;
        ask.delegated.signature.vs = vs;
        requireRefused(ask);
    }

    /// @dev Refused before the registrar is asked: this one answers nothing of entries, so that whatever came as far
    /// would revert.
    function requireRefused(Ask memory ask) private view {
        try ledger.canRead(ask) returns (uint8 reason) {
            assert(reason != 0);
        } catch {
            assert(false);
        }
    }

    /// @dev Of a relationship that was accepted, by the parties that the delegation names.
    function asked(Delegation calldata delegation, uint40 time) private returns (Ask memory ask) {
        ask.stewardController = address(1);
        ask.subjectController = address(2);
        ask.terms.stewardTag = delegation.steward;
        ask.terms.subjectTag = delegation.subject;
        ask.viewer = delegation.delegate;
        ask.purpose = 1;
        ask.mask = 1;
        ask.time = time;
        ask.delegated.delegation = delegation;
        bytes32 id = idOf(ask);
        ask.delegated.delegation.relationship = id;
        ask.scope.subject = delegation.subject;
        ask.scope.steward = delegation.steward;
        ask.scope.viewer = delegation.delegate;
        ask.scope.relationship = id;
        ask.scope.epoch = delegation.epoch;
        ledger.putRelationship(id, ACCEPTED | uint256(delegation.epoch) << 8);
    }

    function idOf(Ask memory ask) private view returns (bytes32) {
        return keccak256(
            abi.encodePacked(
                ask.stewardController, ask.subjectController, ledger.termsHash(ask.terms)
            )
        );
    }
}
