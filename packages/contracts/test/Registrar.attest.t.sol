// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Signature} from "../src/interfaces/IDomain.sol";
import {IRegistrar, Role} from "../src/interfaces/IRegistrar.sol";
import {Network} from "./support/Network.sol";
import {Vm} from "./support/Test.sol";

// attest
// ├── when the idTag is unknown, or the version another → it reverts
// ├── when the signature is not the institution's, or too late → it reverts
// ├── given the institution bound or attested it → it reverts
// └── otherwise → it counts once and emits Attested
contract RegistrarAttestTest is Network {
    // -- attest ------------------------------------------------------------------------------

    function attestHash(bytes32 idTag, uint32 version, bytes32 institution, uint32 deadline)
        private
        pure
        returns (bytes32)
    {
        return keccak256(
            abi.encode(
                keccak256(
                    "Attest(bytes32 idTag,uint32 version,bytes32 institution,uint32 deadline)"
                ),
                idTag,
                version,
                institution,
                deadline
            )
        );
    }

    function attestedBy(string memory name, string memory institution)
        private
        view
        returns (Signature memory)
    {
        return signRegistrar(
            identityKey(institution), attestHash(tagOf(name), 1, tagOf(institution), soon())
        );
    }

    function test_EachOtherInstitutionAttestsOnce() public {
        bytes32 ann = register("ann");
        vm.expectEmit();
        emit IRegistrar.Attested(ann, 1, clinic);
        registrar.attest(ann, 1, clinic, soon(), attestedBy("ann", "clinic"));
        registrar.attest(ann, 1, laboratory, soon(), attestedBy("ann", "laboratory"));
        vm.assertEq(registrar.entries(ann).attestations, 2);
        vm.assertTrue(registrar.hasAttested(ann, 1, clinic));
        Signature memory again = attestedBy("ann", "clinic");
        vm.expectRevert(
            abi.encodeWithSelector(IRegistrar.RegistrarAlreadyAttested.selector, ann, clinic)
        );
        registrar.attest(ann, 1, clinic, soon(), again);
        vm.assertEq(registrar.entries(ann).attestations, 2);
    }

    // Attack 4: an institution cannot make its own binding look confirmed.
    function test_RevertWhen_TheBindingInstitutionAttests() public {
        bytes32 ann = register("ann");
        Signature memory own = attestedBy("ann", "hospital");
        vm.expectRevert(
            abi.encodeWithSelector(IRegistrar.RegistrarAlreadyAttested.selector, ann, hospital)
        );
        registrar.attest(ann, 1, hospital, soon(), own);
    }

    function test_RevertWhen_AnAttestationIsWrong() public {
        bytes32 ann = register("ann");
        uint32 deadline = soon();
        Signature memory byClinic = attestedBy("ann", "clinic");
        vm.expectRevert(
            abi.encodeWithSelector(IRegistrar.RegistrarUnknown.selector, tagOf("nobody"))
        );
        registrar.attest(tagOf("nobody"), 1, clinic, deadline, byClinic);
        vm.expectRevert(
            abi.encodeWithSelector(IRegistrar.RegistrarWrongVersion.selector, ann, uint32(2))
        );
        registrar.attest(ann, 2, clinic, deadline, byClinic);
        vm.expectRevert(badSignature("laboratory"));
        registrar.attest(ann, 1, laboratory, deadline, byClinic);
        vm.expectRevert(
            abi.encodeWithSelector(IRegistrar.RegistrarNotCertified.selector, ann, Role.INSTITUTION)
        );
        registrar.attest(ann, 1, ann, deadline, byClinic);
        vm.warp(uint256(deadline) + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRegistrar.RegistrarDeadlinePassed.selector, deadline, block.timestamp
            )
        );
        registrar.attest(ann, 1, clinic, deadline, byClinic);
        vm.assertEq(registrar.entries(ann).attestations, 0);
    }

    // -- head --------------------------------------------------------------------------------

    function test_TheHeadIsTheFoldOfTheLogs() public {
        vm.recordLogs();
        found();
        register("ann");
        registrar.attest(tagOf("ann"), 1, clinic, soon(), attestedBy("ann", "clinic"));
        castVote("ann", Role.RESEARCHER, true, "hospital");
        castVote("ann", Role.RESEARCHER, true, "clinic");
        publish("clinic", 7);
        Vm.Log[] memory emitted = vm.getRecordedLogs();
        uint256 stream;
        for (uint256 i; i < emitted.length; ++i) {
            bytes memory words = emitted[i].data;
            for (uint256 j = emitted[i].topics.length - 1; j > 0; --j) {
                words = bytes.concat(emitted[i].topics[j], words);
            }
            bytes32 item = keccak256(bytes.concat(emitted[i].topics[0], keccak256(words)));
            uint256 hash = uint256(keccak256(abi.encode(stream, item)));
            stream = (hash >> 64 << 64) | uint64(stream + 1);
        }
        (bytes24 head, uint64 count) = registrar.head();
        vm.assertEq(uint256(bytes32(head)) | count, stream);
        vm.assertEq(count, emitted.length);
        vm.assertEq(count, 14);
    }
}
