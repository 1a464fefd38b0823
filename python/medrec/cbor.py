"""The part of CBOR (RFC 8949) that notes use, in core deterministic encoding only."""

from .errors import MalformedError
from .primitives import be


def head(major: int, argument: int) -> bytes:
    if argument < 24:
        return bytes([major << 5 | argument])
    for extra, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if argument < 1 << 8 * size:
            return bytes([major << 5 | extra]) + be(argument, size)
    raise MalformedError("a number of more than 64 bits")


def encode(value) -> bytes:
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int) and value >= 0:
        return head(0, value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        raw = value.encode()
        return head(3, len(raw)) + raw
    if isinstance(value, (list, tuple)):
        return head(4, len(value)) + b"".join(map(encode, value))
    if isinstance(value, dict):
        pairs = sorted((encode(key), encode(item)) for key, item in value.items())
        return head(5, len(pairs)) + b"".join(key + item for key, item in pairs)
    raise MalformedError(f"no form for {type(value).__name__}")


def decode(raw: bytes):
    """A value that `encode` gives back as exactly these bytes."""
    value, end = _decode(raw, 0, 0)
    if end != len(raw) or encode(value) != raw:
        raise MalformedError("not in core deterministic encoding")
    return value


def _decode(raw: bytes, at: int, depth: int):
    if at >= len(raw) or depth > 8:
        raise MalformedError("CBOR ends early or is too deep")
    major, extra = raw[at] >> 5, raw[at] & 31
    at += 1
    if major == 7 and extra in (20, 21):
        return extra == 21, at
    size = {24: 1, 25: 2, 26: 4, 27: 8}.get(extra, 0)
    if extra > 27 or major in (1, 6, 7) or at + size > len(raw):
        raise MalformedError("CBOR of a kind that notes do not use")
    argument = int.from_bytes(raw[at : at + size], "big") if size else extra
    return _body(raw, at + size, depth, major, argument)


def _body(raw: bytes, at: int, depth: int, major: int, argument: int):
    if major == 0:
        return argument, at
    if argument > len(raw) - at:
        raise MalformedError("CBOR ends early")
    if major == 2:
        return raw[at : at + argument], at + argument
    if major == 3:
        try:
            return raw[at : at + argument].decode("utf-8"), at + argument
        except UnicodeDecodeError as error:
            raise MalformedError("text that is no UTF-8") from error
    items = []
    for _ in range(argument * (2 if major == 5 else 1)):
        item, at = _decode(raw, at, depth + 1)
        items.append(item)
    if major == 4:
        return items, at
    if not all(isinstance(key, int) for key in items[::2]):
        raise MalformedError("a key that is no number")
    return dict(zip(items[::2], items[1::2])), at
