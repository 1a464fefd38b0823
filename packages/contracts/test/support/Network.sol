// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAnchors} from "../../src/interfaces/IAnchors.sol";
import {IBatch} from "../../src/interfaces/IBatch.sol";
import {IBounties} from "../../src/interfaces/IBounties.sol";
import {Signature} from "../../src/interfaces/IDomain.sol";
import {IGrants} from "../../src/interfaces/IGrants.sol";
import {ILedger} from "../../src/interfaces/ILedger.sol";
import {IRegistrar, Profile, Registration} from "../../src/interfaces/IRegistrar.sol";
import {IRelationships} from "../../src/interfaces/IRelationships.sol";
import {ISummaries} from "../../src/interfaces/ISummaries.sol";
import {Test, Vm} from "./Test.sol";

/// @dev A network of three institutions with one relay, and everything a client does: registrations,
/// signed statements, records of a batch. Written apart from src/, so that a mistake in a type string
/// or a layout shows.
abstract contract Network is Test {
    bytes32 internal constant NETWORK = keccak256("a network");
    uint256 internal constant START = 1_700_000_000;
    uint256 internal constant RELAY_KEY = 0xBEEF;
    address internal constant RELAY = 0x6E9972213BF459853FA33E28Ab7219e9157C8d02;

    IRegistrar internal registrar;
    ILedger internal ledger;
    bytes32 internal hospital;
    bytes32 internal clinic;
    bytes32 internal laboratory;

    /// @dev Head of the ledger as an observer computes it from the logs alone.
    uint256 internal model;
    /// @dev What the last batch was told.
    uint256[] internal rejectedIndices;
    bytes4[] internal rejectedReasons;
    Vm.Log[] internal logs;
    uint256 internal gasUsed;

    /// @dev Private keys of both controllers, and the terms' hash.
    struct Pair {
        uint256 steward;
        uint256 subject;
        bytes32 terms;
    }

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

    // -- records of a batch ------------------------------------------------------------------

    struct Operation {
        uint8 kind;
        bytes payload;
        bytes32 key;
        bytes32 value;
        uint64 number;
        uint32 deadline;
        bytes notes;
    }

    function operationHash(Operation memory o) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256(
                    "Operation(uint8 kind,bytes32 key,bytes32 value,uint64 number,uint32 deadline,bytes32 notes)"
                ),
                o.kind,
                o.key,
                o.value,
                o.number,
                o.deadline,
                o.notes.length == 0 ? bytes32(0) : keccak256(o.notes)
            )
        );
    }

    function record(uint256 signer, Operation memory o) internal view returns (bytes memory) {
        return withSignature(o, signLedger(signer, operationHash(o)));
    }

    function withSignature(Operation memory o, Signature memory s)
        internal
        pure
        returns (bytes memory)
    {
        uint8 first = o.kind | uint8((o.notes.length / 400) << 4);
        return abi.encodePacked(first, o.payload, s.r, s.vs, o.notes);
    }

    /// @dev Notes without a zero byte to speak of, as sealed ones are.
    function notes(uint256 count, uint256 seed) internal pure returns (bytes memory content) {
        for (uint256 i; i < count; ++i) {
            bytes32 word = keccak256(abi.encode(seed, i));
            content = abi.encodePacked(content, bytes16(word));
            for (uint256 j; j < 12; ++j) {
                content = abi.encodePacked(content, keccak256(abi.encode(word, j)));
            }
        }
    }

    function pair(uint256 seed) internal pure returns (Pair memory) {
        return Pair({
            steward: uint256(keccak256(abi.encode("steward", seed))) >> 1,
            subject: uint256(keccak256(abi.encode("subject", seed))) >> 1,
            terms: keccak256(abi.encode("terms", seed))
        });
    }

    function partiesOf(Pair memory p) internal pure returns (bytes memory) {
        return abi.encodePacked(vm.addr(p.steward), vm.addr(p.subject), p.terms);
    }

    function relationshipOf(Pair memory p) internal pure returns (bytes32) {
        return keccak256(partiesOf(p));
    }

    function propose(Pair memory p, bytes memory n) internal view returns (bytes memory) {
        return record(p.steward, proposal(p, n));
    }

    function proposal(Pair memory p, bytes memory n) internal view returns (Operation memory) {
        uint32 deadline = soon();
        bytes memory payload = abi.encodePacked(partiesOf(p), deadline);
        return Operation(0, payload, relationshipOf(p), 0, 0, deadline, n);
    }

    function accept(Pair memory p, bytes memory n) internal view returns (bytes memory) {
        return record(p.subject, acceptance(p, n));
    }

    function acceptance(Pair memory p, bytes memory n) internal view returns (Operation memory) {
        uint32 deadline = soon();
        bytes memory payload = abi.encodePacked(partiesOf(p), deadline);
        return Operation(1, payload, relationshipOf(p), 0, 2, deadline, n);
    }

    function end(Pair memory p, uint8 status) internal view returns (bytes memory) {
        return record(status == 5 ? p.steward : p.subject, ending(p, status));
    }

    function ending(Pair memory p, uint8 status) internal pure returns (Operation memory) {
        bytes memory payload = abi.encodePacked(partiesOf(p), status);
        return Operation(2, payload, relationshipOf(p), 0, status, 0, "");
    }

    function stopAll(Pair memory p, uint16 epoch) internal view returns (bytes memory) {
        return record(p.subject, stopping(p, epoch));
    }

    function stopping(Pair memory p, uint16 epoch) internal pure returns (Operation memory) {
        bytes memory payload = abi.encodePacked(partiesOf(p), epoch);
        return Operation(3, payload, relationshipOf(p), 0, epoch, 0, "");
    }

    function slotOf(uint32 expiry, uint16 sequence, bytes32 scope) internal pure returns (uint256) {
        return uint256(expiry) << 224 | uint256(sequence) << 208 | uint256(scope) >> 48;
    }

    function granting(uint256 key, uint256 slot, bytes memory n)
        internal
        view
        returns (Operation memory)
    {
        uint32 deadline = soon();
        address account = vm.addr(key);
        return Operation(
            4,
            abi.encodePacked(account, slot, deadline),
            bytes32(bytes20(account)),
            bytes32(slot),
            0,
            deadline,
            n
        );
    }

    function grant(uint256 key, uint256 slot, bytes memory n) internal view returns (bytes memory) {
        return record(key, granting(key, slot, n));
    }

    function revoking(uint256 key) internal pure returns (Operation memory) {
        address account = vm.addr(key);
        return Operation(5, abi.encodePacked(account), bytes32(bytes20(account)), 0, 0, 0, "");
    }

    function revoke(uint256 key) internal view returns (bytes memory) {
        return record(key, revoking(key));
    }

    struct Anchoring {
        bytes32 steward;
        bytes32 previous;
        bytes32 root;
        bytes32 logRoot;
        bytes32 query;
        uint32 epoch;
        uint64 counter;
    }

    function anchoring(Anchoring memory a) internal view returns (Operation memory) {
        uint32 deadline = soon();
        return Operation(
            6,
            abi.encodePacked(a.steward, a.root, a.logRoot, a.query, a.epoch, deadline),
            a.steward,
            keccak256(abi.encode(a.previous, a.root, a.logRoot, a.query, uint256(a.epoch))),
            a.counter,
            deadline,
            ""
        );
    }

    /// @dev The hospital's next anchor.
    function anchor(bytes32 root, bytes32 query, uint32 epoch)
        internal
        view
        returns (bytes memory)
    {
        return record(anchorKey("hospital"), anchoring(nextAnchor(root, query, epoch)));
    }

    function nextAnchor(bytes32 root, bytes32 query, uint32 epoch)
        internal
        view
        returns (Anchoring memory)
    {
        bytes32 logRoot = keccak256(abi.encode("log", root));
        return Anchoring({
            steward: hospital,
            previous: ledger.anchors(hospital).root,
            root: root,
            logRoot: logRoot,
            query: query,
            epoch: epoch,
            counter: ledger.anchors(hospital).counter + 1
        });
    }

    function policy(bytes32 query, uint64 amount) internal view returns (bytes memory) {
        return record(identityKey("hospital"), policing(hospital, query, amount, soon()));
    }

    function policing(bytes32 steward, bytes32 query, uint64 amount, uint32 deadline)
        internal
        pure
        returns (Operation memory)
    {
        bytes memory payload = abi.encodePacked(steward, query, amount, deadline);
        return Operation(9, payload, steward, query, amount, deadline, "");
    }

    function answering(bytes32 steward, bytes32 bounty, bytes32 content)
        internal
        view
        returns (Operation memory)
    {
        uint32 deadline = soon();
        bytes memory payload = abi.encodePacked(steward, bounty, content, deadline);
        return Operation(10, payload, bounty, content, 0, deadline, "");
    }

    function noteRecord(bytes memory n) internal pure returns (bytes memory) {
        return abi.encodePacked(uint8(7 | (n.length / 400) << 4), n);
    }

    function tagRecord(bytes memory tags) internal pure returns (bytes memory) {
        return abi.encodePacked(uint8(8), uint16(tags.length / 8), tags);
    }

    // -- sending, and the observer -----------------------------------------------------------

    function send(bytes memory batch) internal {
        sendFrom(RELAY, batch);
    }

    /// @dev Sends a batch, takes down what was rejected, and holds the ledger's head against the one
    /// computed from the logs.
    function sendFrom(address sender, bytes memory batch) internal {
        delete rejectedIndices;
        delete rejectedReasons;
        delete logs;
        vm.recordLogs();
        vm.prank(sender);
        (bool ok,) = address(ledger).call(batch);
        gasUsed = vm.lastCallGas().gasTotalUsed;
        vm.assertTrue(ok, "a batch never reverts");
        Vm.Log[] memory emitted = vm.getRecordedLogs();
        for (uint256 i; i < emitted.length; ++i) {
            logs.push(emitted[i]);
            observe(emitted[i]);
        }
        (bytes24 hash, uint64 count) = ledger.head();
        vm.assertEq(uint256(bytes32(hash)) | count, model, "head equals the model's");
    }

    function observe(Vm.Log memory log) internal {
        if (log.topics[0] == IBatch.Rejected.selector) {
            (uint256 index, bytes4 reason) = abi.decode(log.data, (uint256, bytes4));
            rejectedIndices.push(index);
            rejectedReasons.push(reason);
            return;
        }
        bytes32 item = keccak256(fieldsOf(log));
        uint256 hash = uint256(keccak256(abi.encode(model, item)));
        model = (hash >> 64 << 64) | uint64(model + 1);
    }

    /// @dev What an event contributes to the head (docs/protocol.md, section 4.1).
    function fieldsOf(Vm.Log memory log) internal pure returns (bytes memory) {
        bytes32 topic = log.topics[0];
        bytes memory data = log.data;
        if (topic == IRelationships.RelationshipChanged.selector) {
            return abi.encodePacked(uint8(1), data);
        }
        if (topic == IGrants.GrantChanged.selector) {
            (address key, uint256 slot) = abi.decode(data, (address, uint256));
            return abi.encodePacked(uint8(2), key, slot);
        }
        if (topic == IAnchors.Anchored.selector) {
            (bytes32 root, bytes32 logRoot, uint64 counter, uint40 time) =
                abi.decode(data, (bytes32, bytes32, uint64, uint40));
            return abi.encodePacked(uint8(3), log.topics[1], root, logRoot, counter, time);
        }
        if (topic == ISummaries.Noted.selector) {
            (bytes16 tag, bytes32[12] memory content) = abi.decode(data, (bytes16, bytes32[12]));
            return abi.encodePacked(uint8(4), tag, content);
        }
        if (topic == ISummaries.Tagged.selector) {
            return abi.encodePacked(uint8(5), abi.decode(data, (bytes)));
        }
        if (topic == IBounties.Offered.selector) {
            (bytes32 query, uint32 epoch, address owner, bool charged) =
                abi.decode(data, (bytes32, uint32, address, bool));
            return abi.encodePacked(uint8(6), log.topics[1], query, epoch, owner, charged);
        }
        if (topic == IBounties.BountyAnswered.selector) {
            return abi.encodePacked(uint8(7), log.topics[1], data);
        }
        require(topic == IBounties.PolicySet.selector, "an unknown event");
        (bytes32 policyQuery, uint64 amount) = abi.decode(data, (bytes32, uint64));
        return abi.encodePacked(uint8(8), log.topics[1], policyQuery, amount);
    }

    function assertNothingRejected() internal view {
        vm.assertEq(rejectedIndices.length, 0, "nothing rejected");
    }

    /// @dev The last batch had exactly one bad record.
    function assertRejected(uint256 index, bytes4 reason) internal view {
        vm.assertEq(rejectedIndices.length, 1, "one rejected");
        vm.assertEq(rejectedIndices[0], index, "index");
        vm.assertEq(bytes32(rejectedReasons[0]), bytes32(reason), "reason");
    }

    /// @dev A batch of one record that must change nothing.
    function sendRefused(bytes memory batch, bytes4 reason) internal {
        uint256 before = model;
        send(batch);
        assertRejected(0, reason);
        vm.assertEq(model, before, "nothing changed");
    }

    function sendAccepted(bytes memory batch) internal {
        send(batch);
        assertNothingRejected();
    }

    function statusOf(Pair memory p) internal view returns (uint256) {
        return uint8(ledger.relationships(relationshipOf(p)));
    }

    function epochOf(Pair memory p) internal view returns (uint256) {
        return uint16(ledger.relationships(relationshipOf(p)) >> 8);
    }
}
