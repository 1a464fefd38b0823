"""Section 3: terms, relationships, scopes and what stands in the slots for them."""

from .errors import MalformedError
from .networks import Network, struct_hash
from .primitives import be, keccak, sha256, sign_compact

EVERY_POINTER = bytes(16)
PURPOSES = (
    "treatment",
    "second opinion",
    "family and care",
    "research",
    "payment",
    "other",
    "emergency",
)
CATEGORIES = (
    None,
    "demographics",
    "conditions",
    "allergies",
    "medications",
    "results",
    "vitals",
    "immunizations",
    "procedures",
    "encounters",
    "documents",
)


def schema_of(name: str) -> int:
    return int.from_bytes(sha256(name.encode())[:4], "big")


def terms_hash(terms: dict) -> bytes:
    return struct_hash("Terms", terms)


def relationship_id(steward: bytes, subject: bytes, hash_of_terms: bytes) -> bytes:
    return keccak(steward, subject, hash_of_terms)


def entry_order(entry: dict) -> bytes:
    return entry["pointer"] + be(entry["category"], 4) + be(entry["schema"], 4)


def scope_hash(scope: dict) -> bytes:
    """Hash of a scope whose entries are strictly sorted."""
    orders = [entry_order(entry) for entry in scope["entries"]]
    if any(a >= b for a, b in zip(orders, orders[1:])):
        raise MalformedError("entries of a scope are not strictly sorted")
    return struct_hash("Scope", scope)


def grant_commitment(hash_of_scope: bytes) -> bytes:
    return hash_of_scope[:26]


def consent_commitment(hash_of_scope: bytes, slot: bytes) -> bytes:
    return keccak(hash_of_scope, slot)[:26]


def share_digest(network: Network, grant: bytes, hash_of_scope: bytes) -> bytes:
    return network.ledger_digest(struct_hash("Share", {"grant": grant, "scope": hash_of_scope}))


def consent_digest(network: Network, slot: bytes, grant: bytes, hash_of_scope: bytes) -> bytes:
    members = {"slot": slot, "grant": grant, "scope": hash_of_scope}
    return network.ledger_digest(struct_hash("Consent", members))


def sign_share(network: Network, private: bytes, grant: bytes, hash_of_scope: bytes) -> bytes:
    return sign_compact(private, share_digest(network, grant, hash_of_scope))


def delegation_hash(delegation: dict) -> bytes:
    return struct_hash("Delegation", delegation)


def delegate_digest(network: Network, slot: bytes, hash_of_delegation: bytes) -> bytes:
    members = {"slot": slot, "delegation": hash_of_delegation}
    return network.ledger_digest(struct_hash("Delegate", members))


def mask_bits(mask: int) -> list[int]:
    return [bit for bit in range(256) if mask >> bit & 1]
