"""What subjects shared with one viewer, and where each share stands on the chain."""

from dataclasses import dataclass

from .chain import ChainView
from .inbox import Letter
from .operations import STATUSES, GrantSlot
from .pairwise import Party, scope_salt
from .primitives import to_hex
from .scopes import EVERY_POINTER, PURPOSES, consent_commitment, grant_commitment, scope_hash

DUAL_CONSENT = 1
SERVED = (2, 5)  # accepted, and closed by the steward, which ends no grant


@dataclass(frozen=True)
class Share:
    """A share as its note tells it, with its scope's hash checked against the grant's slot."""

    subject: Party
    scope: dict
    hash: bytes
    grant: bytes
    signature: bytes
    is_dual: bool
    consent: dict | None

    def body(self) -> dict:
        """`share` of a request (section 8)."""
        shown = {
            "grant": to_hex(self.grant),
            "signature": to_hex(self.signature),
            "scope": scope_body(self.scope),
        }
        if self.consent is not None:
            shown["consent"] = {name: to_hex(self.consent[name]) for name in ("slot", "signature")}
        return shown

    def mask(self, pointer: bytes, category: int, schema: int) -> int:
        """Bits of the fields that this share allows of one pointer, from all its entries."""
        mask = 0
        for entry in self.scope["entries"]:
            named = entry["pointer"] in (pointer, EVERY_POINTER)
            if named and (entry["category"], entry["schema"]) == (category, schema):
                mask |= entry["mask"]
        return mask


def scope_body(scope: dict) -> dict:
    """A scope as JSON: bytes and masks in hex."""
    shown = {k: to_hex(v) if isinstance(v, bytes) else v for k, v in scope.items()}
    shown["entries"] = [
        {**entry, "pointer": to_hex(entry["pointer"]), "mask": hex(entry["mask"])}
        for entry in scope["entries"]
    ]
    return shown


def shares_in(letters: list[Letter], me: Party, view: ChainView) -> list[Share]:
    """Shares told to `me` whose scope the grant's slot holds; the first note of a grant counts."""
    consents = {
        letter.content["grant"]: (letter.author.id_tag, letter.content)
        for letter in letters
        if letter.content["kind"] == "consent"
    }
    found: dict[bytes, Share] = {}
    for letter in letters:
        if letter.content["kind"] == "share":
            share = share_of(letter, me, consents)
            slot = view.ledger.grants.get(share.grant)
            if slot is not None and slot.commitment == grant_commitment(share.hash):
                found.setdefault(share.grant, share)
    return list(found.values())


def share_of(letter: Letter, me: Party, consents: dict) -> Share:
    told = letter.content
    scope = {
        "subject": letter.author.id_tag,
        "steward": told["steward"],
        "viewer": me.id_tag,
        "relationship": told["relationship"],
        "epoch": told["epoch"],
        "index": told["index"],
        "purposes": told["purposes"],
        "notBefore": told["notBefore"],
        "salt": scope_salt(letter.secret, told["relationship"], told["grant"]),
        "entries": told["entries"],
    }
    consenter, consent = consents.get(told["grant"], (None, None))
    if consenter != told["steward"]:
        consent = None
    return Share(
        letter.author,
        scope,
        scope_hash(scope),
        told["grant"],
        told["signature"],
        told.get("policy") == DUAL_CONSENT,
        consent,
    )


def end_of(share: Share, view: ChainView) -> str | None:
    """Why the chain says that this share does not count now; None when it counts."""
    slot = view.ledger.grants.get(share.grant)
    relationship = view.ledger.relationships.get(share.scope["relationship"])
    reason = end_of_slot(slot, grant_commitment(share.hash), view.time)
    if reason is not None:
        return reason
    if relationship is None or relationship.status not in SERVED:
        status = STATUSES.get(relationship.status if relationship else 0, "unknown")
        return f"its relationship is {status}"
    if relationship.epoch != share.scope["epoch"]:
        return "all shares of its relationship were stopped"
    if view.time < share.scope["notBefore"]:
        return "it has not begun yet"
    if share.consent is None:
        return "the institution has not consented to it" if share.is_dual else None
    return end_of_consent(share, share.consent, view)


def end_of_consent(share: Share, told: dict, view: ChainView) -> str | None:
    commitment = consent_commitment(share.hash, told["slot"])
    ended = end_of_slot(view.ledger.grants.get(told["slot"]), commitment, view.time)
    return None if ended is None else f"the institution's consent: {ended}"


def end_of_slot(slot: GrantSlot | None, commitment: bytes, time: int) -> str | None:
    if slot is None:
        return "it is not on the chain"
    if slot.revoked:
        return "it was revoked"
    if slot.commitment != commitment:
        return "the chain holds another scope for it"
    return "it has expired" if slot.expires_at <= time else None


def purposes_of(share: Share) -> list[int]:
    return [bit for bit in range(len(PURPOSES)) if share.scope["purposes"] >> bit & 1]
