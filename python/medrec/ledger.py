"""What the Ledger's events say: slots, anchors, notes. One map each, keyed as the slots are."""

from dataclasses import dataclass, field

from .logs import Log
from .operations import GrantSlot, RelationshipSlot, open_grant, open_relationship
from .primitives import be
from .stream import START, advance, item_of


@dataclass(frozen=True)
class Anchor:
    root: bytes
    log_root: bytes
    counter: int
    at: int
    block: int


@dataclass
class Ledger:
    """A fold over the Ledger's events."""

    relationships: dict[bytes, RelationshipSlot] = field(default_factory=dict)
    grants: dict[bytes, GrantSlot] = field(default_factory=dict)
    anchors: dict[bytes, list[Anchor]] = field(default_factory=dict)
    notes: dict[bytes, list[bytes]] = field(default_factory=dict)
    stream: bytes = START

    def apply(self, log: Log) -> None:
        if log.name == "Rejected":
            return
        self.stream = advance(self.stream, item_of(PACKED[log.name](log)))
        if log.name == "RelationshipChanged":
            self.relationships[log.word(0)] = open_relationship(log.word(1))
        elif log.name == "GrantChanged":
            self.grants[log.address(0)] = open_grant(log.word(1))
        elif log.name == "Anchored":
            anchor = Anchor(log.word(0), log.word(1), log.number(2), log.number(3), log.block)
            self.anchors.setdefault(log.topics[1], []).append(anchor)
        elif log.name == "Noted":
            self.notes.setdefault(log.word(0)[:16], []).append(log.data[32:416])


PACKED = {
    "RelationshipChanged": lambda log: b"\x01" + log.word(0) + log.word(1),
    "GrantChanged": lambda log: b"\x02" + log.address(0) + log.word(1),
    "Anchored": lambda log: (
        b"\x03"
        + log.topics[1]
        + log.word(0)
        + log.word(1)
        + be(log.number(2), 8)
        + be(log.number(3), 5)
    ),
    "Noted": lambda log: b"\x04" + log.word(0)[:16] + log.data[32:416],
    "Tagged": lambda log: b"\x05" + log.dynamic(0),
    "Offered": lambda log: (
        b"\x06"
        + log.topics[1]
        + log.word(0)
        + be(log.number(1), 4)
        + log.address(2)
        + be(log.number(3), 1)
    ),
    "BountyAnswered": lambda log: b"\x07" + log.topics[1] + log.word(0),
    "PolicySet": lambda log: b"\x08" + log.topics[1] + log.word(0) + be(log.number(1), 8),
}
