// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Signature} from "../src/interfaces/IDomain.sol";
import {IRegistrar, Profile, Role} from "../src/interfaces/IRegistrar.sol";
import {Network} from "./support/Network.sol";

// setProfile, setRelay, setCoinbase
// ├── when the role is missing, the signature another's, or the sequence not higher → it reverts
// ├── when the account or coinbase is somebody else's → it reverts
// └── otherwise → it is published
contract RegistrarAccountsTest is Network {
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
