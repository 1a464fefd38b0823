// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A compact signature (EIP-2098): `vs` holds the parity of y in its top bit, s below it.
struct Signature {
    bytes32 r;
    bytes32 vs;
}

/// @title The EIP-712 domain of a network
/// @notice name "MedRec", version "1", chain id, this contract's address and, as salt, the network
/// id: what is signed for one network, chain or contract is good on no other.
interface IDomain {
    /// @notice 32 random bytes chosen when the network was founded.
    function networkId() external view returns (bytes32);

    /// @notice EIP-712 separator of this contract.
    function domainSeparator() external view returns (bytes32);
}
