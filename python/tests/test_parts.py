"""Section 7.2: the published vector, and a record in parts that is believed as long as nobody lies."""

import unittest

from medrec import parts, results
from medrec.errors import UnprovenError
from medrec.multi_proofs import multi_proof, tree_root
from medrec.primitives import to_hex
from medrec.verification import verify

from .clinic import ASKED, FIELDS, NETWORK, POINTER, Clinic, share
from .vectors import load

SECRET = bytes([0x35]) * 32
CUTS = [[["1", "a", "1.0", "x"], ["2", "b", None, "y"]], [["3", "c", "3.0", "z"]]]


class Vector(unittest.TestCase):
    def test_parts_lead_to_the_root(self):
        vector = load("7.2-parts")
        header, result = vector["header"], vector["result"]
        self.assertEqual(results.header_text(header), result["text"])
        first = result["salt"], result["text"], header
        for part in vector["parts"]:
            place = part["place"]
            parts.check_place(place, header)
            salts = [
                parts.part_salt(vector["pointerSecret"], header["pointer"], 2, place["number"], i)
                for i in range(3)
            ]
            self.assertEqual(salts, part["salts"])
            leaves = [results.leaf_hash(s, t) for s, t in zip(salts, part["columns"])]
            self.assertEqual(parts.part_hash(place, tree_root(leaves)), part["hash"])
            shown = {i: leaves[i] for i in part["shown"]}
            root = parts.root_of_part(first, place, shown, part["proof"], part["path"])
            self.assertEqual(root, result["root"])


class PartedClinic(Clinic):
    """The clinic with three rows in two parts; `number` is the part that it answers with."""

    number = 0

    def __init__(self):
        super().__init__()
        header = {**results.read_exact(self.texts[0]), "rows": 3, "parts": 2}
        self.texts[0] = results.stringify(header)
        self.columns = [
            [
                results.column_text(field["name"], field["type"], [row[i] for row in cut])
                for i, field in enumerate(FIELDS)
            ]
            for cut in CUTS
        ]
        self.part_salts = [
            [parts.part_salt(SECRET, POINTER, 1, part, i) for i in range(4)] for part in range(2)
        ]
        self.leaves = [
            [results.leaf_hash(salt, text) for salt, text in zip(salts, columns)]
            for salts, columns in zip(self.part_salts, self.columns)
        ]
        self.places = [
            {"number": 0, "from": 0, "rows": 2},
            {"number": 1, "from": 2, "rows": 1},
        ]
        hashes = [parts.part_hash(self.places[p], tree_root(self.leaves[p])) for p in range(2)]
        self.outer = [results.leaf_hash(self.salts[0], self.texts[0]), *hashes]
        self.leaf["result"] = tree_root(self.outer)
        self.make_map()

    def common(self, positions) -> dict:
        shown = {p - 1 for p in positions if p > 0}
        number = self.number
        said = super().common((0,))
        said["leaves"] += [
            {
                "position": i + 1,
                "salt": to_hex(self.part_salts[number][i]),
                "text": self.columns[number][i],
            }
            for i in sorted(shown)
        ]
        path = multi_proof(self.outer, {0, number + 1})
        return {
            **said,
            "size": 5,
            "proof": [to_hex(h) for h in multi_proof(self.leaves[number], shown)],
            "part": {**self.places[number], "path": [to_hex(h) for h in path]},
        }


class InParts(unittest.TestCase):
    def setUp(self):
        self.clinic = PartedClinic()

    def answer(self, number: int) -> dict:
        self.clinic.number = number
        return self.clinic.anchored()

    def read(self, answer: dict, *before):
        return verify(NETWORK, self.clinic.view(), share(), (*ASKED, *before), answer)

    def test_all_parts_are_one_table(self):
        first = self.read(self.answer(0))
        self.assertEqual((first.part, first.parts, first.rows), (0, 2, 2))
        whole = self.read(self.answer(1), first)
        self.assertEqual((whole.part, whole.rows), (1, 3))
        self.assertEqual(
            whole.columns,
            [("name", "text", ["a", "b", "c"]), ("value", "decimal", ["1.0", None, "3.0"])],
        )

    def test_what_is_not_the_part_that_follows(self):
        first = self.read(self.answer(0))
        lies = [self.answer(0), *(self.answer(1) for _ in range(5))]
        lies[1]["part"]["number"] = 0
        lies[2]["part"]["from"] = 1
        lies[3]["part"]["rows"] = 2
        lies[4]["part"]["path"] = self.answer(0)["part"]["path"]
        del lies[5]["part"]
        for lie in lies:
            with self.assertRaises(UnprovenError):
                self.read(lie, first)
        with self.assertRaises(UnprovenError):
            self.read(self.answer(1))


if __name__ == "__main__":
    unittest.main()
