"""Section 5: sealed notes of one or more parts."""

import os
from dataclasses import dataclass

from Crypto.Cipher import ChaCha20_Poly1305

from . import contents
from .errors import MalformedError
from .networks import Network, struct_hash
from .operations import Note
from .pairwise import note_key, note_tag
from .primitives import be, hmac, keccak, recover_compact, sign_compact

SEALED = 384
PART = 340


@dataclass(frozen=True)
class Part:
    """One opened part of a note."""

    counter: int
    number: int
    total: int
    content: bytes
    sealed: bytes


def seal_part(secret: bytes, counter: int, nonce: bytes, plain: bytes) -> Note:
    tag = note_tag(secret, counter)
    cipher = ChaCha20_Poly1305.new(key=note_key(secret, counter), nonce=nonce)
    cipher.update(tag)
    body, mac = cipher.encrypt_and_digest(plain)
    return Note(tag, nonce + body + mac)


def part_nonce(secret: bytes, counter: int, sealed_before: bytes) -> bytes:
    return hmac(secret, b"part", be(counter, 8), sealed_before)[:24]


def seal(secret: bytes, counter: int, content: bytes, nonce: bytes | None = None) -> list[Note]:
    """The parts of a note from `counter` on; `nonce` of part 0 is random unless given."""
    pieces = [content[i : i + PART] for i in range(0, len(content), PART)]
    if not 1 <= len(pieces) <= 15:
        raise MalformedError("a note has 1 to 15 parts")
    notes: list[Note] = []
    for p, piece in enumerate(pieces):
        plain = bytes([1, p << 4 | len(pieces)]) + be(len(piece), 2) + piece.ljust(PART, b"\x00")
        if p:
            nonce = part_nonce(secret, counter + p, notes[-1].sealed)
        notes.append(seal_part(secret, counter + p, nonce or os.urandom(24), plain))
    return notes


def open_part(secret: bytes, counter: int, sealed: bytes) -> Part:
    """One part, or MalformedError when it was not sealed for this secret and counter."""
    if len(sealed) != SEALED:
        raise MalformedError("a note has 384 bytes")
    cipher = ChaCha20_Poly1305.new(key=note_key(secret, counter), nonce=sealed[:24])
    cipher.update(note_tag(secret, counter))
    try:
        plain = cipher.decrypt_and_verify(sealed[24:-16], sealed[-16:])
    except ValueError as error:
        raise MalformedError("does not open") from error
    number, total = plain[1] >> 4, plain[1] & 15
    length = int.from_bytes(plain[2:4], "big")
    if plain[0] != 1 or number >= total or length > PART or any(plain[4 + length :]):
        raise MalformedError("a part of another form")
    return Part(counter, number, total, plain[4 : 4 + length], sealed)


def join(secret: bytes, parts: list[Part]) -> list[tuple[int, bytes, bytes]]:
    """(first counter, sealed bytes of part 0, content) of every whole note among `parts`."""
    whole = []
    for first in (part for part in parts if part.number == 0):
        chain = follow(secret, first, parts)
        if chain is not None:
            content = b"".join(part.content for part in chain)
            whole.append((first.counter, first.sealed, content))
    return sorted(whole, key=lambda note: (note[0], keccak(note[1])))


def follow(secret: bytes, first: Part, parts: list[Part]) -> list[Part] | None:
    chain = [first]
    while len(chain) < first.total:
        counter, before = first.counter + len(chain), chain[-1].sealed
        nonce = part_nonce(secret, counter, before)
        fitting = [
            part
            for part in parts
            if (part.counter, part.number, part.total) == (counter, len(chain), first.total)
            and part.sealed[:24] == nonce
        ]
        if not fitting:
            return None
        chain.append(fitting[0])
    return chain


def note_digest(network: Network, author: bytes, reader: bytes, kind: int, body: bytes) -> bytes:
    members = {"author": author, "reader": reader, "content": keccak(bytes([kind]), body)}
    return network.ledger_digest(struct_hash("Note", members))


def compose(content: dict, signature: bytes | None = None) -> bytes:
    """kind | signature flag | [signature] | CBOR."""
    kind = contents.NUMBERS[content["kind"]]
    inside = b"\x00" if signature is None else b"\x01" + signature
    return bytes([kind]) + inside + contents.encode(content)


def sign(network: Network, identity: bytes, author: bytes, reader: bytes, content: dict) -> bytes:
    kind, body = contents.NUMBERS[content["kind"]], contents.encode(content)
    return sign_compact(identity, note_digest(network, author, reader, kind, body))


def read(network: Network, joined: bytes, author, reader) -> tuple[dict, bool]:
    """(content, whether the author signed inside); `author` and `reader` are parties."""
    if len(joined) < 2 or joined[1] > 1 or (joined[1] == 1 and len(joined) < 66):
        raise MalformedError("a note without kind or flag")
    kind, signed = joined[0], joined[1] == 1
    body = joined[66:] if signed else joined[2:]
    if signed:
        digest = note_digest(network, author.id_tag, reader.id_tag, kind, body)
        if recover_compact(digest, joined[2:66]) != author.identity:
            raise MalformedError("signed by somebody else")
    return contents.decode(kind, body), signed
