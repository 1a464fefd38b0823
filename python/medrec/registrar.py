"""What the Registrar's events say: who is registered, who is certified, where they serve."""

from dataclasses import dataclass, field

from .logs import Log
from .pairwise import Party
from .stream import START, advance, registrar_item

INSTITUTION = 1  # number of the role


@dataclass(frozen=True)
class Profile:
    """What an institution says of itself."""

    name: str
    url: str
    pin: bytes
    pin_next: bytes
    catalogue_hash: bytes
    anchor_key: bytes


@dataclass
class Registrar:
    """A fold over the Registrar's events."""

    parties: dict[bytes, list[Party]] = field(default_factory=dict)
    profiles: dict[bytes, Profile] = field(default_factory=dict)
    certified: set[tuple[bytes, int]] = field(default_factory=set)
    stream: bytes = START

    def apply(self, log: Log) -> None:
        self.stream = advance(self.stream, registrar_item(log.topics, log.data))
        if log.name == "Bound":
            tag = log.topics[1]
            party = Party(
                tag, log.address(1), log.number(0), log.word(2) + log.word(3), log.word(4)
            )
            self.parties.setdefault(tag, []).append(party)
        elif log.name == "ProfileSet":
            self.profiles[log.topics[1]] = Profile(
                log.dynamic(0).decode(),
                log.dynamic(1).decode(),
                log.word(2),
                log.word(3),
                log.word(4),
                log.address(5),
            )
        elif log.name == "RoleChanged":
            member = log.topics[1], log.number(0)
            (self.certified.add if log.number(1) else self.certified.discard)(member)

    def party_of(self, identity: bytes) -> Party | None:
        """The newest registration of these keys, if they are still the person's newest."""
        for versions in self.parties.values():
            if versions[-1].identity == identity:
                return versions[-1]
        return None

    def versions(self) -> list[Party]:
        return [party for versions in self.parties.values() for party in versions]
