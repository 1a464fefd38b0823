"""Events of both contracts: their signatures, and the words and strings of their data."""

from dataclasses import dataclass

from .errors import MalformedError
from .primitives import keccak, unhex

LEDGER_EVENTS = (
    "RelationshipChanged(bytes32,uint256)",
    "GrantChanged(address,uint256)",
    "Anchored(bytes32,bytes32,bytes32,uint64,uint40)",
    "Noted(bytes16,bytes32[12])",
    "Tagged(bytes)",
    "Offered(bytes32,bytes32,uint32,address,bool)",
    "BountyAnswered(bytes32,bytes32)",
    "PolicySet(bytes32,bytes32,uint64)",
    "Rejected(uint256,bytes4)",
)
REGISTRAR_EVENTS = (
    "Bound(bytes32,uint32,address,bytes32,bytes32,bytes32,uint8,bytes32,uint40)",
    "Attested(bytes32,uint32,bytes32)",
    "ProfileSet(bytes32,string,string,bytes32,bytes32,bytes32,address,uint32)",
    "RoleChanged(bytes32,uint8,bool)",
    "RelaySet(bytes32,address,bool,uint32)",
    "CoinbaseSet(bytes32,address,uint32)",
    "Voted(bytes32,uint8,bool,bytes32,uint32)",
)
NAMES = {
    keccak(signature.encode()): signature.split("(")[0]
    for signature in LEDGER_EVENTS + REGISTRAR_EVENTS
}


@dataclass(frozen=True)
class Log:
    """One event as the chain gives it."""

    name: str
    topics: list[bytes]
    data: bytes
    block: int

    def word(self, i: int) -> bytes:
        word = self.data[32 * i : 32 * i + 32]
        if len(word) != 32:
            raise MalformedError("an event's data end early")
        return word

    def number(self, i: int) -> int:
        return int.from_bytes(self.word(i), "big")

    def address(self, i: int) -> bytes:
        return self.word(i)[12:]

    def dynamic(self, i: int) -> bytes:
        """Bytes or text whose offset stands in word i."""
        start = self.number(i)
        size = int.from_bytes(self.data[start : start + 32], "big")
        raw = self.data[start + 32 : start + 32 + size]
        if len(raw) != size:
            raise MalformedError("an event's data end early")
        return raw


def read_log(value: dict) -> Log:
    topics = [unhex(topic, 32) for topic in value["topics"]]
    name = NAMES.get(topics[0]) if topics else None
    if name is None:
        raise MalformedError("an event that the contract does not have")
    return Log(name, topics, unhex(value["data"]), int(value["blockNumber"], 16))
