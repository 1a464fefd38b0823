// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ledger} from "../src/Ledger.sol";
import {Anchor} from "../src/interfaces/IAnchors.sol";
import {IRegistrar} from "../src/interfaces/IRegistrar.sol";

/// @dev The ledger as it is, with any state that a prover thinks of.
contract OpenLedger is Ledger {
    constructor(IRegistrar registrar_) Ledger(registrar_, "a network") {}

    function putGrant(address key, uint256 slot) external {
        grants[key] = slot;
    }

    function putRelationship(bytes32 key, uint256 slot) external {
        relationships[key] = slot;
    }

    function putAnchor(bytes32 tag, bytes32 root, uint64 counter) external {
        _anchors[tag] = Anchor(root, 0, counter, 0);
    }
}

/// @dev A registrar that lets everybody relay: what holds with it holds with one that is stricter. The anchor
/// key of every institution is one that the prover picks.
contract EverybodyRelays {
    address private immutable _anchorKey;

    constructor(address anchorKey_) {
        _anchorKey = anchorKey_;
    }

    function isRelay(address) external pure returns (bool) {
        return true;
    }

    function anchorKeyOf(bytes32) external view returns (address) {
        return _anchorKey;
    }
}
