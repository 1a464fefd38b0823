"""Section 2: the keys of a participant, from 12 words."""

from dataclasses import dataclass
from functools import cached_property

from mnemonic import Mnemonic

from .errors import UsageError
from .primitives import address_of, be, hkdf, public_key, scalar, sha256, x25519_public


@dataclass(frozen=True)
class Account:
    """A key pair of secp256k1."""

    private: bytes

    @cached_property
    def public(self) -> bytes:
        return public_key(self.private)

    @cached_property
    def address(self) -> bytes:
        return address_of(self.public)


def entropy_of(words: str) -> bytes:
    """16 bytes of entropy from 12 BIP-39 words (English), check sum included."""
    listed = words.lower().split()
    if len(listed) != 12:
        raise UsageError(f"Twelve words are needed; {len(listed)} were given.")
    english = Mnemonic("english")
    for position, word in enumerate(listed, 1):
        if word not in english.wordlist:
            raise UsageError(f"Word {position} is not in the list of BIP-39.")
    try:
        return bytes(english.to_entropy(listed))
    except ValueError as error:
        raise UsageError(
            "The words do not pass their check sum; compare them one by one."
        ) from error


def words_of(entropy: bytes) -> str:
    return Mnemonic("english").to_mnemonic(entropy)


@dataclass(frozen=True)
class Keys:
    """All keys of one participant on one network."""

    entropy: bytes
    network_id: bytes

    def derive(self, info: bytes, size: int) -> bytes:
        return hkdf(self.entropy, self.network_id, b"medrec/v1/" + info, size)

    def account(self, info: bytes) -> Account:
        return Account(scalar(self.derive(info, 48)))

    @cached_property
    def identity(self) -> Account:
        return self.account(b"identity")

    @cached_property
    def spend(self) -> Account:
        return self.account(b"spend")

    @cached_property
    def view(self) -> bytes:
        return self.derive(b"view", 32)

    @cached_property
    def view_public(self) -> bytes:
        return x25519_public(self.view)

    @cached_property
    def self_secret(self) -> bytes:
        return self.derive(b"self", 32)

    def grant(self, relationship: bytes, nonce: bytes) -> Account:
        return self.account(b"grant" + relationship + nonce)

    def consent(self, nonce: bytes) -> Account:
        return self.account(b"consent" + nonce)

    def consent_slot(self, grant_key: bytes) -> Account:
        return self.account(b"consent-slot" + grant_key)

    def request(self, audience: str, now: int) -> Account:
        return self.account(b"request" + sha256(audience.encode()) + be(now // 86400, 4))

    def anchor(self) -> Account:
        return self.account(b"anchor")

    def relay(self, index: int) -> Account:
        return self.account(b"relay" + be(index, 4))

    def coinbase(self) -> Account:
        return self.account(b"coinbase")
