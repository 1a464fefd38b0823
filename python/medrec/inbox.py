"""Finds and opens the notes addressed to one participant (sections 2.3 and 5)."""

from dataclasses import dataclass

from . import notes
from .chain import ChainView
from .errors import MalformedError
from .keys import Keys
from .networks import Network
from .pairwise import LOOK_AHEAD, Party, note_tag, pair

# Other signatures stand for these: the operation's, or the subject's controller's.
PROVEN_OTHERWISE = ("proposal", "share", "shareCopy")


@dataclass(frozen=True)
class Letter:
    """One whole note that was opened."""

    author: Party
    secret: bytes
    counter: int
    content: dict


def opened_parts(view: ChainView, secret: bytes) -> list[notes.Part]:
    """Every part under this secret's tags, looking 32 past the last counter seen."""
    parts, counter, last = [], 0, -1
    while counter <= last + LOOK_AHEAD:
        for sealed in view.ledger.notes.get(note_tag(secret, counter), ()):
            last = counter
            try:
                parts.append(notes.open_part(secret, counter, sealed))
            except MalformedError:
                continue
        counter += 1
    return parts


def letters(view: ChainView, network: Network, keys: Keys, me: Party) -> list[Letter]:
    """All notes to `me`, in the order of each author."""
    found = []
    for author in view.registrar.versions():
        if author.id_tag == me.id_tag:
            continue
        try:
            secret = pair(network.network_id, author, me, keys.view, author)
        except MalformedError:
            continue
        for counter, _, joined in notes.join(secret, opened_parts(view, secret)):
            try:
                content, signed = notes.read(network, joined, author, me)
            except MalformedError:
                continue
            if not signed and content["kind"] not in PROVEN_OTHERWISE:
                continue
            found.append(Letter(author, secret, counter, content))
    return found
