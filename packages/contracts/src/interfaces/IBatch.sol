// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Batch
/// @notice What every part of the ledger shares. Calldata that is no call of a view is a batch:
/// records, side by side, big endian, no padding:
///
///      | head 1: kind (low nibble), number of notes (high) | payload | r 32 | vs 32 | notes |
///
///      kind         payload                                                             signer
///      0 propose    steward 20, subject 20, terms hash 32, deadline 4                   steward
///      1 accept     steward 20, subject 20, terms hash 32, deadline 4                   subject
///      2 end        steward 20, subject 20, terms hash 32, status 1                     by status
///      3 stop all   steward 20, subject 20, terms hash 32, epoch 2                      subject
///      4 grant      key 20, expiry 4, sequence 2, scope 26, deadline 4                  key
///      5 revoke     key 20                                                              key
///      6 anchor     steward tag 32, root 32, log root 32, query 32, epoch 4, deadline 4 anchor key
///      7 notes      none, and no signature; with no notes: padding, from anybody        relay
///      8 tags       number of tags 2, tags of 8 bytes; no signature, no notes           relay
///      9 policy     steward tag 32, query 32, amount 8, deadline 4                      identity
///     10 answer     steward tag 32, bounty key 32, answer hash 32, deadline 4           anchor key
///     11..13        reserved: delegation, break-glass, rebinding
///
/// A note is tag 16, sealed 384. The signature is over EIP-712
/// `Operation(uint8 kind,bytes32 key,bytes32 value,uint64 number,uint32 deadline,bytes32 notes)`,
/// with notes = keccak256 of the record's notes as they stand, 0 if there are none; deadline is 0 in
/// 2, 3 and 5, which end something, may come from anybody and at any time. All others come through a
/// relay, at most a day before their deadline.
///
/// A record that fails is reported by `Rejected` and changes nothing; the others stand. After a record
/// of unknown or cut-off length nothing more can be read: it is reported and the batch ends there.
///
/// A batch whose first four bytes happen to be the selector of a view would be taken for that call:
/// begin it with the byte 0x07 then (padding). No selector begins with 0x07.
interface IBatch {
    /// @notice Of no known kind, so of unknown length.
    error LedgerUnknownKind();
    /// @notice The calldata end within the record.
    error LedgerTruncated();
    /// @notice What creates something must come from a certified institution's relay.
    error LedgerNotRelay();
    /// @notice The deadline is over.
    error LedgerDeadlinePassed();
    /// @notice The deadline is more than a day away.
    error LedgerDeadlineTooFar();
    /// @notice Not signed by whom it concerns, or signed for another state, chain or network.
    error LedgerBadSignature();

    /// @notice The record at `index` (from 0) changed nothing, with the selector of its error. Not
    /// part of the head.
    event Rejected(uint256 index, bytes4 reason);

    /// @notice Running hash (192 bits) and number of all events but Rejected, in log order.
    /// @dev From 0: word' = keccak256(word | item), its lower 64 bits replaced by count + 1;
    /// item = keccak256(t | fields, packed), t: 1 RelationshipChanged(key, slot) 2 GrantChanged(key 20,
    /// slot) 3 Anchored(stewardTag, root, logRoot, counter 8, at 5) 4 Noted(tag 16, sealed 384)
    /// 5 Tagged(tags) 6 Offered(stewardTag, query, epoch 4, owner 20, charged 1)
    /// 7 BountyAnswered(bountyKey, answer) 8 PolicySet(stewardTag, query, amount 8).
    function head() external view returns (bytes24 head, uint64 count);

    /// @notice The Registrar this ledger trusts, for good.
    function registrar() external view returns (address);
}
