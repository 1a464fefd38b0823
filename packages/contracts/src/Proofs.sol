// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev SHA-256 proofs of the pointer map (sparse, shortened) and of an index (RFC 9162).
library Proofs {
    /// @dev Root of the map above a leaf: bits of the key from the top, path[0] nearest the root.
    /// 0, which is nobody's root, for a path longer than a key.
    function mapRoot(bytes32 leaf, bytes32 key, bytes32[] calldata path)
        internal
        pure
        returns (bytes32 node)
    {
        if (path.length > 256) return 0;
        node = leaf;
        for (uint256 depth = path.length; depth > 0; --depth) {
            bool right = (uint256(key) >> (256 - depth)) & 1 == 1;
            bytes32 sibling = path[depth - 1];
            node = right ? _node(sibling, node) : _node(node, sibling);
        }
    }

    /// @dev RFC 9162 section 2.1.3.2; (false, 0) for a path of the wrong length.
    function treeRoot(bytes32 leaf, uint256 position, uint256 size, bytes32[] calldata path)
        internal
        pure
        returns (bool fits, bytes32 root)
    {
        if (position >= size) return (false, 0);
        uint256 last = size - 1;
        root = leaf;
        for (uint256 i; i < path.length; ++i) {
            if (last == 0) return (false, 0);
            if (position & 1 == 1 || position == last) {
                root = _node(path[i], root);
                while (position & 1 == 0 && position != 0) {
                    position >>= 1;
                    last >>= 1;
                }
            } else {
                root = _node(root, path[i]);
            }
            position >>= 1;
            last >>= 1;
        }
        return (last == 0, root);
    }

    /// @dev HMAC-SHA-256 with a key of 32 bytes (RFC 2104).
    function hmac(bytes32 key, bytes memory message) internal pure returns (bytes32) {
        bytes32 inner = bytes32(type(uint256).max / 0xff * 0x36);
        bytes32 outer = bytes32(type(uint256).max / 0xff * 0x5c);
        bytes32 digest = sha256(abi.encodePacked(key ^ inner, inner, message));
        return sha256(abi.encodePacked(key ^ outer, outer, digest));
    }

    function _node(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return sha256(abi.encodePacked(uint8(1), left, right));
    }
}
