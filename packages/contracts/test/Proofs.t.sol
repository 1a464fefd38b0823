// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Proofs} from "../src/Proofs.sol";
import {Reading} from "./support/Reading.sol";

/// @dev The library's functions take calldata.
contract ProofsCaller {
    function treeRoot(bytes32 leaf, uint256 position, uint256 size, bytes32[] calldata path)
        external
        pure
        returns (bool fits, bytes32 root)
    {
        return Proofs.treeRoot(leaf, position, size, path);
    }

    function mapRoot(bytes32 leaf, bytes32 key, bytes32[] calldata path)
        external
        pure
        returns (bytes32)
    {
        return Proofs.mapRoot(leaf, key, path);
    }

    function hmac(bytes32 key, bytes calldata message) external pure returns (bytes32) {
        return Proofs.hmac(key, message);
    }
}

// treeRoot
// ├── when position and size are of the path → it is the root of RFC 9162's definition
// ├── when the position is not below the size → it does not fit
// └── when the path is longer or shorter → it does not fit, whatever the root
// mapRoot
// ├── when the path is longer than the key → no root
// └── otherwise → it turns at each bit of the key, from the top
// hmac → RFC 2104
contract ProofsTest is Reading {
    ProofsCaller private proofs;

    function setUp() public override {
        proofs = new ProofsCaller();
    }

    function leaves(uint256 size) private pure returns (bytes32[] memory all) {
        all = new bytes32[](size);
        for (uint256 i; i < size; ++i) {
            all[i] = keccak256(abi.encode(i));
        }
    }

    function longer(bytes32[] memory path) private pure returns (bytes32[] memory more) {
        more = new bytes32[](path.length + 1);
        for (uint256 i; i < path.length; ++i) {
            more[i] = path[i];
        }
    }

    function test_EveryPlaceOfEverySmallTreeIsProven() public view {
        for (uint256 size = 1; size <= 17; ++size) {
            bytes32[] memory all = leaves(size);
            bytes32 expected = treeRoot(all);
            for (uint256 i; i < size; ++i) {
                (bool fits, bytes32 root) = proofs.treeRoot(all[i], i, size, pathIn(all, i));
                vm.assertTrue(fits);
                vm.assertEq(root, expected);
            }
        }
    }

    function testFuzz_APathOfAnotherLengthDoesNotFit(uint32 size, uint32 position) public view {
        size = uint32(bound(size, 1, 200));
        position = uint32(bound(position, 0, size - 1));
        bytes32[] memory all = leaves(size);
        bytes32[] memory path = pathIn(all, position);
        (bool fits,) = proofs.treeRoot(all[position], position, size, longer(path));
        vm.assertFalse(fits);
        if (path.length == 0) return;
        (fits,) = proofs.treeRoot(all[position], position, size, without(path));
        vm.assertFalse(fits);
    }

    function testFuzz_APositionOutsideDoesNotFit(uint32 size, uint32 beyond, uint8 length)
        public
        view
    {
        uint256 position = uint256(size) + beyond;
        bytes32[] memory path = new bytes32[](length % 40);
        (bool fits,) = proofs.treeRoot(keccak256("leaf"), position, size, path);
        vm.assertFalse(fits);
    }

    function testFuzz_TheMapTurnsAtEachBitOfTheKey(bytes32 key, uint16 depth, bytes32 seed)
        public
        view
    {
        depth = depth % 257;
        bytes32[] memory path = new bytes32[](depth);
        bytes32 leaf = keccak256(abi.encode(seed));
        bytes32 expected = leaf;
        for (uint256 i = depth; i > 0; --i) {
            path[i - 1] = keccak256(abi.encode(seed, i));
            expected = bit(key, i - 1) ? node(path[i - 1], expected) : node(expected, path[i - 1]);
        }
        vm.assertEq(proofs.mapRoot(leaf, key, path), expected);
    }

    function test_AMapPathIsAtMostAsLongAsTheKey() public view {
        vm.assertEq(proofs.mapRoot(keccak256("leaf"), 0, new bytes32[](257)), bytes32(0));
    }

    function testFuzz_HmacIsThatOfTheRfc(bytes32 key, bytes calldata message) public view {
        vm.assertEq(proofs.hmac(key, message), hmac(key, message));
    }

    /// @dev RFC 4231, test case 1: its key of 20 bytes 0x0b is padded with zeros to a block anyway.
    function test_HmacOfTheRfcsFirstVector() public view {
        bytes32 key = bytes32(bytes20(0x0B0b0b0b0B0B0B0B0b0b0b0b0B0B0B0B0B0b0B0b));
        vm.assertEq(
            proofs.hmac(key, "Hi There"),
            0xb0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7
        );
    }
}
