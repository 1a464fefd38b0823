// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Registrar} from "../src/Registrar.sol";
import {Signature} from "../src/interfaces/IDomain.sol";
import {Registration, Role} from "../src/interfaces/IRegistrar.sol";

/// @dev A registrar of three institutions, or of one, with any sequence of relays.
contract OpenRegistrar is Registrar {
    constructor(Registration[] memory founders) Registrar("a network", founders) {}

    function putRelaySequence(bytes32 institution, uint32 sequence) external {
        relaySequenceOf[institution] = sequence;
    }
}

/// @dev Who may relay, and who may open emergencies, for every signature, time and number.
contract RegistrarProof {
    bytes32 private constant RELAY =
        keccak256("Relay(bytes32 institution,address account,bool allowed,uint32 sequence)");
    bytes32 private constant VOTE = keccak256(
        "Vote(bytes32 idTag,uint8 role,bool certified,bytes32 institution,uint32 round,uint32 deadline)"
    );

    OpenRegistrar private one;
    OpenRegistrar private three;

    function setUp() public {
        one = new OpenRegistrar(founders(1));
        three = new OpenRegistrar(founders(3));
    }

    function check_aRelayIsItsInstitutionsAndItsSequenceGrows(
        address account,
        bool allowed,
        uint32 sequence,
        Signature calldata signature,
        Signature calldata accounts,
        uint32 before
    ) public {
        bytes32 institution = tagOf(0);
        one.putRelaySequence(institution, before);
        try one.setRelay(institution, account, allowed, sequence, signature, accounts) {
            assert(one.relaySequenceOf(institution) == sequence && sequence > before);
            bytes32 hash = keccak256(abi.encode(RELAY, institution, account, allowed, sequence));
            assert(signs(one, identityOf(0), hash, signature));
            assert(!allowed || signs(one, account, hash, accounts));
        } catch {
            assert(one.relaySequenceOf(institution) == before);
        }
    }

    function check_aRoleIsByTheSignatureOfWhoDecides(
        uint8 role,
        bool certified,
        uint32 deadline,
        Signature calldata signature
    ) public {
        bytes32 tag = tagOf(0);
        bool wasClinician = one.isCertified(tag, Role.EMERGENCY);
        try one.vote(tag, role, certified, tag, deadline, signature) {
            bytes32 hash = keccak256(abi.encode(VOTE, tag, role, certified, tag, 0, deadline));
            assert(signs(one, identityOf(0), hash, signature) && block.timestamp <= deadline);
            assert(one.isCertified(tag, role) == certified);
            assert(role == Role.EMERGENCY || one.isCertified(tag, Role.EMERGENCY) == wasClinician);
        } catch {
            assert(one.isCertified(tag, Role.EMERGENCY) == wasClinician);
        }
    }

    function check_noRoleByOneOfThree(
        uint8 role,
        bool certified,
        uint32 deadline,
        Signature calldata signature
    ) public {
        bytes32 tag = tagOf(0);
        try three.vote(tag, role, certified, tagOf(1), deadline, signature) {} catch {}
        assert(three.isCertified(tag, Role.INSTITUTION));
        assert(!three.isCertified(tag, Role.EMERGENCY));
        assert(!three.isCertified(tag, Role.RESEARCHER));
    }

    function founders(uint256 count) private pure returns (Registration[] memory list) {
        list = new Registration[](count);
        for (uint256 i; i < count; ++i) {
            list[i] = Registration({
                idTag: tagOf(i),
                identity: identityOf(i),
                spendX: bytes32(i + 1),
                spendY: bytes32(i + 1),
                viewKey: bytes32(i + 1),
                version: 1
            });
        }
    }

    function tagOf(uint256 i) private pure returns (bytes32) {
        return bytes32(0xC0 + i);
    }

    function identityOf(uint256 i) private pure returns (address) {
        return address(uint160(0xA11CE + i));
    }

    function signs(
        OpenRegistrar registrar,
        address who,
        bytes32 structHash,
        Signature calldata signature
    ) private view returns (bool) {
        bytes32 domain = registrar.domainSeparator();
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", domain, structHash));
        uint8 v = 27 + uint8(uint256(signature.vs) >> 255);
        bytes32 s = bytes32(uint256(signature.vs) & (type(uint256).max >> 1));
        return who != address(0) && ecrecover(digest, v, signature.r, s) == who;
    }
}
