// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDomain} from "./interfaces/IDomain.sol";

/// @dev Domain and signature check that Registrar and Ledger have in common.
abstract contract Domain is IDomain {
    /// @inheritdoc IDomain
    bytes32 public immutable networkId;
    /// @inheritdoc IDomain
    bytes32 public immutable domainSeparator;

    constructor(bytes32 networkId_) {
        networkId = networkId_;
        domainSeparator = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)"
                ),
                keccak256("MedRec"),
                keccak256("1"),
                block.chainid,
                address(this),
                networkId_
            )
        );
    }

    /// @dev False, never a revert, for anything that is not `signer`'s signature of the struct. The compact
    /// form has no room for the other s that would do as well (EIP-2).
    function _isSignedBy(address signer, bytes32 structHash, bytes32 r, bytes32 vs)
        internal
        view
        returns (bool)
    {
        uint256 s = uint256(vs) & (type(uint256).max >> 1);
        bytes32 digest = _digest(domainSeparator, structHash);
        address recovered = ecrecover(digest, uint8(27 + (uint256(vs) >> 255)), r, bytes32(s));
        return recovered != address(0) && recovered == signer;
    }

    /// @dev keccak256(0x19 | 0x01 | domain | structHash) (EIP-712). In assembly, as in Batch, for what
    /// every operation pays.
    function _digest(bytes32 domain, bytes32 structHash) private pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, shl(240, 0x1901))
            mstore(add(free, 2), domain)
            mstore(add(free, 34), structHash)
            digest := keccak256(free, 66)
        }
    }
}
