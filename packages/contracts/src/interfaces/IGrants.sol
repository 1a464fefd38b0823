// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Grants (paper III-B, PPR: viewers and permissions)
/// @notice One slot per grant, and per consent of a dual-consent relationship, under its own
/// one-time key, which alone signs for it.
///
///      255        224 223         208 207                                0
///      +-------------+---------------+-----------------------------------+
///      | expiry u32  | sequence u16  | first 26 bytes of the scope hash  |
///      +-------------+---------------+-----------------------------------+
///
/// Sequence 0: never granted; 65,535: revoked, for ever.
interface IGrants {
    /// @notice A renewal needs a higher sequence, 1 to 65,534.
    error GrantsBadSequence();
    /// @notice A renewal may change the expiry only; another scope is another key.
    error GrantsScopeChanged();
    /// @notice The grant would be over before it begins.
    error GrantsExpired();
    /// @notice Revoked is final.
    error GrantsRevoked();
    /// @notice There is nothing to revoke.
    error GrantsUnknown();

    /// @notice A grant or consent was made, renewed or revoked.
    event GrantChanged(address key, uint256 slot);

    /// @notice Slot of a grant or consent, 0 if there is none.
    function grants(address key) external view returns (uint256);
}
