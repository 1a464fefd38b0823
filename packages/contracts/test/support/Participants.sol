// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Signature} from "../../src/interfaces/IDomain.sol";
import {ILedger} from "../../src/interfaces/ILedger.sol";
import {IRegistrar, Profile, Registration, Role} from "../../src/interfaces/IRegistrar.sol";
import {Test, Vm} from "./Test.sol";

/// @dev A network of three institutions with one relay, their registrations and signed statements.
/// Written apart from src/, so that a mistake in a type string or a layout shows.
abstract contract Participants is Test {
    bytes32 internal constant NETWORK = keccak256("a network");
    uint256 internal constant START = 1_700_000_000;
    uint256 internal constant RELAY_KEY = 0xBEEF;
    address internal constant RELAY = 0x6E9972213BF459853FA33E28Ab7219e9157C8d02;

    IRegistrar internal registrar;
    ILedger internal ledger;
    bytes32 internal hospital;
    bytes32 internal clinic;
    bytes32 internal laboratory;

    function setUp() public virtual {
        vm.warp(START);
        found();
    }

    function found() internal {
        Registration[] memory founders = new Registration[](3);
        founders[0] = registrationOf("hospital");
        founders[1] = registrationOf("clinic");
        founders[2] = registrationOf("laboratory");
        (hospital, clinic, laboratory) = (founders[0].idTag, founders[1].idTag, founders[2].idTag);
        registrar = deployRegistrar(founders);
        ledger = ILedger(vm.deployCode("Ledger.sol:Ledger", abi.encode(registrar, NETWORK)));
        allowRelay("hospital", RELAY_KEY, true, 1);
        publish("hospital", 1);
    }

    /// @dev By its artifact: the product is compiled otherwise than its tests, see foundry.toml.
    function deployRegistrar(Registration[] memory founders) internal returns (IRegistrar) {
        return IRegistrar(vm.deployCode("Registrar.sol:Registrar", abi.encode(NETWORK, founders)));
    }

    // -- participants ------------------------------------------------------------------------

    function tagOf(string memory name) internal pure returns (bytes32) {
        return keccak256(bytes.concat("tag of ", bytes(name)));
    }

    function identityKey(string memory name) internal pure returns (uint256) {
        return keyOf(string.concat(name, " identity"));
    }

    function spendKey(string memory name) internal pure returns (uint256) {
        return keyOf(string.concat(name, " spend"));
    }

    function anchorKey(string memory name) internal pure returns (uint256) {
        return keyOf(string.concat(name, " anchor"));
    }

    function registrationOf(string memory name) internal returns (Registration memory) {
        Vm.Wallet memory spend = vm.createWallet(spendKey(name));
        return Registration({
            idTag: tagOf(name),
            identity: vm.addr(identityKey(name)),
            spendX: bytes32(spend.publicKeyX),
            spendY: bytes32(spend.publicKeyY),
            viewKey: keccak256(bytes.concat("view ", bytes(name))),
            version: 1
        });
    }

    function hashOf(Registration memory r) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256(
                    "Registration(bytes32 idTag,address identity,bytes32 spendX,bytes32 spendY,bytes32 viewKey,uint32 version)"
                ),
                r.idTag,
                r.identity,
                r.spendX,
                r.spendY,
                r.viewKey,
                r.version
            )
        );
    }

    function register(string memory name) internal returns (bytes32 idTag) {
        Registration memory r = registrationOf(name);
        registerAs(r, name, "hospital", 2);
        return r.idTag;
    }

    function registerAs(
        Registration memory r,
        string memory name,
        string memory institution,
        uint8 assurance
    ) internal {
        bytes32 hash = hashOf(r);
        Signature memory byIdentity = signRegistrar(identityKey(name), hash);
        Signature memory bySpend = signRegistrar(spendKey(name), hash);
        uint32 deadline = soon();
        Signature memory byInstitution = signRegistrar(
            identityKey(institution), bindHash(hash, assurance, tagOf(institution), deadline)
        );
        registrar.bind(
            r, byIdentity, bySpend, assurance, tagOf(institution), deadline, byInstitution
        );
    }

    function bindHash(bytes32 hash, uint8 assurance, bytes32 institution, uint32 deadline)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(
            abi.encode(
                keccak256(
                    "Bind(bytes32 registration,uint8 assurance,bytes32 institution,uint32 deadline)"
                ),
                hash,
                assurance,
                institution,
                deadline
            )
        );
    }

    function castVote(string memory name, uint8 role, bool certified, string memory institution)
        internal
    {
        uint32 deadline = soon();
        bytes32 idTag = tagOf(name);
        bytes32 hash = voteHash(
            idTag, role, certified, tagOf(institution), registrar.roundOf(idTag, role), deadline
        );
        Signature memory signature = signRegistrar(identityKey(institution), hash);
        registrar.vote(idTag, role, certified, tagOf(institution), deadline, signature);
    }

    function voteHash(
        bytes32 idTag,
        uint8 role,
        bool certified,
        bytes32 institution,
        uint32 round,
        uint32 deadline
    ) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256(
                    "Vote(bytes32 idTag,uint8 role,bool certified,bytes32 institution,uint32 round,uint32 deadline)"
                ),
                idTag,
                role,
                certified,
                institution,
                round,
                deadline
            )
        );
    }

    function relayHash(bytes32 institution, address account, bool allowed, uint32 sequence)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(
            abi.encode(
                keccak256(
                    "Relay(bytes32 institution,address account,bool allowed,uint32 sequence)"
                ),
                institution,
                account,
                allowed,
                sequence
            )
        );
    }

    function allowRelay(string memory name, uint256 accountKey, bool allowed, uint32 sequence)
        internal
    {
        address account = vm.addr(accountKey);
        bytes32 hash = relayHash(tagOf(name), account, allowed, sequence);
        registrar.setRelay(
            tagOf(name),
            account,
            allowed,
            sequence,
            signRegistrar(identityKey(name), hash),
            signRegistrar(accountKey, hash)
        );
    }

    function profileOf(string memory name, uint32 sequence) internal pure returns (Profile memory) {
        return Profile({
            name: name,
            url: string.concat("https://", name, ".example"),
            pin: keccak256("pin"),
            pinNext: keccak256("next pin"),
            catalogueHash: keccak256("catalogue"),
            anchorKey: vm.addr(anchorKey(name)),
            sequence: sequence
        });
    }

    function profileHash(bytes32 idTag, Profile memory p) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256(
                    "Profile(bytes32 idTag,string name,string url,bytes32 pin,bytes32 pinNext,bytes32 catalogueHash,address anchorKey,uint32 sequence)"
                ),
                idTag,
                keccak256(bytes(p.name)),
                keccak256(bytes(p.url)),
                p.pin,
                p.pinNext,
                p.catalogueHash,
                p.anchorKey,
                p.sequence
            )
        );
    }

    function publish(string memory name, uint32 sequence) internal {
        Profile memory profile = profileOf(name, sequence);
        Signature memory signature =
            signRegistrar(identityKey(name), profileHash(tagOf(name), profile));
        registrar.setProfile(tagOf(name), profile, signature);
    }

    // -- signatures --------------------------------------------------------------------------

    function domainOf(address verifier, bytes32 network, uint256 chain)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)"
                ),
                keccak256("MedRec"),
                keccak256("1"),
                chain,
                verifier,
                network
            )
        );
    }

    function compact(uint256 key, bytes32 domain, bytes32 structHash)
        internal
        pure
        returns (Signature memory)
    {
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(key, keccak256(abi.encodePacked("\x19\x01", domain, structHash)));
        return Signature(r, bytes32(uint256(s) | uint256(v - 27) << 255));
    }

    function signRegistrar(uint256 key, bytes32 structHash)
        internal
        view
        returns (Signature memory)
    {
        return compact(key, domainOf(address(registrar), NETWORK, block.chainid), structHash);
    }

    function signLedger(uint256 key, bytes32 structHash) internal view returns (Signature memory) {
        return compact(key, domainOf(address(ledger), NETWORK, block.chainid), structHash);
    }

    function soon() internal view returns (uint32) {
        return uint32(block.timestamp + 1 hours);
    }

    // -- refusals of the registrar ----------------------------------------------------------

    function notCertified(bytes32 idTag, uint8 role) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IRegistrar.RegistrarNotCertified.selector, idTag, role);
    }

    function badSignature(string memory name) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(
            IRegistrar.RegistrarBadSignature.selector, vm.addr(identityKey(name))
        );
    }

    function stale(uint32 sequence, uint32 current) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IRegistrar.RegistrarStaleSequence.selector, sequence, current);
    }

    function makeResearcher(string memory name) internal {
        register(name);
        castVote(name, Role.RESEARCHER, true, "hospital");
        castVote(name, Role.RESEARCHER, true, "clinic");
    }
}
