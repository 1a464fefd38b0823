"""Section 4: operations as signed records, the slots on the chain."""

from dataclasses import dataclass

from .errors import MalformedError
from .networks import Network, struct_hash
from .primitives import be, keccak, sign_compact
from .scopes import relationship_id

ZERO = bytes(32)
KINDS = {
    "propose": 0,
    "accept": 1,
    "end": 2,
    "stopAll": 3,
    "grant": 4,
    "revoke": 5,
    "anchor": 6,
    "notes": 7,
    "tags": 8,
    "policy": 9,
    "answer": 10,
}


@dataclass(frozen=True)
class Note:
    tag: bytes
    sealed: bytes

    def packed(self) -> bytes:
        return self.tag + self.sealed


def left_aligned(key: bytes) -> bytes:
    return key + bytes(12)


def relationship_parts(kind: int, op: dict):
    packed = op["steward"] + op["subject"] + op["termsHash"]
    key = relationship_id(op["steward"], op["subject"], op["termsHash"])
    if kind < 2:
        return packed + be(op["deadline"], 4), key, ZERO, (0, 2)[kind], op["deadline"]
    if kind == 2:
        return packed + be(op["status"], 1), key, ZERO, op["status"], 0
    return packed + be(op["epoch"], 2), key, ZERO, op["epoch"], 0


def grant_parts(kind: int, op: dict):
    key = left_aligned(op["key"])
    if kind == 5:
        return op["key"], key, ZERO, 0, 0
    value = be(op["expiresAt"], 4) + be(op["sequence"], 2) + op["commitment"]
    return op["key"] + value + be(op["deadline"], 4), key, value, 0, op["deadline"]


def steward_parts(kind: int, op: dict):
    tag, deadline = op["stewardTag"], op["deadline"]
    if kind == 6:
        roots, rest = op["root"] + op["logRoot"], be(op["epoch"], 4) + be(deadline, 4)
        value = keccak(op["previousRoot"], roots, op["query"], be(op["epoch"], 32))
        return tag + roots + op["query"] + rest, tag, value, op["counter"], deadline
    if kind == 9:
        amount = be(op["amount"], 8)
        payload = tag + op["query"] + amount + be(deadline, 4)
        return payload, tag, op["query"], op["amount"], deadline
    payload = tag + op["bounty"] + op["answer"] + be(deadline, 4)
    return payload, op["bounty"], op["answer"], 0, deadline


def parts_of(op: dict):
    """(kind, payload, key, value, number, deadline) of an operation."""
    kind = KINDS[op["kind"]]
    if kind < 4:
        return kind, *relationship_parts(kind, op)
    if kind < 6:
        return kind, *grant_parts(kind, op)
    return kind, *steward_parts(kind, op)


def operation_digest(network: Network, op: dict, notes: list[Note]) -> bytes:
    kind, _, key, value, number, deadline = parts_of(op)
    joined = b"".join(note.packed() for note in notes)
    members = {
        "kind": kind,
        "key": key,
        "value": value,
        "number": number,
        "deadline": deadline,
        "notes": keccak(joined) if notes else ZERO,
    }
    return network.ledger_digest(struct_hash("Operation", members))


def record(network: Network, op: dict, private: bytes, notes: list[Note] = ()) -> bytes:
    """A signed record, ready for a relay."""
    kind, payload, *_ = parts_of(op)
    signature = sign_compact(private, operation_digest(network, op, notes))
    return head(kind, notes) + payload + signature + b"".join(note.packed() for note in notes)


def head(kind: int, notes) -> bytes:
    if len(notes) > 15:
        raise MalformedError("a record carries at most 15 notes")
    return bytes([len(notes) << 4 | kind])


def notes_record(notes: list[Note]) -> bytes:
    return head(KINDS["notes"], notes) + b"".join(note.packed() for note in notes)


def tags_record(tags: list[bytes]) -> bytes:
    return head(KINDS["tags"], ()) + be(len(tags), 2) + b"".join(tags)


STATUSES = {
    0: "none",
    1: "proposed",
    2: "accepted",
    3: "rejected",
    4: "closed by subject",
    5: "closed by steward",
}


@dataclass(frozen=True)
class RelationshipSlot:
    status: int
    epoch: int
    changed_at: int


@dataclass(frozen=True)
class GrantSlot:
    expires_at: int
    sequence: int
    commitment: bytes

    @property
    def revoked(self) -> bool:
        return self.sequence == 65535


def open_relationship(word: bytes) -> RelationshipSlot:
    slot = int.from_bytes(word, "big")
    return RelationshipSlot(slot & 0xFF, slot >> 8 & 0xFFFF, slot >> 24 & 0xFFFFFFFFFF)


def open_grant(word: bytes) -> GrantSlot:
    return GrantSlot(int.from_bytes(word[:4], "big"), int.from_bytes(word[4:6], "big"), word[6:])
