"""Section 1: a network's description, EIP-712 types, domains and digests."""

import json
import re
from dataclasses import dataclass

from .errors import MalformedError, UsageError
from .primitives import be, keccak, unhex

ENTRY = "Entry(bytes16 pointer,uint32 category,uint32 schema,uint16 catalogue,uint256 mask)"
TYPES = {
    "Registration": "Registration(bytes32 idTag,address identity,bytes32 spendX,bytes32 spendY,"
    "bytes32 viewKey,uint32 version)",
    "Bind": "Bind(bytes32 registration,uint8 assurance,bytes32 institution,uint32 deadline)",
    "Attest": "Attest(bytes32 idTag,uint32 version,bytes32 institution,uint32 deadline)",
    "Vote": "Vote(bytes32 idTag,uint8 role,bool certified,bytes32 institution,uint32 round,"
    "uint32 deadline)",
    "Profile": "Profile(bytes32 idTag,string name,string url,bytes32 pin,bytes32 pinNext,"
    "bytes32 catalogueHash,address anchorKey,uint32 sequence)",
    "Relay": "Relay(bytes32 institution,address account,bool allowed,uint32 sequence)",
    "Coinbase": "Coinbase(bytes32 idTag,address coinbase,uint32 sequence)",
    "Operation": "Operation(uint8 kind,bytes32 key,bytes32 value,uint64 number,uint32 deadline,"
    "bytes32 notes)",
    "Terms": "Terms(bytes32 stewardTag,bytes32 subjectTag,uint32 stewardVersion,"
    "uint32 subjectVersion,bytes32 salt,uint8 policy,address consent)",
    "Entry": ENTRY,
    "Scope": "Scope(bytes32 subject,bytes32 steward,bytes32 viewer,bytes32 relationship,"
    "uint16 epoch,bytes32 index,uint16 purposes,uint40 notBefore,bytes32 salt,Entry[] entries)"
    + ENTRY,
    "Share": "Share(address grant,bytes32 scope)",
    "Consent": "Consent(address slot,address grant,bytes32 scope)",
    "Delegation": "Delegation(bytes32 subject,bytes32 steward,bytes32 delegate,bytes32 relationship,"
    "uint16 epoch,bytes32 index,uint8 rights,uint32 categories,uint40 notBefore,bytes32 salt)",
    "Delegate": "Delegate(address slot,bytes32 delegation)",
    "Note": "Note(bytes32 author,bytes32 reader,bytes32 content)",
    "RequestKey": "RequestKey(bytes32 idTag,address key,string audience,uint40 notBefore,"
    "uint40 expires)",
    "Pending": "Pending(bytes32 leaf,bytes32 index,uint40 time,uint32 delay)",
    "RelayToken": "RelayToken(bytes32 institution,bytes32 id,uint32 day,uint32 operations)",
    "AccessLog": "AccessLog(bytes32 institution,bytes32 content)",
}
DOMAIN = (
    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract,"
    "bytes32 salt)"
)


def fields_of(name: str) -> list[tuple[str, str]]:
    """(type, name) of each member of an EIP-712 type."""
    inner = re.fullmatch(r"(\w+)\((.*?)\).*", TYPES[name]).group(2)
    return [tuple(member.split(" ")) for member in inner.split(",")]


def encode_word(kind: str, value) -> bytes:
    """One member of a struct as an EIP-712 word."""
    if kind == "string":
        return keccak(value.encode())
    if kind == "Entry[]":
        return keccak(*(struct_hash("Entry", entry) for entry in value))
    if kind == "address":
        return bytes(12) + exact(value, 20)
    if kind == "bool":
        return be(1 if value else 0, 32)
    size = int(re.search(r"\d+$", kind).group())
    if kind.startswith("bytes"):
        return exact(value, size) + bytes(32 - size)
    return bytes(32 - size // 8) + be(value, size // 8)


def exact(value: bytes, size: int) -> bytes:
    if len(value) != size:
        raise MalformedError(f"expected {size} bytes, found {len(value)}")
    return value


def struct_hash(name: str, members: dict) -> bytes:
    """EIP-712 hashStruct; byte strings as bytes, numbers as int."""
    words = [encode_word(kind, members[member]) for kind, member in fields_of(name)]
    return keccak(keccak(TYPES[name].encode()), *words)


@dataclass(frozen=True)
class Network:
    """The public description of a network."""

    name: str
    network_id: bytes
    chain_id: int
    registrar: bytes
    ledger: bytes
    start_block: int
    confirmations: int
    doors: tuple[str, ...]

    def separator(self, contract: bytes) -> bytes:
        return keccak(
            keccak(DOMAIN.encode()),
            keccak(b"MedRec"),
            keccak(b"1"),
            be(self.chain_id, 32),
            bytes(12) + contract,
            self.network_id,
        )

    def ledger_digest(self, hash_of_struct: bytes) -> bytes:
        return keccak(b"\x19\x01", self.separator(self.ledger), hash_of_struct)

    def registrar_digest(self, hash_of_struct: bytes) -> bytes:
        return keccak(b"\x19\x01", self.separator(self.registrar), hash_of_struct)


def read_network(text: str) -> Network:
    """A network from its public description (JSON)."""
    try:
        value = json.loads(text)
        return Network(
            name=value["name"],
            network_id=unhex(value["networkId"].lower(), 32),
            chain_id=int(value["chainId"]),
            registrar=unhex(value["registrar"].lower(), 20),
            ledger=unhex(value["ledger"].lower(), 20),
            start_block=int(value["startBlock"]),
            confirmations=int(value["confirmations"]),
            doors=tuple(value["doors"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, MalformedError) as error:
        raise UsageError(f"This is no description of a network: {error!r}") from error
