"""An answer is believed only when every step of its proof holds."""

import time
import unittest

from medrec.errors import UnprovenError
from medrec.keys import Keys
from medrec.ledger import Anchor
from medrec.multi_proofs import multi_proof
from medrec.primitives import to_hex
from medrec.verification import AheadError, verify, verify_index

from .clinic import ASKED, KEYS, NETWORK, POINTER, Clinic, share

OTHER = to_hex(bytes([0xAB]) * 32)


def anchor(counter: int, at: int, block: int) -> Anchor:
    return Anchor(bytes([counter]) * 32, bytes(32), counter, at, block)


class Believed(unittest.TestCase):
    def test_anchored_rows_of_the_asked_fields(self):
        clinic = Clinic()
        table = verify(NETWORK, clinic.view(), share(), ASKED, clinic.anchored())
        self.assertEqual(
            table.columns,
            [("name", "text", ["Kalium", "Natrium"]), ("value", "decimal", ["4.1", None])],
        )
        self.assertEqual((table.rows, table.resource, table.version), (2, "labs", 1))
        self.assertEqual((table.proof.counter, table.proof.block), (7, 30))

    def test_a_promise_that_is_not_due_yet(self):
        clinic = Clinic()
        answer = clinic.pending(int(time.time()))
        self.assertFalse(verify(NETWORK, clinic.view(), share(), ASKED, answer).proof.anchored)

    def test_an_anchor_for_60_seconds_after_its_successor(self):
        clinic = Clinic()
        fresh = clinic.view(anchor(8, int(time.time()) - 30, 31))
        verify(NETWORK, fresh, share(), ASKED, clinic.anchored())
        for view in (
            clinic.view(anchor(8, int(time.time()) - 90, 31)),
            clinic.view(anchor(8, int(time.time()) - 90, 39)),
        ):
            with self.assertRaisesRegex(UnprovenError, "counts no more"):
                verify(NETWORK, view, share(), ASKED, clinic.anchored())
        with self.assertRaises(AheadError):
            verify(NETWORK, clinic.view(), share(), ASKED, clinic.anchored(counter=8))


class Indexes(unittest.TestCase):
    def verify(self, answer: dict):
        return verify_index(NETWORK, Clinic().view(), share(), answer)

    def test_a_pointer_that_stands_in_the_index(self):
        (told,) = self.verify(Clinic().index())
        self.assertEqual(told["pointer"], to_hex(POINTER))
        self.assertEqual(self.verify({**Clinic().index(), "pointers": []}), [])

    def test_another_name_place_or_hash_anywhere(self):
        changes = [
            lambda a: a.update(subject=OTHER),
            lambda a: a.update(steward=OTHER),
            lambda a: a.update(relationship=OTHER),
            lambda a: a.update(size=3),
            lambda a: a.update(entries=OTHER),
            lambda a: a.update(hidden=OTHER),
            lambda a: a.update(previous=OTHER),
            lambda a: a["pointers"][0].update(key=OTHER),
            lambda a: a["pointers"][0].update(category=4),
            lambda a: a["pointers"].append(dict(a["pointers"][0])),
            lambda a: a["shown"].update(positions=[1]),
            lambda a: a["shown"]["proof"].pop(),
            lambda a: a.pop("shown"),
            lambda a: a["anchored"].update(counter=6),
            lambda a: a["anchored"]["indexPath"].pop(),
            lambda a: a.pop("anchored"),
        ]
        for place, change in enumerate(changes):
            with self.subTest(change=place), self.assertRaises(UnprovenError):
                answer = Clinic().index()
                change(answer)
                self.verify(answer)


class Disbelieved(unittest.TestCase):
    def setUp(self):
        self.clinic = Clinic()

    def refuse(self, answer: dict, asked=ASKED, clinic=None):
        with self.assertRaises(UnprovenError):
            verify(NETWORK, (clinic or self.clinic).view(), share(), asked, answer)

    def test_another_name_value_or_hash_anywhere(self):
        changes = [
            lambda a: a.update(subject=OTHER),
            lambda a: a.update(steward=OTHER),
            lambda a: a.update(relationship=OTHER),
            lambda a: a.update(pointer=to_hex(bytes(16))),
            lambda a: a.update(key=OTHER),
            lambda a: a.update(size=6),
            lambda a: a.update(header=a["header"].replace('"rows":2', '"rows":3')),
            lambda a: a["leaves"][1].update(text='["name","text",["Kalium","Natrum"]]'),
            lambda a: a["leaves"][1].update(text='["name", "text",["Kalium","Natrium"]]'),
            lambda a: a["leaves"][2].update(salt=to_hex(bytes(16))),
            lambda a: a["leaves"].append(dict(a["leaves"][1])),
            lambda a: a["leaves"].pop(0),
            lambda a: a["proof"].append(OTHER),
            lambda a: a["proof"].pop(),
            lambda a: a["leaf"].update(time=1),
            lambda a: a["leaf"].update(origin=2),
            lambda a: a["leaf"].update(result=OTHER),
            lambda a: a["leaf"].update(version=2),
            lambda a: a.update(later=[a["leaf"]]),
            lambda a: a["index"].update(hidden=OTHER),
            lambda a: a["index"].update(position=1),
            lambda a: a["index"].update(size=3),
            lambda a: a["index"]["entries"].pop(),
            lambda a: a["anchored"].update(counter=6),
            lambda a: a["anchored"]["path"].append(OTHER),
            lambda a: a["anchored"]["indexPath"].pop(),
            lambda a: a.pop("anchored"),
            lambda a: a.update(pending={"time": 0, "delay": 0, "signature": "0x"}),
            lambda a: a["catalogue"].update(version=2),
            lambda a: a["catalogue"].update(label="Visits"),
            lambda a: a["catalogue"]["fields"][3].update(label="Note"),
            lambda a: a["catalogue"]["fields"][1].update(bit=2),
            lambda a: (
                a["catalogue"]["fields"].reverse() or a["catalogue"]["fields"][0].update(bit=0)
            ),
        ]
        for place, change in enumerate(changes):
            with self.subTest(change=place):
                answer = self.clinic.anchored()
                change(answer)
                self.refuse(answer)

    def test_a_field_that_was_not_shared(self):
        self.refuse(
            self.clinic.anchored((0, 2, 3, 4)), asked=(POINTER, ["name", "value", "comment"])
        )

    def test_a_field_that_was_not_asked_and_one_that_is_missing(self):
        self.refuse(self.clinic.anchored((0, 2, 3)), asked=(POINTER, ["name"]))
        self.refuse(self.clinic.anchored((0, 2)), asked=ASKED)

    def test_what_an_institution_committed_to_in_another_form(self):
        def header(old: str, new: str):
            return lambda texts: [texts[0].replace(old, new), *texts[1:]]

        for place, rewrite in enumerate(
            [
                header('"version":1', '"version":2'),
                header('"category":5', '"category":4'),
                header('"origin":1', '"origin":3'),
                header('"pointer":"0x00', '"pointer":"0x01'),
                header('"rows":2,"fields":4', '"fields":4,"rows":2'),
                header('"origin":1,"reason":null', '"reason":null,"origin":1'),
                header('"reason":null', '"reason":null,"more":1'),
                lambda texts: [t.replace('"Kalium",', "") for t in texts],
                lambda texts: [t.replace('"4.1"', '"4,1"') for t in texts],
                lambda texts: [t.replace('"4.1"', "4.1") for t in texts],
                lambda texts: [t.replace('"4.1"', '"-0.0"') for t in texts],
            ]
        ):
            with self.subTest(place=place):
                clinic = Clinic(rewrite)
                self.refuse(clinic.anchored(), clinic=clinic)

    def test_a_header_that_is_not_the_proven_one(self):
        answer = self.clinic.anchored()
        answer["header"] = answer["header"].replace("null", '"corrected"')
        self.refuse(answer)
        answer = self.clinic.anchored((2, 3))
        self.refuse(answer)

    def test_an_anchor_and_a_promise_at_once(self):
        pending = self.clinic.pending(int(time.time()))["pending"]
        self.refuse({**self.clinic.anchored(), "pending": pending})

    def test_rows_of_another_tree(self):
        answer = self.clinic.anchored()
        foreign = Clinic()
        foreign.hashes[1] = bytes(32)
        answer["proof"] = [to_hex(h) for h in multi_proof(foreign.hashes, {0, 2, 3})]
        self.refuse(answer)

    def test_a_promise_that_was_broken_or_is_somebody_elses(self):
        now = int(time.time())
        self.refuse(self.clinic.pending(now - 301))
        self.refuse(self.clinic.pending(now, signer=Keys(bytes(16), KEYS.network_id)))

    def test_a_promise_of_the_future_or_without_an_end(self):
        now = int(time.time())
        self.refuse(self.clinic.pending(now + 90))
        self.refuse(self.clinic.pending(now, delay=86_401))


if __name__ == "__main__":
    unittest.main()
