// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A steward's newest commitment.
/// @dev Third slot: 8 (counter) + 5 (at) bytes.
struct Anchor {
    bytes32 root; // of its pointer map
    bytes32 logRoot; // of its access log
    uint64 counter;
    uint40 at; // unix seconds
}

/// @title Anchors (paper III-B, PPR: data pointers and hashes)
/// @notice Each anchor commits a steward to all its pointers at once. It names the root it follows,
/// the next counter and its bounty, so it can be neither replayed nor wrapped with another bounty.
interface IAnchors {
    /// @notice The steward is no certified institution, or published no anchor key.
    error AnchorsNotCertified();

    /// @notice A steward anchored its map and its log.
    event Anchored(
        bytes32 indexed stewardTag, bytes32 root, bytes32 logRoot, uint64 counter, uint40 at
    );

    /// @notice Newest anchor of a steward, all zero if there is none.
    function anchors(bytes32 stewardTag) external view returns (Anchor memory);
}
