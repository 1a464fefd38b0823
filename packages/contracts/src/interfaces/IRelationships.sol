// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Where a relationship stands.
library Status {
    uint256 internal constant NONE = 0;
    /// @notice By its steward.
    uint256 internal constant PROPOSED = 1;
    /// @notice By its subject.
    uint256 internal constant ACCEPTED = 2;
    /// @notice By its subject; final.
    uint256 internal constant REJECTED = 3;
    /// @notice By its subject; ends all grants; final.
    uint256 internal constant CLOSED_BY_SUBJECT = 4;
    /// @notice By its steward (a proposal withdrawn, or no new pointers); grants live on.
    uint256 internal constant CLOSED_BY_STEWARD = 5;
}

/// @title Patient-Provider Relationships (paper III-B, PPR: stewardship)
/// @notice One slot per relationship, under keccak256(steward | subject | terms hash) of two
/// one-time controllers; what the slot is about stands in sealed notes.
///
///      63            24 23         8 7      0
///      +---------------+------------+--------+
///      | changedAt u40 | epoch u16  | status |
///      +---------------+------------+--------+
interface IRelationships {
    /// @notice The relationship's status does not allow this step.
    error RelationshipsBadStatus();
    /// @notice "Stop all" must name a higher grant epoch than the current one.
    error RelationshipsEpochNotHigher();

    /// @notice A relationship was proposed, answered, closed, or all its sharing stopped.
    event RelationshipChanged(bytes32 key, uint256 slot);

    /// @notice Slot of a relationship, 0 if there is none.
    function relationships(bytes32 key) external view returns (uint256);
}
