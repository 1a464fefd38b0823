// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Policy 1: subject and steward both consent before a third party reads (paper III-B)
/// @notice The steward's consent is a slot of its own, under a one-time key, in the same table as the
/// grants. Either side may revoke. The slot holds a hash that nobody can tie to the grant's.
library DualConsent {
    uint8 internal constant ID = 1;

    bytes32 private constant _CONSENT =
        keccak256("Consent(address slot,address grant,bytes32 scope)");

    /// @dev The consent slot holds the first 26 bytes of this.
    function hashOf(bytes32 scope, address slot) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(scope, slot));
    }

    /// @dev EIP-712 struct hash that the terms' consent key signs, off chain.
    function structHash(address slot, address grant, bytes32 scope)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(_CONSENT, slot, grant, scope));
    }
}
