"""Section 2.4: one-time accounts of a relationship and role."""

from .keys import Account
from .primitives import SECP256K1_ORDER, add_tweak, address_of, be, hkdf, scalar


def tweak(network_id: bytes, steward_to_subject: bytes, role: str, nonce: bytes) -> bytes:
    info = b"medrec/v1/controller" + role.encode() + nonce
    return scalar(hkdf(steward_to_subject, network_id, info, 48))


def controller_address(network_id, steward_to_subject, role, nonce, spend_public) -> bytes:
    added = tweak(network_id, steward_to_subject, role, nonce)
    return address_of(add_tweak(spend_public, added))


def controller_account(network_id, steward_to_subject, role, nonce, spend: Account) -> Account:
    added = tweak(network_id, steward_to_subject, role, nonce)
    total = int.from_bytes(spend.private, "big") + int.from_bytes(added, "big")
    return Account(be(total % SECP256K1_ORDER, 32))
