"""Bytes, hashes and keys: the notation at the head of the protocol, and its primitives."""

import base64
import hashlib
import hmac as stdlib_hmac
import re

from coincurve import PrivateKey, PublicKey
from Crypto.Hash import SHA256
from Crypto.Hash import keccak as keccak_hash
from Crypto.Protocol.DH import (
    import_x25519_private_key,
    import_x25519_public_key,
    key_agreement,
)
from Crypto.Protocol.KDF import HKDF

from .errors import MalformedError

SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def unhex(text: str, size: int | None = None) -> bytes:
    """Bytes of a lower-case hex string with 0x, of exactly `size` bytes when given."""
    if not isinstance(text, str) or not re.fullmatch(r"0x([0-9a-f]{2})*", text):
        raise MalformedError("expected lower-case hex with 0x")
    raw = bytes.fromhex(text[2:])
    if size is not None and len(raw) != size:
        raise MalformedError(f"expected {size} bytes, found {len(raw)}")
    return raw


def to_hex(raw: bytes) -> str:
    return "0x" + raw.hex()


def be(number: int, size: int) -> bytes:
    """A number as `size` big-endian bytes."""
    try:
        return number.to_bytes(size, "big")
    except OverflowError as error:
        raise MalformedError(f"{number} does not fit {size} bytes") from error


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unbase64url(text: str) -> bytes:
    """Bytes of base64url without padding whose unused bits are zero."""
    if not isinstance(text, str) or not re.fullmatch(r"[A-Za-z0-9_-]*", text) or len(text) % 4 == 1:
        raise MalformedError("expected base64url without padding")
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64url(raw) != text:
        raise MalformedError("unused bits of base64url are not zero")
    return raw


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def keccak(*parts: bytes) -> bytes:
    return keccak_hash.new(digest_bits=256, data=b"".join(parts)).digest()


def hmac(key: bytes, *parts: bytes) -> bytes:
    return stdlib_hmac.new(key, b"".join(parts), hashlib.sha256).digest()


def hkdf(ikm: bytes, salt: bytes, info: bytes, size: int) -> bytes:
    """HKDF-SHA-256 (RFC 5869)."""
    return HKDF(ikm, size, salt, SHA256, context=info)


def x25519(private: bytes, public: bytes) -> bytes:
    """RFC 7748 agreement; refuses the result of all zeros."""
    try:
        return key_agreement(
            static_priv=import_x25519_private_key(private),
            static_pub=import_x25519_public_key(public),
            kdf=bytes,
        )
    except ValueError as error:
        raise MalformedError("unusable X25519 key") from error


def x25519_public(private: bytes) -> bytes:
    return import_x25519_private_key(private).public_key().export_key(format="raw")


def scalar(raw48: bytes) -> bytes:
    """48 bytes as a scalar mod n of secp256k1, as 32 bytes; zero is refused."""
    number = int.from_bytes(raw48, "big") % SECP256K1_ORDER
    if number == 0:
        raise MalformedError("a derivation gave zero, which is no key")
    return be(number, 32)


def public_key(private: bytes) -> bytes:
    """x | y, 64 bytes."""
    return PrivateKey(private).public_key.format(compressed=False)[1:]


def address_of(public: bytes) -> bytes:
    """The low 20 bytes of keccak(x | y)."""
    return keccak(public)[12:]


def add_tweak(public: bytes, tweak: bytes) -> bytes:
    """public + tweak * G, as x | y."""
    return PublicKey(b"\x04" + public).add(tweak).format(compressed=False)[1:]


def sign_recoverable(private: bytes, digest: bytes) -> bytes:
    """r 32 | s 32 | recovery id 1; RFC 6979, low s."""
    return PrivateKey(private).sign_recoverable(digest, hasher=None)


def recover(digest: bytes, signature: bytes) -> bytes:
    """Address that signed; `signature` as from `sign_recoverable`. High s is refused."""
    if int.from_bytes(signature[32:64], "big") > SECP256K1_ORDER // 2:
        raise MalformedError("signature with high s")
    try:
        key = PublicKey.from_signature_and_message(signature, digest, hasher=None)
    except Exception as error:
        raise MalformedError("no signature") from error
    return address_of(key.format(compressed=False)[1:])


def sign_compact(private: bytes, digest: bytes) -> bytes:
    """EIP-2098: r 32 | vs 32."""
    raw = bytearray(sign_recoverable(private, digest))
    raw[32] |= raw[64] << 7
    return bytes(raw[:64])


def recover_compact(digest: bytes, signature: bytes) -> bytes:
    """Address that made an EIP-2098 signature."""
    if len(signature) != 64:
        raise MalformedError("a compact signature has 64 bytes")
    raw = bytearray(signature)
    parity = raw[32] >> 7
    raw[32] &= 0x7F
    return recover(digest, bytes(raw) + bytes([parity]))
