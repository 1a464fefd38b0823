// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Signature} from "../src/interfaces/IDomain.sol";
import {IRegistrar, Profile, Registration, Role} from "../src/interfaces/IRegistrar.sol";
import {Network} from "./support/Network.sol";

// vote
// ├── when role or participant is unknown, or there is nothing to decide → it reverts
// ├── when the voter is no institution, did not sign, or is late → it reverts
// ├── given it voted in this round → it reverts
// ├── given the round is over (by a decision, or a removal) → old votes are worth nothing
// ├── given more than half agree → the role changes, once
// └── given it would remove the last institution → it reverts
//
// setProfile, setRelay, setCoinbase
// ├── when the role is missing, the signature another's, or the sequence not higher → it reverts
// ├── when the account or coinbase is somebody else's → it reverts
// └── otherwise → it is published
contract RegistrarRolesTest is Network {
    function notCertified(bytes32 idTag, uint8 role) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IRegistrar.RegistrarNotCertified.selector, idTag, role);
    }

    function badSignature(string memory name) private pure returns (bytes memory) {
        return abi.encodeWithSelector(
            IRegistrar.RegistrarBadSignature.selector, vm.addr(identityKey(name))
        );
    }

    function stale(uint32 sequence, uint32 current) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IRegistrar.RegistrarStaleSequence.selector, sequence, current);
    }

    function makeResearcher(string memory name) private {
        register(name);
        castVote(name, Role.RESEARCHER, true, "hospital");
        castVote(name, Role.RESEARCHER, true, "clinic");
    }

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

    // -- profiles ----------------------------------------------------------------------------

    function test_AnInstitutionPublishesItsProfile() public {
        Profile memory p = profileOf("clinic", 1);
        vm.expectEmit();
        emit IRegistrar.ProfileSet(
            clinic, p.name, p.url, p.pin, p.pinNext, p.catalogueHash, p.anchorKey, 1
        );
        publish("clinic", 1);
        Profile memory stored = registrar.profiles(clinic);
        vm.assertEq(stored.name, "clinic");
        vm.assertEq(stored.url, "https://clinic.example");
        vm.assertEq(stored.pin, p.pin);
        vm.assertEq(stored.pinNext, p.pinNext);
        vm.assertEq(stored.catalogueHash, p.catalogueHash);
        vm.assertEq(registrar.anchorKeyOf(clinic), vm.addr(anchorKey("clinic")));
        vm.assertEq(registrar.institutionIdentity(clinic), vm.addr(identityKey("clinic")));
    }

    function test_ARegistrarServicePublishesItsProfile() public {
        bytes32 service = register("service");
        castVote("service", Role.REGISTRAR_SERVICE, true, "hospital");
        castVote("service", Role.REGISTRAR_SERVICE, true, "clinic");
        publish("service", 1);
        vm.assertEq(registrar.profiles(service).name, "service");
        vm.assertEq(registrar.anchorKeyOf(service), address(0));
        vm.assertEq(registrar.institutionIdentity(service), address(0));
    }

    function testFuzz_RevertWhen_AProfilesSequenceIsNotHigher(uint32 first, uint32 second) public {
        first = uint32(bound(first, 1, type(uint32).max));
        second = uint32(bound(second, 0, first));
        publish("clinic", first);
        Profile memory p = profileOf("clinic", second);
        Signature memory s = signRegistrar(identityKey("clinic"), profileHash(clinic, p));
        vm.expectRevert(stale(second, first));
        registrar.setProfile(clinic, p, s);
    }

    function test_RevertWhen_AProfileIsWrong() public {
        bytes32 ann = register("ann");
        Profile memory p = profileOf("ann", 1);
        Signature memory byAnn = signRegistrar(identityKey("ann"), profileHash(ann, p));
        vm.expectRevert(notCertified(ann, Role.INSTITUTION));
        registrar.setProfile(ann, p, byAnn);
        vm.expectRevert(badSignature("clinic"));
        registrar.setProfile(clinic, p, byAnn);
        p = profileOf("clinic", 1);
        Signature memory byClinic = signRegistrar(identityKey("clinic"), profileHash(clinic, p));
        p.anchorKey = vm.addr(anchorKey("mallory"));
        vm.expectRevert(badSignature("clinic"));
        registrar.setProfile(clinic, p, byClinic);
    }

    function test_AnInstitutionThatIsRemovedHasNoAnchorKey() public {
        castVote("hospital", Role.INSTITUTION, false, "clinic");
        castVote("hospital", Role.INSTITUTION, false, "laboratory");
        vm.assertEq(registrar.anchorKeyOf(hospital), address(0));
        vm.assertEq(registrar.institutionIdentity(hospital), address(0));
        vm.assertFalse(registrar.isRelay(RELAY));
    }

    // -- relays ------------------------------------------------------------------------------

    function testFuzz_AnAccountRelaysWhileItIsAllowed(uint256 seed) public {
        uint256 key = (seed >> 2) + 1; // below the order of the curve
        vm.assume(key != RELAY_KEY);
        address account = vm.addr(key);
        vm.assertFalse(registrar.isRelay(account));
        vm.expectEmit();
        emit IRegistrar.RelaySet(clinic, account, true, 1);
        allowRelay("clinic", key, true, 1);
        vm.assertTrue(registrar.isRelay(account));
        vm.assertEq(registrar.relayOf(account), clinic);
        allowRelay("clinic", key, false, 2);
        vm.assertFalse(registrar.isRelay(account));
        vm.assertEq(registrar.relaySequenceOf(clinic), 2);
    }

    /// @dev A lost account can be forbidden; nothing but the institution's word is needed for that.
    function test_AnInstitutionForbidsAnAccountWithoutItsWord() public {
        Signature memory s =
            signRegistrar(identityKey("hospital"), relayHash(hospital, RELAY, false, 2));
        registrar.setRelay(hospital, RELAY, false, 2, s, Signature(0, 0));
        vm.assertFalse(registrar.isRelay(RELAY));
    }

    function test_RevertWhen_AnInstitutionClaimsAnAccountThatIsNotItsOwn() public {
        uint256 owner = keyOf("relay to come");
        address account = vm.addr(owner);
        bytes32 hash = relayHash(clinic, account, true, 1);
        Signature memory byClinic = signRegistrar(identityKey("clinic"), hash);
        Signature memory forHospital = signRegistrar(owner, relayHash(hospital, account, true, 2));
        Signature memory forbidding = signRegistrar(owner, relayHash(clinic, account, false, 1));
        Signature[5] memory words =
            [Signature(0, 0), byClinic, signRegistrar(RELAY_KEY, hash), forHospital, forbidding];
        for (uint256 i; i < words.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IRegistrar.RegistrarBadSignature.selector, account)
            );
            registrar.setRelay(clinic, account, true, 1, byClinic, words[i]);
        }
        allowRelay("hospital", owner, true, 2);
        vm.assertEq(registrar.relayOf(account), hospital);
    }

    function test_RevertWhen_TheAccountIsNobodys() public {
        bytes32 hash = relayHash(clinic, address(0), true, 1);
        Signature memory s = signRegistrar(identityKey("clinic"), hash);
        vm.expectRevert(
            abi.encodeWithSelector(IRegistrar.RegistrarBadSignature.selector, address(0))
        );
        registrar.setRelay(clinic, address(0), true, 1, s, Signature(0, 0));
    }

    function test_RevertWhen_AnInstitutionTakesAnothersRelay() public {
        bytes32 hash = relayHash(clinic, RELAY, false, 1);
        Signature memory s = signRegistrar(identityKey("clinic"), hash);
        Signature memory byAccount = signRegistrar(RELAY_KEY, hash);
        vm.expectRevert(
            abi.encodeWithSelector(IRegistrar.RegistrarRelayTaken.selector, RELAY, hospital)
        );
        registrar.setRelay(clinic, RELAY, false, 1, s, byAccount);
        vm.assertTrue(registrar.isRelay(RELAY));
    }

    function test_ARelayOfAFormerInstitutionMayBeTakenOver() public {
        castVote("hospital", Role.INSTITUTION, false, "clinic");
        castVote("hospital", Role.INSTITUTION, false, "laboratory");
        allowRelay("clinic", RELAY_KEY, true, 1);
        vm.assertTrue(registrar.isRelay(RELAY));
        vm.assertEq(registrar.relayOf(RELAY), clinic);
    }

    function test_RevertWhen_ARelayMessageIsWrong() public {
        bytes32 ann = register("ann");
        address account = vm.addr(1);
        bytes32 hash = relayHash(ann, account, true, 1);
        Signature memory byAnn = signRegistrar(identityKey("ann"), hash);
        Signature memory byAccount = signRegistrar(1, hash);
        vm.expectRevert(notCertified(ann, Role.INSTITUTION));
        registrar.setRelay(ann, account, true, 1, byAnn, byAccount);
        vm.expectRevert(badSignature("clinic"));
        registrar.setRelay(clinic, account, true, 1, byAnn, byAccount);
        bytes32 oldHash = relayHash(hospital, RELAY, true, 1);
        Signature memory old = signRegistrar(identityKey("hospital"), oldHash);
        Signature memory oldByAccount = signRegistrar(RELAY_KEY, oldHash);
        allowRelay("hospital", RELAY_KEY, false, 2);
        vm.expectRevert(stale(1, 2));
        registrar.setRelay(hospital, RELAY, true, 1, old, oldByAccount);
        vm.assertFalse(registrar.isRelay(RELAY));
    }

    // -- coinbases ---------------------------------------------------------------------------

    function coinbaseHash(bytes32 idTag, address coinbase, uint32 sequence)
        private
        pure
        returns (bytes32)
    {
        return keccak256(
            abi.encode(
                keccak256("Coinbase(bytes32 idTag,address coinbase,uint32 sequence)"),
                idTag,
                coinbase,
                sequence
            )
        );
    }

    function nameCoinbase(string memory name, uint256 coinbaseKey, uint32 sequence) private {
        address coinbase = vm.addr(coinbaseKey);
        bytes32 hash = coinbaseHash(tagOf(name), coinbase, sequence);
        registrar.setCoinbase(
            tagOf(name),
            coinbase,
            sequence,
            signRegistrar(identityKey(name), hash),
            signRegistrar(coinbaseKey, hash)
        );
    }

    function test_AResearcherNamesItsCoinbaseAndKeepsEarlierOnes() public {
        makeResearcher("ann");
        vm.expectEmit();
        emit IRegistrar.CoinbaseSet(tagOf("ann"), vm.addr(1), 1);
        nameCoinbase("ann", 1, 1);
        nameCoinbase("ann", 2, 5);
        (address coinbase, uint32 sequence) = registrar.coinbaseOf(tagOf("ann"));
        vm.assertEq(coinbase, vm.addr(2));
        vm.assertEq(sequence, 5);
        vm.assertEq(registrar.researcherOf(vm.addr(1)), tagOf("ann"));
        vm.assertEq(registrar.researcherOf(vm.addr(2)), tagOf("ann"));
    }

    function test_RevertWhen_ACoinbaseIsAnothers() public {
        makeResearcher("ann");
        makeResearcher("bob");
        nameCoinbase("ann", 1, 1);
        bytes32 hash = coinbaseHash(tagOf("bob"), vm.addr(1), 1);
        Signature memory s = signRegistrar(identityKey("bob"), hash);
        Signature memory byCoinbase = signRegistrar(1, hash);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRegistrar.RegistrarCoinbaseTaken.selector, vm.addr(1), tagOf("ann")
            )
        );
        registrar.setCoinbase(tagOf("bob"), vm.addr(1), 1, s, byCoinbase);
    }

    function test_RevertWhen_AResearcherClaimsACoinbaseThatIsNotItsOwn() public {
        makeResearcher("ann");
        makeResearcher("bob");
        bytes32 hash = coinbaseHash(tagOf("bob"), vm.addr(1), 1);
        Signature memory byBob = signRegistrar(identityKey("bob"), hash);
        Signature[4] memory words = [
            Signature(0, 0),
            byBob,
            signRegistrar(2, hash),
            signRegistrar(1, coinbaseHash(tagOf("ann"), vm.addr(1), 1))
        ];
        for (uint256 i; i < words.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IRegistrar.RegistrarBadSignature.selector, vm.addr(1))
            );
            registrar.setCoinbase(tagOf("bob"), vm.addr(1), 1, byBob, words[i]);
        }
        nameCoinbase("ann", 1, 1);
        vm.assertEq(registrar.researcherOf(vm.addr(1)), tagOf("ann"));
    }

    function test_RevertWhen_ACoinbaseMessageIsWrong() public {
        bytes32 ann = register("ann");
        address coinbase = vm.addr(1);
        bytes32 hash = coinbaseHash(ann, coinbase, 1);
        Signature memory byAnn = signRegistrar(identityKey("ann"), hash);
        Signature memory byCoinbase = signRegistrar(1, hash);
        vm.expectRevert(notCertified(ann, Role.RESEARCHER));
        registrar.setCoinbase(ann, coinbase, 1, byAnn, byCoinbase);
        makeResearcher("bob");
        vm.expectRevert(badSignature("bob"));
        registrar.setCoinbase(tagOf("bob"), coinbase, 1, byAnn, byCoinbase);
        nameCoinbase("bob", 1, 1);
        bytes32 again = coinbaseHash(tagOf("bob"), coinbase, 1);
        Signature memory byBob = signRegistrar(identityKey("bob"), again);
        byCoinbase = signRegistrar(1, again);
        vm.expectRevert(stale(1, 1));
        registrar.setCoinbase(tagOf("bob"), coinbase, 1, byBob, byCoinbase);
    }
}
