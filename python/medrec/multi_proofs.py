"""Sections 7 and 7.1: Merkle trees of RFC 9162 and proofs for several positions at once."""

from .errors import MalformedError
from .primitives import sha256

EMPTY = sha256(b"")


def split(n: int) -> int:
    """The largest power of two below n."""
    return 1 << (n - 1).bit_length() - 1


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01", left, right)


def tree_root(leaves: list[bytes]) -> bytes:
    """RFC 9162 section 2.1.1, over hashes of leaves."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY
    k = split(len(leaves))
    return node(tree_root(leaves[:k]), tree_root(leaves[k:]))


def inclusion_path(leaves: list[bytes], position: int) -> list[bytes]:
    """RFC 9162 section 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if position < k:
        return inclusion_path(leaves[:k], position) + [tree_root(leaves[k:])]
    return inclusion_path(leaves[k:], position - k) + [tree_root(leaves[:k])]


def root_from_path(leaf: bytes, position: int, size: int, path: list[bytes]) -> bytes:
    """RFC 9162 section 2.1.3.2."""
    if not 0 <= position < size:
        raise MalformedError("position outside of the tree")
    if size == 1:
        if path:
            raise MalformedError("hashes left over")
        return leaf
    if not path:
        raise MalformedError("hashes missing")
    k = split(size)
    if position < k:
        return node(root_from_path(leaf, position, k, path[:-1]), path[-1])
    return node(path[-1], root_from_path(leaf, position - k, size - k, path[:-1]))


def multi_proof(leaves: list[bytes], positions: set[int]) -> list[bytes]:
    def prove(start: int, n: int) -> list[bytes]:
        if not any(start <= p < start + n for p in positions):
            return [tree_root(leaves[start : start + n])]
        if n == 1:
            return []
        k = split(n)
        return prove(start, k) + prove(start + k, n - k)

    return prove(0, len(leaves))


def root_from_proof(shown: dict[int, bytes], size: int, proof: list[bytes]) -> bytes:
    """The root that the shown leaves and the proof lead to."""
    if not isinstance(size, int) or isinstance(size, bool) or size < 1 or not shown:
        raise MalformedError("no leaf or no tree")
    if any(not isinstance(p, int) or not 0 <= p < size for p in shown):
        raise MalformedError("position outside of the tree")
    rest = list(proof)

    def take() -> bytes:
        if not rest:
            raise MalformedError("hashes missing")
        return rest.pop(0)

    def root(start: int, n: int) -> bytes:
        if not any(start <= p < start + n for p in shown):
            return take()
        if n == 1:
            return shown[start]
        k = split(n)
        left = root(start, k)
        return node(left, root(start + k, n - k))

    result = root(0, size)
    if rest:
        raise MalformedError("hashes left over")
    return result
