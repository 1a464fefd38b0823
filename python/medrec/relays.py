"""Section 9.2: leave to have records posted."""

from .networks import Network, struct_hash
from .primitives import be, hkdf, sign_compact


def token_id(institution_entropy: bytes, network_id: bytes, id_tag: bytes, day: int) -> bytes:
    info = b"medrec/v1/relay-token" + id_tag + be(day, 4)
    return hkdf(institution_entropy, network_id, info, 32)


def sign_token(network: Network, identity: bytes, token: dict) -> bytes:
    return sign_compact(identity, network.ledger_digest(struct_hash("RelayToken", token)))
