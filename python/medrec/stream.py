"""Section 4.1: the running head over a contract's events."""

from .primitives import be, keccak

START = bytes(32)


def advance(stream: bytes, item: bytes) -> bytes:
    """The stream's word after one more event."""
    count = int.from_bytes(stream[24:], "big")
    return keccak(stream, item)[:24] + be(count + 1, 8)


def item_of(packed: bytes) -> bytes:
    return keccak(packed)


def registrar_item(topics: list[bytes], data: bytes) -> bytes:
    return keccak(topics[0], keccak(*topics[1:], data))
