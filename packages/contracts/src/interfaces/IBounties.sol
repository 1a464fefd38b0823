// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A query that a steward offered in an epoch.
/// @dev Second slot: 20 + 4 bytes.
struct Bounty {
    bytes32 stewardTag;
    address firstOwner;
    uint32 owners;
    bytes32 answer; // hash, 0 until answered
}

/// @title Bounties (paper III-D)
/// @notice An anchor offers the answer to a catalogue query to whoever seals its block. The first
/// offer of a query in an epoch charges the steward's budget, repeating it is free.
interface IBounties {
    /// @notice The steward is no certified institution, or published no anchor key.
    error BountiesNotCertified();
    /// @notice The query is not on the steward's list (it has no cost).
    error BountiesUnknownQuery();
    /// @notice The budget of the epoch does not suffice; anchor with the null bounty.
    error BountiesNoBudget();
    /// @notice A policy's deadline must be later than that of the one it replaces, so that an old
    /// policy cannot be posted again.
    error BountiesStalePolicy();
    /// @notice Nobody was offered this bounty by this steward.
    error BountiesNotOffered();
    /// @notice The answer is given once, and not empty.
    error BountiesAnswered();

    /// @notice The block's sealer owns the answer; `charged` if the budget paid for it now.
    event Offered(
        bytes32 indexed stewardTag, bytes32 query, uint32 epoch, address owner, bool charged
    );
    /// @notice A steward committed to an answer.
    event BountyAnswered(bytes32 indexed bountyKey, bytes32 answer);
    /// @notice A steward set its budget per epoch (query 0) or the cost of a query (0 = not offered).
    event PolicySet(bytes32 indexed stewardTag, bytes32 query, uint64 amount);

    /// @notice A bounty by its key, all zero if it was never offered.
    function bounties(bytes32 bountyKey) external view returns (Bounty memory);

    /// @notice keccak256(abi.encode(stewardTag, query, uint256(epoch))).
    function bountyKeyOf(bytes32 stewardTag, bytes32 query, uint32 epoch)
        external
        pure
        returns (bytes32);

    /// @notice Whether an account sealed a block that offered this bounty.
    function isOwner(bytes32 bountyKey, address account) external view returns (bool);

    /// @notice Budget per epoch (query 0) or cost of a query, and the deadline it was signed with.
    function policyOf(bytes32 stewardTag, bytes32 query)
        external
        view
        returns (uint64 amount, uint32 deadline);

    /// @notice How much of its budget a steward has spent in an epoch.
    function spent(bytes32 stewardTag, uint32 epoch) external view returns (uint256);
}
