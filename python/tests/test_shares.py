"""Which shares count: what the chain says of a grant, a relationship and a consent."""

import unittest
from dataclasses import replace

from medrec import cbor, contents, notes
from medrec.errors import MalformedError, UsageError
from medrec.inbox import Letter
from medrec.keys import entropy_of
from medrec.operations import GrantSlot, RelationshipSlot
from medrec.pairwise import Party, scope_salt
from medrec.scopes import consent_commitment
from medrec.shares import end_of, shares_in

from .clinic import (
    GRANT,
    NOW,
    RELATIONSHIP,
    SLOT,
    STEWARD,
    SUBJECT,
    VIEWER,
    Clinic,
    commitment,
    share,
)
from .vectors import load

SECRET = bytes([5]) * 32
SALT = scope_salt(SECRET, RELATIONSHIP, GRANT)


class Told(unittest.TestCase):
    """Anybody registered can write notes: only what the slot holds is a share."""

    def letter(self, author: bytes, **changes) -> Letter:
        told = share(salt=SALT).scope
        members = ("steward", "relationship", "index", "epoch", "purposes", "notBefore", "entries")
        content = {
            **{name: told[name] for name in members},
            "kind": "share",
            "grant": GRANT,
            "signature": bytes(64),
            **changes,
        }
        return Letter(Party(author, bytes(20), 1, b"", b""), SECRET, 0, content)

    def told(self, *letters: Letter) -> list:
        held = GrantSlot(NOW + 60, 0, share(salt=SALT).hash[:26])
        me = Party(VIEWER, bytes(20), 1, b"", b"")
        return shares_in(list(letters), me, Clinic().view(grant=held))

    def test_what_the_slot_holds(self):
        genuine, forged = self.letter(SUBJECT), self.letter(bytes(32))
        wider = self.letter(SUBJECT, purposes=0xFF)
        for letters in ([genuine], [forged, wider, genuine], [genuine, genuine, forged]):
            (found,) = self.told(*letters)
            self.assertEqual((found.scope["subject"], found.scope["purposes"]), (SUBJECT, 0b10))
        self.assertEqual(self.told(forged, wider), [])

    def test_a_consent_by_somebody_else_is_none(self):
        content = {"kind": "consent", "grant": GRANT, "slot": SLOT, "signature": bytes(64)}
        for author, consent in ((STEWARD, content), (bytes(32), None)):
            letter = Letter(Party(author, bytes(20), 1, b"", b""), SECRET, 0, content)
            (found,) = self.told(self.letter(SUBJECT), letter)
            self.assertEqual(found.consent, consent)


class Ends(unittest.TestCase):
    def end(self, given=None, **slots):
        return end_of(given or share(), Clinic().view(**slots))

    def test_it_counts(self):
        self.assertIsNone(self.end())
        # A steward that closes a relationship ends no grant.
        self.assertIsNone(self.end(relationship=RelationshipSlot(5, 0, NOW)))

    def test_slots_of_the_grant(self):
        for slot, reason in [
            (None, "it is not on the chain"),
            (GrantSlot(NOW + 60, 65535, commitment()), "it was revoked"),
            (GrantSlot(NOW + 60, 0, bytes(26)), "the chain holds another scope for it"),
            (GrantSlot(NOW, 0, commitment()), "it has expired"),
        ]:
            with self.subTest(reason=reason):
                self.assertEqual(self.end(grant=slot), reason)

    def test_slots_of_the_relationship(self):
        for status in (0, 1, 3, 4):
            self.assertIn(
                "its relationship is", self.end(relationship=RelationshipSlot(status, 0, NOW))
            )
        stopped = self.end(relationship=RelationshipSlot(2, 1, NOW))
        self.assertEqual(stopped, "all shares of its relationship were stopped")

    def test_before_it_begins(self):
        late = share(notBefore=NOW + 1)
        slot = GrantSlot(NOW + 60, 0, late.hash[:26])
        self.assertEqual(self.end(late, grant=slot), "it has not begun yet")

    def test_a_consent_that_ended(self):
        consented = replace(share(), consent={"slot": SLOT, "signature": bytes(64)})
        view = Clinic().view()
        missing = end_of(replace(share(), is_dual=True), view)
        self.assertEqual(missing, "the institution has not consented to it")
        self.assertIn("consent: it is not on the chain", end_of(consented, view))
        held = consent_commitment(consented.hash, SLOT)
        view.ledger.grants[SLOT] = GrantSlot(NOW + 1, 0, held)
        self.assertIsNone(end_of(consented, view))
        view.ledger.grants[SLOT] = GrantSlot(NOW + 1, 65535, held)
        self.assertIn("consent: it was revoked", end_of(consented, view))


class Malformed(unittest.TestCase):
    def test_content_that_must_be_ignored(self):
        relationship = bytes(32)
        good = cbor.encode({0: relationship, 1: 3})
        self.assertEqual(contents.decode(3, good)["status"], 3)
        for kind, body in [
            (11, good),
            (3, cbor.encode({0: relationship})),
            (3, cbor.encode({0: relationship, 1: 256})),
            (3, cbor.encode({0: relationship[1:], 1: 3})),
            (3, cbor.encode({0: relationship, 1: True})),
            (3, good + b"\x00"),
            (3, b"\xa2\x01\x03\x00\x58\x20" + relationship),  # keys not in order
            (3, b"\xa2\x00\x58\x20" + relationship + b"\x01\x18\x03"),  # number too long
            (3, b"\xbf\x00\x58\x20" + relationship + b"\x01\x03\xff"),  # of no fixed length
            (3, b""),
        ]:
            with self.subTest(kind=kind, body=body.hex()[:20]), self.assertRaises(MalformedError):
                contents.decode(kind, body)

    def test_entries_that_are_not_sorted_or_have_another_mask(self):
        entry = [b"", 5, 7, 1, b"\x03"]
        contents.read_entries([entry])
        for entries in [
            [entry, entry],
            [[bytes(15) + b"\x01", 5, 7, 1, b"\x03"], entry],
            [[b"", 5, 7, 1, b"\x00\x03"]],
            [[b"", 5, 7, 1, b""]],
            [[bytes(16), 5, 7, 1, b"\x03"]],
            [[b"", 5, 7, 1]],
        ]:
            with self.subTest(entries=entries), self.assertRaises(MalformedError):
                contents.read_entries(entries)

    def test_parts_of_another_note_are_never_mixed_in(self):
        secret = load("5-notes")["direction"]
        first, second = (
            notes.seal(secret, 8, bytes([3, 0]) + bytes([n]) * 500, bytes([n]) * 24) for n in (1, 2)
        )
        parts = [
            notes.open_part(secret, 8 + i, note.sealed)
            for pair in (first, second)
            for i, note in enumerate(pair)
        ]
        whole = {content[2] for _, _, content in notes.join(secret, parts)}
        self.assertEqual(whole, {1, 2})
        mixed = [parts[0], parts[3]]
        self.assertEqual(notes.join(secret, mixed), [])
        with self.assertRaises(MalformedError):
            notes.open_part(secret, 9, first[0].sealed)


class Words(unittest.TestCase):
    def test_what_is_wrong_with_words_is_told_without_them(self):
        good = "abandon amount liar amount expire adjust cage candy arch gather drum buyer"
        self.assertEqual(entropy_of(f"  {good.upper()}\n"), bytes(range(16)))
        for words, reason in [
            (good.rsplit(" ", 1)[0], "11 were given"),
            (good.replace("liar", "lyar"), "Word 3 is not in the list"),
            (good.replace("buyer", "zoo"), "check sum"),
        ]:
            with self.assertRaises(UsageError) as caught:
                entropy_of(words)
            self.assertIn(reason, caught.exception.message)


if __name__ == "__main__":
    unittest.main()
