// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batch, Record} from "./Batch.sol";
import {Bounty, IBounties} from "./interfaces/IBounties.sol";

abstract contract Bounties is IBounties, Batch {
    /// @dev One slot: 8 + 4 bytes.
    struct Policy {
        uint64 amount;
        uint32 deadline;
    }

    mapping(bytes32 bountyKey => Bounty) private _bounties;
    /// @dev Owners after the first.
    mapping(bytes32 bountyKey => mapping(address account => bool)) private _owners;
    mapping(bytes32 stewardTag => mapping(bytes32 query => Policy)) private _policies;

    /// @inheritdoc IBounties
    mapping(bytes32 stewardTag => mapping(uint32 epoch => uint256 amount)) public spent;

    /// @inheritdoc IBounties
    function bounties(bytes32 bountyKey) external view returns (Bounty memory) {
        return _bounties[bountyKey];
    }

    /// @inheritdoc IBounties
    function policyOf(bytes32 stewardTag, bytes32 query)
        external
        view
        returns (uint64 amount, uint32 deadline)
    {
        Policy storage policy = _policies[stewardTag][query];
        return (policy.amount, policy.deadline);
    }

    /// @inheritdoc IBounties
    function isOwner(bytes32 bountyKey, address account) public view returns (bool) {
        Bounty storage bounty = _bounties[bountyKey];
        return
            bounty.stewardTag != 0 && (bounty.firstOwner == account || _owners[bountyKey][account]);
    }

    /// @inheritdoc IBounties
    function bountyKeyOf(bytes32 stewardTag, bytes32 query, uint32 epoch)
        public
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(stewardTag, query, uint256(epoch)));
    }

    /// @dev Makes the block's sealer an owner (paper III-D); query 0 offers nothing. The caller has
    /// checked the signature that names the bounty.
    function _offer(Record memory record, bytes32 stewardTag, bytes32 query, uint32 epoch)
        internal
        returns (bytes4)
    {
        if (query == 0) return 0;
        bytes32 key = bountyKeyOf(stewardTag, query, epoch);
        bool charged = _bounties[key].stewardTag == 0;
        if (charged) {
            bytes4 reason = _charge(stewardTag, query, epoch);
            if (reason != 0) return reason;
            _bounties[key].stewardTag = stewardTag;
            _bounties[key].firstOwner = block.coinbase;
            _bounties[key].owners = 1;
        } else if (!isOwner(key, block.coinbase)) {
            _owners[key][block.coinbase] = true;
            ++_bounties[key].owners;
        }
        emit Offered(stewardTag, query, epoch, block.coinbase, charged);
        _fold(
            record,
            keccak256(abi.encodePacked(uint8(6), stewardTag, query, epoch, block.coinbase, charged))
        );
        return 0;
    }

    function _policy(Record memory record) internal returns (bytes4) {
        uint256 offset = record.payload;
        bytes32 stewardTag = _word(offset);
        bytes32 query = _word(offset + 32);
        uint64 amount = uint64(bytes8(_word(offset + 64)));
        address identity = _registrar.institutionIdentity(stewardTag);
        if (identity == address(0)) return BountiesNotCertified.selector;
        if (record.deadline <= _policies[stewardTag][query].deadline) {
            return BountiesStalePolicy.selector;
        }
        if (!_isSigned(record, identity, stewardTag, query, amount)) {
            return LedgerBadSignature.selector;
        }
        _policies[stewardTag][query] = Policy(amount, uint32(record.deadline));
        emit PolicySet(stewardTag, query, amount);
        _fold(record, keccak256(abi.encodePacked(uint8(8), stewardTag, query, amount)));
        return 0;
    }

    function _answer(Record memory record) internal returns (bytes4) {
        uint256 offset = record.payload;
        bytes32 stewardTag = _word(offset);
        bytes32 key = _word(offset + 32);
        bytes32 answer = _word(offset + 64);
        Bounty storage bounty = _bounties[key];
        if (stewardTag == 0 || bounty.stewardTag != stewardTag) return BountiesNotOffered.selector;
        if (bounty.answer != 0 || answer == 0) return BountiesAnswered.selector;
        address anchorKey = _registrar.anchorKeyOf(stewardTag);
        if (anchorKey == address(0)) return BountiesNotCertified.selector;
        if (!_isSigned(record, anchorKey, key, answer, 0)) return LedgerBadSignature.selector;
        bounty.answer = answer;
        emit BountyAnswered(key, answer);
        _fold(record, keccak256(abi.encodePacked(uint8(7), key, answer)));
        return 0;
    }

    function _charge(bytes32 stewardTag, bytes32 query, uint32 epoch) private returns (bytes4) {
        uint256 cost = _policies[stewardTag][query].amount;
        if (cost == 0) return BountiesUnknownQuery.selector;
        uint256 total = spent[stewardTag][epoch] + cost;
        if (total > _policies[stewardTag][0].amount) return BountiesNoBudget.selector;
        spent[stewardTag][epoch] = total;
        return 0;
    }
}
