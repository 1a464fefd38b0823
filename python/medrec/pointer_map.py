"""Section 6: leaves of a steward's pointer map, and paths to its root."""

from .errors import MalformedError
from .networks import Network, struct_hash
from .primitives import be, hmac, sha256

INDEX = bytes(16)
EMPTY = sha256(b"\x02")
ORIGINS = {1: "write path", 2: "feed", 3: "unexplained", 4: "restored"}


def map_key(terms_salt: bytes, relationship: bytes, pointer: bytes) -> bytes:
    return hmac(terms_salt, relationship, pointer)


def leaf_hash(key: bytes, leaf: dict) -> bytes:
    return sha256(
        b"\x00",
        key,
        leaf["relationship"],
        leaf["pointer"],
        be(leaf["version"], 4),
        leaf["previous"],
        be(leaf["origin"], 1),
        be(leaf["category"], 4),
        be(leaf["schema"], 4),
        be(leaf["catalogue"], 2),
        leaf["query"],
        leaf["result"],
        be(leaf["time"], 5),
    )


def index_hash(key: bytes, index: dict) -> bytes:
    return sha256(
        b"\x03",
        key,
        index["relationship"],
        be(index["size"], 4),
        index["entries"],
        index["hidden"],
        index["previous"],
    )


def entry_hash(pointer: bytes, category: int, schema: int, key: bytes) -> bytes:
    return sha256(b"\x00", pointer, be(category, 4), be(schema, 4), key)


def hidden_hash(terms_salt: bytes, updates: int, log_head: bytes, log_length: int) -> bytes:
    counts = be(updates, 8), be(log_length, 8)
    blinding = hmac(terms_salt, b"hidden", *counts)[:16]
    return sha256(b"\x04", blinding, counts[0], log_head, counts[1])


def query_hash(salt: bytes, query: str) -> bytes:
    return sha256(b"\x05", salt, query.encode())


def log_head(head: bytes, text: str) -> bytes:
    """Section 8: head of the access log after one more entry."""
    return sha256(b"\x06", head, text.encode())


def bit(key: bytes, depth: int) -> int:
    return key[depth // 8] >> 7 - depth % 8 & 1


def root_from_path(key: bytes, leaf: bytes, path: list[bytes]) -> bytes:
    """The map's root from a leaf and its siblings, which are listed from the root down."""
    if len(path) > 256:
        raise MalformedError("a path longer than a key")
    current = leaf
    for depth in range(len(path) - 1, -1, -1):
        pair = (path[depth], current) if bit(key, depth) else (current, path[depth])
        current = sha256(b"\x01", *pair)
    return current


def map_root(leaves: dict[bytes, bytes], depth: int = 0) -> bytes:
    """Root of the binary trie over {key: leaf hash}."""
    if len(leaves) < 2:
        return next(iter(leaves.values()), EMPTY)
    halves: list[dict] = [{}, {}]
    for key, leaf in leaves.items():
        halves[bit(key, depth)][key] = leaf
    return sha256(b"\x01", map_root(halves[0], depth + 1), map_root(halves[1], depth + 1))


def map_path(leaves: dict[bytes, bytes], key: bytes, depth: int = 0) -> list[bytes]:
    if len(leaves) < 2:
        return []
    halves: list[dict] = [{}, {}]
    for other, leaf in leaves.items():
        halves[bit(other, depth)][other] = leaf
    own = bit(key, depth)
    return [map_root(halves[1 - own], depth + 1)] + map_path(halves[own], key, depth + 1)


def pending_digest(network: Network, pending: dict) -> bytes:
    return network.ledger_digest(struct_hash("Pending", pending))
