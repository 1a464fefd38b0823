// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ledger} from "../src/Ledger.sol";
import {IRegistrar} from "../src/interfaces/IRegistrar.sol";
import {EverybodyRelays} from "./Open.sol";

/// @dev Signs without a cheatcode.
library Signer {
    /// @dev Order of the curve, and x of its generator (SEC 2, 2.4.1).
    uint256 private constant N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    uint256 private constant G = 0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798;

    /// @dev A signature whose random number is 1, so that it takes no cheatcode: r is the generator's x.
    function sign(uint256 key, bytes32 digest) internal pure returns (bytes32 r, bytes32 vs) {
        uint256 s = addmod(uint256(digest), mulmod(G, key, N), N);
        return (bytes32(G), s > N / 2 ? bytes32((N - s) | 1 << 255) : bytes32(s));
    }

    function accountOf(uint256 key) internal pure returns (address) {
        (bytes32 r, bytes32 vs) = sign(key, "any");
        uint8 v = 27 + uint8(uint256(vs) >> 255);
        return ecrecover("any", v, r, vs & bytes32(type(uint256).max >> 1));
    }
}

/// @dev Echidna sends signed records in any order and looks for a sequence after which a property is false. What
/// a property speaks of is noted beside the ledger by what came out, not by its rules.
contract Sequences is
    Ledger(IRegistrar(address(new EverybodyRelays(Signer.accountOf(7)))), "a network")
{
    bytes32 private constant OPERATION = keccak256(
        "Operation(uint8 kind,bytes32 key,bytes32 value,uint64 number,uint32 deadline,bytes32 notes)"
    );
    uint256 private constant KEYS = 3;
    uint256 private constant REVOKED = 65_535;
    /// @dev Private keys: of grants from 1 on, and of these.
    uint256 private constant INSTITUTION = 7;
    uint256 private constant STEWARD = 101;
    uint256 private constant SUBJECT = 102;
    uint256 private constant STRANGER = 103;

    address private immutable _steward;
    address private immutable _subject;

    uint256[KEYS] private _slots;
    uint256[KEYS] private _slotWhenRevoked;
    uint256 private _epoch;
    uint256 private _counter;
    bool private _wasClosed;
    bool private _wentBack;
    bool private _forged;

    constructor() {
        _steward = Signer.accountOf(STEWARD);
        _subject = Signer.accountOf(SUBJECT);
        for (uint256 i; i < KEYS; ++i) _known[i] = Signer.accountOf(1 + i);
    }

    // -- what echidna may do -----------------------------------------------------------------

    /// @dev Many records at once, each as the seed has it: what a call costs echidna is paid once.
    function many(uint256 seed) external {
        for (uint256 i; i < 25; ++i) {
            seed = uint256(keccak256(abi.encodePacked(seed)));
            uint8 forger = uint8(seed >> 8);
            if (seed % 16 < 6) grant(seed >> 16, uint32(seed >> 24), uint16(seed >> 56), uint208(seed >> 72), forger);
            else if (seed % 16 < 7) revoke(seed >> 16, forger);
            else if (seed % 16 < 12) move(uint8(seed >> 16), uint8(seed >> 24), forger);
            else anchor(bytes32(seed), seed >> 16 & 7 == 0, forger);
        }
    }

    function grant(uint256 i, uint32 expiry, uint16 number, uint208 scope, uint8 forger) public {
        uint256 key = i % KEYS;
        uint256 slot = uint256(expiry) << 224 | uint256(number % 8) << 208 | scope % 3;
        bytes memory payload = abi.encodePacked(addressOf(key), slot, deadline());
        bytes32 name = bytes32(bytes20(addressOf(key)));
        post(4, payload, operation(4, name, bytes32(slot), 0, deadline()), 1 + key, forger);
    }

    function revoke(uint256 i, uint8 forger) public {
        uint256 key = i % KEYS;
        bytes32 name = bytes32(bytes20(addressOf(key)));
        post(5, abi.encodePacked(addressOf(key)), operation(5, name, 0, 0, 0), 1 + key, forger);
    }

    function move(uint8 kind, uint8 to, uint8 forger) public {
        kind %= 4;
        to = uint8(3 + to % 3);
        uint64 number = kind == 0 ? 0 : kind == 1 ? 2 : to;
        bytes memory tail = kind < 2 ? abi.encodePacked(deadline()) : abi.encodePacked(to);
        if (kind == 3) tail = abi.encodePacked(uint16(to));
        bytes memory payload = abi.encodePacked(_steward, _subject, bytes32("terms"), tail);
        bytes32 what = operation(kind, relationship(), 0, number, kind < 2 ? deadline() : 0);
        bool isStewards = kind == 0 || (kind == 2 && to == 5);
        post(kind, payload, what, isStewards ? STEWARD : SUBJECT, forger);
    }

    function anchor(bytes32 root, bool skip, uint8 forger) public {
        bytes32 before = _anchors["tag"].root;
        uint64 number = uint64(_counter + (skip ? 2 : 1));
        bytes memory payload =
            abi.encodePacked(bytes32("tag"), root, root, bytes32(0), uint32(0), deadline());
        bytes32 value = keccak256(abi.encode(before, root, root, bytes32(0), uint256(0)));
        post(6, payload, operation(6, "tag", value, number, deadline()), INSTITUTION, forger);
    }

    // -- what has to hold --------------------------------------------------------------------

    function echidna_sequences_only_grow() external view returns (bool) {
        return !_wentBack;
    }

    function echidna_nothing_is_done_without_the_right_signature() external view returns (bool) {
        return !_forged;
    }

    function echidna_revoked_stays_revoked() external view returns (bool) {
        for (uint256 i; i < KEYS; ++i) {
            uint256 slot = _slotWhenRevoked[i];
            if (slot != 0 && grants[addressOf(i)] != slot) return false;
        }
        return true;
    }

    function echidna_what_its_subject_closed_stays_closed() external view returns (bool) {
        return !_wasClosed || uint8(relationships[relationship()]) == 4;
    }

    // -- how -----------------------------------------------------------------------------------

    mapping(uint256 i => address) private _known;

    function addressOf(uint256 i) private view returns (address) {
        return _known[i];
    }

    function deadline() private view returns (uint32) {
        return uint32(block.timestamp + 1 hours);
    }

    function relationship() private view returns (bytes32) {
        return keccak256(abi.encodePacked(_steward, _subject, bytes32("terms")));
    }

    function operation(uint8 kind, bytes32 key, bytes32 value, uint64 number, uint32 until)
        private
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(OPERATION, kind, key, value, number, until, bytes32(0)));
    }

    /// @dev One in four is signed by another party, or by a stranger.
    function post(uint8 kind, bytes memory payload, bytes32 what, uint256 key, uint8 forger) private {
        uint256 by = [key, key, key, [STEWARD, SUBJECT, STRANGER, 1 + key][forger % 4]][forger / 64];
        (bytes32 r, bytes32 vs) = Signer.sign(
            by, keccak256(abi.encodePacked(hex"1901", domainSeparator, what))
        );
        uint256 before = _stream;
        (bool ok,) = address(this).call(abi.encodePacked(hex"07", kind, payload, r, vs));
        if (!ok || (by != key && _stream != before)) _forged = true;
        note();
    }

    /// @dev Looks at all that there is.
    function note() private {
        for (uint256 i; i < KEYS; ++i) {
            uint256 slot = grants[addressOf(i)];
            uint256 number = uint16(slot >> 208);
            if (slot != _slots[i] && number <= uint16(_slots[i] >> 208)) _wentBack = true;
            _slots[i] = slot;
            if (number == REVOKED && _slotWhenRevoked[i] == 0) _slotWhenRevoked[i] = slot;
        }
        uint256 epoch = uint16(relationships[relationship()] >> 8);
        uint256 counter = _anchors["tag"].counter;
        if (epoch < _epoch || counter < _counter || counter > _counter + 1) _wentBack = true;
        (_epoch, _counter) = (epoch, counter);
        if (uint8(relationships[relationship()]) == 4) _wasClosed = true;
    }
}
