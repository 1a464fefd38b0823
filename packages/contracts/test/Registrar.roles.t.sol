// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Signature} from "../src/interfaces/IDomain.sol";
import {IRegistrar, Role} from "../src/interfaces/IRegistrar.sol";
import {Network} from "./support/Network.sol";

// vote
// ├── when role or participant is unknown, or there is nothing to decide → it reverts
// ├── when the voter is no institution, did not sign, or is late → it reverts
// ├── given it voted in this round → it reverts
// ├── given the round is over (by a decision, or a removal) → old votes are worth nothing
// ├── given more than half agree → the role changes, once
// └── given it would remove the last institution → it reverts
contract RegistrarRolesTest is Network {
    // -- vote --------------------------------------------------------------------------------

    function test_AMajorityCertifies() public {
        bytes32 ann = register("ann");
        castVote("ann", Role.RESEARCHER, true, "hospital");
        vm.assertFalse(registrar.isCertified(ann, Role.RESEARCHER));
        vm.assertEq(registrar.votesOf(ann, Role.RESEARCHER), 1);
        vm.expectEmit();
        emit IRegistrar.Voted(ann, Role.RESEARCHER, true, clinic, 0);
        vm.expectEmit();
        emit IRegistrar.RoleChanged(ann, Role.RESEARCHER, true);
        castVote("ann", Role.RESEARCHER, true, "clinic");
        vm.assertTrue(registrar.isCertified(ann, Role.RESEARCHER));
        vm.assertFalse(registrar.isCertified(ann, Role.INSTITUTION));
        vm.assertEq(registrar.roundOf(ann, Role.RESEARCHER), 1);
        vm.assertEq(registrar.votesOf(ann, Role.RESEARCHER), 0);
    }

    function test_AMajorityTakesARoleAgain() public {
        makeResearcher("ann");
        castVote("ann", Role.RESEARCHER, false, "laboratory");
        vm.assertTrue(registrar.isCertified(tagOf("ann"), Role.RESEARCHER));
        castVote("ann", Role.RESEARCHER, false, "clinic");
        vm.assertFalse(registrar.isCertified(tagOf("ann"), Role.RESEARCHER));
        vm.assertEq(registrar.roundOf(tagOf("ann"), Role.RESEARCHER), 2);
    }

    function test_HalfIsNotAMajority() public {
        register("fourth");
        castVote("fourth", Role.INSTITUTION, true, "hospital");
        castVote("fourth", Role.INSTITUTION, true, "clinic");
        vm.assertEq(registrar.institutions(), 4);
        register("ann");
        castVote("ann", Role.EMERGENCY, true, "hospital");
        castVote("ann", Role.EMERGENCY, true, "fourth");
        vm.assertFalse(registrar.isCertified(tagOf("ann"), Role.EMERGENCY));
        castVote("ann", Role.EMERGENCY, true, "clinic");
        vm.assertTrue(registrar.isCertified(tagOf("ann"), Role.EMERGENCY));
    }

    function test_RevertWhen_AnInstitutionVotesTwice() public {
        bytes32 ann = register("ann");
        castVote("ann", Role.RESEARCHER, true, "hospital");
        uint32 deadline = soon();
        bytes32 hash = voteHash(ann, Role.RESEARCHER, true, hospital, 0, deadline);
        Signature memory signature = signRegistrar(identityKey("hospital"), hash);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRegistrar.RegistrarAlreadyVoted.selector, ann, Role.RESEARCHER, hospital
            )
        );
        registrar.vote(ann, Role.RESEARCHER, true, hospital, deadline, signature);
    }

    function test_RevertWhen_AVoteOfAnEarlierRoundIsReplayed() public {
        bytes32 ann = register("ann");
        uint32 deadline = soon();
        bytes32 hash = voteHash(ann, Role.RESEARCHER, true, hospital, 0, deadline);
        Signature memory old = signRegistrar(identityKey("hospital"), hash);
        registrar.vote(ann, Role.RESEARCHER, true, hospital, deadline, old);
        castVote("ann", Role.RESEARCHER, true, "clinic");
        castVote("ann", Role.RESEARCHER, false, "clinic");
        castVote("ann", Role.RESEARCHER, false, "laboratory");
        vm.expectRevert(badSignature("hospital"));
        registrar.vote(ann, Role.RESEARCHER, true, hospital, deadline, old);
    }

    function test_AVoteCountsForNothingOnceItsInstitutionIsRemoved() public {
        bytes32 ann = register("ann");
        castVote("ann", Role.RESEARCHER, true, "laboratory");
        castVote("laboratory", Role.INSTITUTION, false, "hospital");
        castVote("laboratory", Role.INSTITUTION, false, "clinic");
        vm.assertEq(registrar.institutions(), 2);
        castVote("ann", Role.RESEARCHER, true, "hospital");
        vm.assertFalse(registrar.isCertified(ann, Role.RESEARCHER));
        castVote("ann", Role.RESEARCHER, true, "clinic");
        vm.assertTrue(registrar.isCertified(ann, Role.RESEARCHER));
    }

    function test_RevertWhen_TheLastInstitutionWouldGo() public {
        castVote("laboratory", Role.INSTITUTION, false, "hospital");
        castVote("laboratory", Role.INSTITUTION, false, "clinic");
        castVote("clinic", Role.INSTITUTION, false, "hospital");
        castVote("clinic", Role.INSTITUTION, false, "clinic");
        vm.assertEq(registrar.institutions(), 1);
        uint32 deadline = soon();
        uint32 round = registrar.roundOf(hospital, Role.INSTITUTION);
        bytes32 hash = voteHash(hospital, Role.INSTITUTION, false, hospital, round, deadline);
        Signature memory signature = signRegistrar(identityKey("hospital"), hash);
        vm.expectRevert(
            abi.encodeWithSelector(IRegistrar.RegistrarLastInstitution.selector, hospital)
        );
        registrar.vote(hospital, Role.INSTITUTION, false, hospital, deadline, signature);
        vm.assertTrue(registrar.isCertified(hospital, Role.INSTITUTION));
    }

    function testFuzz_RevertWhen_TheRoleIsUnknown(uint8 role) public {
        vm.assume(role < Role.INSTITUTION || role > Role.EMERGENCY);
        bytes32 ann = register("ann");
        Signature memory none;
        vm.expectRevert(abi.encodeWithSelector(IRegistrar.RegistrarUnknownRole.selector, role));
        registrar.vote(ann, role, true, hospital, soon(), none);
    }

    function test_RevertWhen_AVoteIsWrong() public {
        bytes32 ann = register("ann");
        uint32 deadline = soon();
        Signature memory byAnn = signRegistrar(
            identityKey("ann"), voteHash(ann, Role.INSTITUTION, true, hospital, 0, deadline)
        );
        vm.expectRevert(
            abi.encodeWithSelector(IRegistrar.RegistrarUnknown.selector, tagOf("nobody"))
        );
        registrar.vote(tagOf("nobody"), Role.RESEARCHER, true, hospital, deadline, byAnn);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRegistrar.RegistrarNothingToDecide.selector, ann, Role.RESEARCHER, false
            )
        );
        registrar.vote(ann, Role.RESEARCHER, false, hospital, deadline, byAnn);
        vm.expectRevert(badSignature("hospital"));
        registrar.vote(ann, Role.INSTITUTION, true, hospital, deadline, byAnn);
        vm.expectRevert(notCertified(ann, Role.INSTITUTION));
        registrar.vote(ann, Role.INSTITUTION, true, ann, deadline, byAnn);
        vm.warp(uint256(deadline) + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRegistrar.RegistrarDeadlinePassed.selector, deadline, block.timestamp
            )
        );
        registrar.vote(ann, Role.INSTITUTION, true, hospital, deadline, byAnn);
    }
}
