"""Section 8.4: the published vector, and a period's entries that are believed as long as nothing is altered."""

import json
import unittest

from medrec.access_logs import (
    NOTHING,
    Tree,
    check_entries,
    content_hash,
    log_root,
    next_head,
    signer_of,
)
from medrec.errors import MalformedError, UnprovenError
from medrec.keys import Keys
from medrec.multi_proofs import tree_root
from medrec.primitives import to_hex

from .vectors import load, network

NETWORK = network()


class Vector(unittest.TestCase):
    def test_heads_trees_and_signature(self):
        vector = load("8.4-access-logs")
        heads, last = [], {}
        for text, chain in zip(vector["texts"], vector["chains"]):
            heads.append(next_head(last.get(chain, NOTHING), text))
            if chain is not None:
                last[chain] = heads[-1]
        self.assertEqual(heads, vector["heads"])
        start, end = vector["start"], vector["end"]
        tree = Tree(start["size"], start["tree"])
        self.assertEqual(tree.root(), start["root"])
        self.assertEqual(tree_root(heads[:3]), start["root"])
        tree.grow(heads[3])
        self.assertEqual(tree.root(), end["root"])
        self.assertEqual(log_root(end["blinding"], end["root"]), end["logRoot"])
        self.assertEqual(content_hash(vector["lines"]), vector["content"])
        key = Keys(vector["entropy"], NETWORK.network_id).anchor().address
        found = signer_of(NETWORK, vector["institution"], vector["lines"], vector["signature"])
        self.assertEqual(found, key)


def anchor(heads: list[bytes], blinding: bytes) -> dict:
    root = log_root(blinding, tree_root(heads))
    return {"size": len(heads), "blinding": blinding, "logRoot": root}


class Period(unittest.TestCase):
    """Two relationships and what staff did; the first three entries are older than the period."""

    def setUp(self):
        chains = [0, 1, 0, 1, 0, None, 0, 1]
        self.entries = [json.dumps({"time": i, "kind": "read"}) for i in range(len(chains))]
        heads, last = [], {0: NOTHING, 1: NOTHING}
        self.lines, names = [], {}
        for number, (chain, entry) in enumerate(zip(chains, self.entries)):
            before = NOTHING if chain is None else last[chain]
            heads.append(next_head(before, entry))
            line = {"number": number, "head": to_hex(heads[-1]), "entry": entry}
            if chain is not None:
                last[chain] = heads[-1]
                if number >= 3:
                    line |= {} if chain in names else {"before": to_hex(before)}
                    line["chain"] = names.setdefault(chain, len(names))
            if number >= 3:
                self.lines.append(json.dumps(line) + "\n")
        first = [tree_root(heads[:2]), heads[2]]
        self.start = {**anchor(heads[:3], bytes(16)), "tree": first}
        self.end = anchor(heads, bytes([1]) * 16)

    def check(self, lines: list[str]) -> list[str]:
        return check_entries(lines, self.start, self.end)

    def altered(self, place: int, **members) -> list[str]:
        line = json.loads(self.lines[place]) | members
        kept = {name: value for name, value in line.items() if value is not None}
        return [*self.lines[:place], json.dumps(kept) + "\n", *self.lines[place + 1 :]]

    def test_is_believed_as_it_was_written(self):
        self.assertEqual(self.check(self.lines), self.entries[3:])

    def test_a_log_is_believed_from_its_beginning(self):
        vector = load("8.4-access-logs")
        text, head = vector["texts"][0], vector["heads"][0]
        line = {"number": 0, "head": to_hex(head), "chain": 0, "before": to_hex(NOTHING)}
        lines = [json.dumps({**line, "entry": text}) + "\n"]
        begin = {"size": 0, "tree": []}
        self.assertEqual(check_entries(lines, begin, anchor([head], bytes(16))), [text])

    def test_no_line_can_be_left_out_doubled_or_moved(self):
        for place in range(len(self.lines)):
            with self.subTest(place=place):
                rest = self.lines[:place] + self.lines[place + 1 :]
                for lines in (rest, [*rest, self.lines[place]], [self.lines[place], *self.lines]):
                    if lines != self.lines:
                        self.assertRaises(UnprovenError, self.check, lines)

    def test_no_member_can_be_altered(self):
        nothing = to_hex(NOTHING)
        cases = [
            (0, {"entry": self.entries[3].replace("3", "4")}),
            (0, {"before": nothing}),
            (0, {"head": nothing}),
            (1, {"chain": 0, "before": None}),
            (1, {"chain": 2}),
            (2, {"chain": 0}),
            (3, {"chain": 0}),
            (3, {"before": nothing}),
            (4, {"number": 8}),
        ]
        for place, members in cases:
            with self.subTest(place=place, members=members):
                self.assertRaises(UnprovenError, self.check, self.altered(place, **members))
        for members in ({"chain": True}, {"entry": None}, {"head": "0x00"}):
            self.assertRaises(MalformedError, self.check, self.altered(4, **members))
        self.assertRaises(MalformedError, self.check, [self.lines[0][:-1], *self.lines[1:]])

    def test_a_first_entry_cannot_be_told_as_one_about_nobody(self):
        entries = [json.dumps({"time": i, "kind": "read"}) for i in range(2)]
        heads = [next_head(NOTHING, entries[0])]
        heads.append(next_head(heads[0], entries[1]))
        lines = [
            {"number": 0, "head": to_hex(heads[0]), "entry": entries[0]},
            {"number": 1, "head": to_hex(heads[1]), "entry": entries[1], "chain": 0},
        ]
        lines[1]["before"] = to_hex(heads[0])
        written = [json.dumps(line) + "\n" for line in lines]
        end = anchor(heads, bytes(16))
        self.assertRaises(UnprovenError, check_entries, written, {"size": 0, "tree": []}, end)

    def test_a_time_has_a_date(self):
        for time in (-1, 253_402_300_800, "1", None, 1.5):
            entry = json.dumps({"time": time})
            self.assertRaises(MalformedError, self.check, self.altered(0, entry=entry))

    def test_no_anchor_can_be_altered(self):
        for start, end in (
            ({"logRoot": NOTHING}, {}),
            ({"tree": self.start["tree"][:1]}, {}),
            ({"tree": [*reversed(self.start["tree"])]}, {}),
            ({}, {"logRoot": NOTHING}),
            ({}, {"size": 7}),
            ({}, {"blinding": bytes(16)}),
        ):
            with self.subTest(start=start, end=end):
                both = {**self.start, **start}, {**self.end, **end}
                self.assertRaises(UnprovenError, check_entries, self.lines, *both)
