"""Section 7.2: results that no one answer holds, and the parts that they come in."""

from . import results
from .errors import MalformedError
from .multi_proofs import root_from_proof
from .primitives import be, hmac, sha256


def part_salt(pointer_secret: bytes, pointer: bytes, version: int, part: int, field: int) -> bytes:
    return hmac(pointer_secret, pointer, be(version, 4), be(part, 4), be(field, 4))[:16]


def part_hash(place: dict, fields_root: bytes) -> bytes:
    number, first, rows = place["number"], place["from"], place["rows"]
    return sha256(b"\x0a", be(number, 4), be(first, 8), be(rows, 4), fields_root)


def root_of_part(header: tuple[bytes, str, dict], place: dict, shown, proof, path) -> bytes:
    """The result's root; `shown` holds hashes of fields' leaves by number of the field."""
    salt, text, said = header
    number = place["number"]
    hashed = part_hash(place, root_from_proof(shown, said["fields"], proof))
    leaves = {0: results.leaf_hash(salt, text), number + 1: hashed}
    return root_from_proof(leaves, said["parts"] + 1, path)


def check_place(place: dict, said: dict) -> None:
    """The first part begins with row 0, and the last one ends with the last row."""
    number, first, rows = (place[name] for name in ("number", "from", "rows"))
    if any(type(each) is not int or each < 0 for each in (number, first, rows)):
        raise MalformedError("a part's place that is no number")
    ends = first + rows == said["rows"]
    is_within = number < said["parts"] and rows > 0 and first + rows <= said["rows"]
    if not is_within or (number == 0) != (first == 0) or (number == said["parts"] - 1) != ends:
        raise MalformedError("a part that cannot stand where it says")
