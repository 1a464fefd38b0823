"""Section 2.3: pairwise secrets, tags of notes and updates."""

from dataclasses import dataclass

from .primitives import be, hkdf, hmac, x25519

LOOK_AHEAD = 32


@dataclass(frozen=True)
class Party:
    """One registered version of a participant."""

    id_tag: bytes
    identity: bytes
    version: int
    spend: bytes
    view: bytes

    def packed(self) -> bytes:
        return self.id_tag + self.identity + be(self.version, 4)


def pair(network_id: bytes, author: Party, reader: Party, own_view: bytes, other: Party) -> bytes:
    """pair(author -> reader), by one of the two who holds `own_view`; `other` is the other one."""
    info = b"medrec/v1/pair" + author.packed() + reader.packed()
    return hkdf(x25519(own_view, other.view), network_id, info, 32)


def pair_to_self(self_secret: bytes) -> bytes:
    return hmac(self_secret, b"medrec/v1/self")


def note_tag(secret: bytes, counter: int) -> bytes:
    return hmac(secret, b"tag", be(counter, 8))[:16]


def note_key(secret: bytes, counter: int) -> bytes:
    return hmac(secret, b"note", be(counter, 8))


def update_tag(steward_to_subject: bytes, relationship: bytes, n: int) -> bytes:
    return hmac(steward_to_subject, b"update", relationship, be(n, 8))[:8]


def scope_salt(subject_to_viewer: bytes, relationship: bytes, grant: bytes) -> bytes:
    """Section 5.1: the salt that a share's note need not carry."""
    return hmac(subject_to_viewer, b"scope", relationship, grant)
