// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Signature} from "../src/interfaces/IDomain.sol";
import {Entry, IRegistrar, Registration, Role} from "../src/interfaces/IRegistrar.sol";
import {Network} from "./support/Network.sol";

// constructor
// ├── when there are no founders → it reverts
// ├── when two founders share an idTag or an identity → it reverts
// └── otherwise → every founder is bound and certified, and the head covers it
//
// bind
// ├── when a signature (identity, spend key, institution) is somebody else's → it reverts
// ├── when any signed field differs → it reverts
// ├── when the deadline is over → it reverts
// ├── when the institution is not certified → it reverts
// ├── when the registration is empty or its version is not 1 → it reverts
// ├── given the idTag or the identity is bound → it reverts
// └── otherwise → it stores the keys, emits Bound, whoever sends it
contract RegistrarBindTest is Network {
    /// @dev Everything a binding consists of, to be spoilt one by one.
    struct Binding {
        Registration registration;
        Signature byIdentity;
        Signature bySpend;
        uint8 assurance;
        bytes32 institution;
        uint32 deadline;
        Signature byInstitution;
    }

    function binding(string memory name, string memory institution)
        private
        returns (Binding memory b)
    {
        b.registration = registrationOf(name);
        b.assurance = 2;
        b.institution = tagOf(institution);
        b.deadline = soon();
        bytes32 hash = hashOf(b.registration);
        b.byIdentity = signRegistrar(identityKey(name), hash);
        b.bySpend = signRegistrar(spendKey(name), hash);
        b.byInstitution = signRegistrar(
            identityKey(institution), bindHash(hash, b.assurance, b.institution, b.deadline)
        );
    }

    function submit(Binding memory b) private {
        registrar.bind(
            b.registration,
            b.byIdentity,
            b.bySpend,
            b.assurance,
            b.institution,
            b.deadline,
            b.byInstitution
        );
    }

    function submitRefused(Binding memory b, bytes memory reason) private {
        (bytes24 hash, uint64 count) = registrar.head();
        vm.expectRevert(reason);
        submit(b);
        (bytes24 hashAfter, uint64 countAfter) = registrar.head();
        vm.assertEq(bytes32(hash), bytes32(hashAfter));
        vm.assertEq(count, countAfter);
    }

    function badSignature(address expected) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IRegistrar.RegistrarBadSignature.selector, expected);
    }

    function spendAccount(string memory name) private pure returns (address) {
        return vm.addr(spendKey(name));
    }

    function test_FoundersAreBoundAndCertified() public view {
        Entry memory entry = registrar.entries(hospital);
        vm.assertEq(entry.identity, vm.addr(identityKey("hospital")));
        vm.assertEq(entry.version, 1);
        vm.assertEq(entry.validFrom, START);
        vm.assertEq(registrar.institutions(), 3);
        vm.assertTrue(registrar.isCertified(hospital, Role.INSTITUTION));
        vm.assertTrue(registrar.isCertified(laboratory, Role.INSTITUTION));
        vm.assertEq(registrar.networkId(), NETWORK);
        vm.assertEq(
            registrar.domainSeparator(), domainOf(address(registrar), NETWORK, block.chainid)
        );
    }

    function test_RevertWhen_ThereAreNoFounders() public {
        expectRefused(
            new Registration[](0), abi.encodeWithSelector(IRegistrar.RegistrarNoFounders.selector)
        );
    }

    function test_RevertWhen_FoundersCollide() public {
        Registration[] memory twice = new Registration[](2);
        (twice[0], twice[1]) = (registrationOf("one"), registrationOf("one"));
        expectRefused(
            twice, abi.encodeWithSelector(IRegistrar.RegistrarAlreadyBound.selector, tagOf("one"))
        );
        twice[1].idTag = tagOf("two");
        expectRefused(
            twice,
            abi.encodeWithSelector(
                IRegistrar.RegistrarIdentityTaken.selector, twice[0].identity, tagOf("one")
            )
        );
    }

    /// @dev The constructor, given these founders, reverts with exactly this.
    function expectRefused(Registration[] memory founders, bytes memory reason) private {
        bytes memory code =
            bytes.concat(vm.getCode("Registrar.sol:Registrar"), abi.encode(NETWORK, founders));
        address deployed;
        bytes memory returned;
        assembly ("memory-safe") {
            deployed := create(0, add(code, 32), mload(code))
            returned := mload(0x40)
            mstore(returned, returndatasize())
            returndatacopy(add(returned, 32), 0, returndatasize())
            mstore(0x40, add(returned, and(add(returndatasize(), 63), not(31))))
        }
        vm.assertEq(deployed, address(0));
        vm.assertEq(returned, reason);
    }

    function testFuzz_AnybodyMaySendABinding(address payer) public {
        vm.assume(payer != address(vm));
        Binding memory b = binding("ann", "hospital");
        Registration memory r = b.registration;
        vm.expectEmit();
        emit IRegistrar.Bound(
            r.idTag, 1, r.identity, r.spendX, r.spendY, r.viewKey, 2, hospital, uint40(START)
        );
        vm.prank(payer);
        submit(b);
        Entry memory entry = registrar.entries(r.idTag);
        vm.assertEq(entry.identity, r.identity);
        vm.assertEq(entry.version, 1);
        vm.assertEq(entry.validFrom, START);
        vm.assertEq(entry.assurance, 2);
        vm.assertEq(entry.attestations, 0);
        vm.assertEq(entry.spendX, r.spendX);
        vm.assertEq(entry.spendY, r.spendY);
        vm.assertEq(entry.viewKey, r.viewKey);
        vm.assertEq(registrar.idTagOf(r.identity), r.idTag);
        vm.assertTrue(registrar.hasAttested(r.idTag, 1, hospital));
    }

    function test_RevertWhen_TheIdentityDidNotSign() public {
        Binding memory b = binding("ann", "hospital");
        b.byIdentity = signRegistrar(identityKey("mallory"), hashOf(b.registration));
        submitRefused(b, badSignature(b.registration.identity));
    }

    function test_RevertWhen_TheSpendKeyDidNotSign() public {
        Binding memory b = binding("ann", "hospital");
        b.bySpend = signRegistrar(identityKey("ann"), hashOf(b.registration));
        submitRefused(b, badSignature(spendAccount("ann")));
    }

    // Attack 4: nobody but a certified institution binds; attack 3: keys stand under signature.
    function test_RevertWhen_TheInstitutionDidNotSign() public {
        Binding memory b = binding("ann", "hospital");
        b.byInstitution = signRegistrar(
            identityKey("clinic"),
            bindHash(hashOf(b.registration), b.assurance, b.institution, b.deadline)
        );
        submitRefused(b, badSignature(vm.addr(identityKey("hospital"))));
    }

    function test_RevertWhen_TheInstitutionIsNotCertified() public {
        register("mallory");
        Binding memory b = binding("ann", "mallory");
        submitRefused(
            b,
            abi.encodeWithSelector(
                IRegistrar.RegistrarNotCertified.selector, tagOf("mallory"), Role.INSTITUTION
            )
        );
    }

    function test_RevertWhen_SomebodySwapsTheViewKey() public {
        Binding memory b = binding("ann", "hospital");
        b.registration.viewKey = keccak256("view key of another");
        submitRefused(b, badSignature(b.registration.identity));
    }

    function test_RevertWhen_SomebodyRaisesTheAssurance() public {
        Binding memory b = binding("ann", "hospital");
        b.assurance = 3;
        submitRefused(b, badSignature(vm.addr(identityKey("hospital"))));
    }

    function testFuzz_RevertWhen_TheDeadlineIsOver(uint32 late) public {
        Binding memory b = binding("ann", "hospital");
        vm.warp(uint256(b.deadline) + bound(late, 1, 365 days));
        submitRefused(
            b,
            abi.encodeWithSelector(
                IRegistrar.RegistrarDeadlinePassed.selector, b.deadline, block.timestamp
            )
        );
    }

    function test_ItBindsAtTheDeadline() public {
        Binding memory b = binding("ann", "hospital");
        vm.warp(b.deadline);
        submit(b);
        vm.assertEq(registrar.entries(tagOf("ann")).version, 1);
    }

    // Attack 10: the same signatures on another network, chain or contract.
    function test_RevertWhen_ItWasSignedForAnotherNetwork() public {
        Binding memory b = binding("ann", "hospital");
        bytes32[3] memory domains = [
            domainOf(address(registrar), keccak256("another network"), block.chainid),
            domainOf(address(registrar), NETWORK, block.chainid + 1),
            domainOf(address(ledger), NETWORK, block.chainid)
        ];
        for (uint256 i; i < domains.length; ++i) {
            b.byIdentity = compact(identityKey("ann"), domains[i], hashOf(b.registration));
            submitRefused(b, badSignature(b.registration.identity));
        }
    }

    function signAnew(Binding memory b, string memory name) private view {
        bytes32 hash = hashOf(b.registration);
        b.byIdentity = signRegistrar(identityKey(name), hash);
        b.bySpend = signRegistrar(spendKey(name), hash);
        b.byInstitution = signRegistrar(
            identityKey("hospital"), bindHash(hash, b.assurance, b.institution, b.deadline)
        );
    }

    function testFuzz_RevertWhen_TheVersionIsNotOne(uint32 version) public {
        vm.assume(version != 1);
        Binding memory b = binding("ann", "hospital");
        b.registration.version = version;
        signAnew(b, "ann");
        submitRefused(
            b,
            abi.encodeWithSelector(IRegistrar.RegistrarWrongVersion.selector, tagOf("ann"), version)
        );
    }

    function test_RevertWhen_AKeyIsMissing() public {
        Binding memory b = binding("ann", "hospital");
        b.registration.viewKey = 0;
        signAnew(b, "ann");
        submitRefused(b, abi.encodeWithSelector(IRegistrar.RegistrarEmptyRegistration.selector));
        b = binding("ann", "hospital");
        b.registration.idTag = 0;
        signAnew(b, "ann");
        submitRefused(b, abi.encodeWithSelector(IRegistrar.RegistrarEmptyRegistration.selector));
    }

    function test_RevertGiven_TheIdTagIsBound() public {
        register("ann");
        Binding memory b = binding("mallory", "clinic");
        b.registration.idTag = tagOf("ann");
        bytes32 hash = hashOf(b.registration);
        b.byIdentity = signRegistrar(identityKey("mallory"), hash);
        b.bySpend = signRegistrar(spendKey("mallory"), hash);
        b.byInstitution = signRegistrar(
            identityKey("clinic"), bindHash(hash, b.assurance, b.institution, b.deadline)
        );
        submitRefused(
            b, abi.encodeWithSelector(IRegistrar.RegistrarAlreadyBound.selector, tagOf("ann"))
        );
    }

    function test_RevertGiven_TheIdentityIsBoundElsewhere() public {
        register("ann");
        Binding memory b = binding("ann", "hospital");
        b.registration.idTag = tagOf("ann again");
        signAnew(b, "ann");
        submitRefused(
            b,
            abi.encodeWithSelector(
                IRegistrar.RegistrarIdentityTaken.selector, b.registration.identity, tagOf("ann")
            )
        );
    }
}
