"""Section 10: the oblivious pseudorandom function behind idTags (RFC 9497, OPRF mode)."""

import hashlib

from .errors import MalformedError
from .primitives import be
from .ristretto import IDENTITY, ORDER, decode, encode, from_uniform, multiply

CONTEXT = b"OPRFV1-" + b"\x00" + b"-ristretto255-SHA512"


def expand_message(message: bytes, tag: bytes, size: int) -> bytes:
    """expand_message_xmd with SHA-512 (RFC 9380 section 5.3.1), for up to 64 bytes."""
    tag += be(len(tag), 1)
    first = hashlib.sha512(bytes(128) + message + be(size, 2) + b"\x00" + tag).digest()
    return hashlib.sha512(first + b"\x01" + tag).digest()[:size]


def element_of(message: bytes):
    point = from_uniform(expand_message(message, b"HashToGroup-" + CONTEXT, 64))
    if encode(point) == encode(IDENTITY):
        raise MalformedError("the number maps to the identity of the group")
    return point


def blind(message: bytes, factor: int) -> bytes:
    """The blinded element that the registrar gets."""
    return encode(multiply(factor % ORDER, element_of(message)))


def evaluate(key: bytes, blinded: bytes) -> bytes:
    """The registrar's part."""
    point = decode(blinded)
    if encode(point) == encode(IDENTITY):
        raise MalformedError("the identity of the group is refused")
    return encode(multiply(int.from_bytes(key, "little") % ORDER, point))


def finalize(message: bytes, factor: int, evaluated: bytes) -> bytes:
    """OPRF output, 64 bytes."""
    element = encode(multiply(pow(factor, -1, ORDER), decode(evaluated)))
    return hashlib.sha512(
        be(len(message), 2) + message + be(len(element), 2) + element + b"Finalize"
    ).digest()
