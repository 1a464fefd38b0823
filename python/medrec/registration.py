"""Section 2.2: registrations, possession of the view key."""

from .networks import Network, struct_hash
from .primitives import hmac, x25519


def registration_digest(network: Network, registration: dict) -> bytes:
    return network.registrar_digest(struct_hash("Registration", registration))


def possession(view: bytes, challenge: bytes, digest: bytes) -> bytes:
    """The answer to the institution's challenge."""
    return hmac(x25519(view, challenge), b"medrec/v1/possession", digest)
