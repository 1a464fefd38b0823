"""The vectors of messages: operations, notes, the pointer map, results, requests."""

import unittest

from medrec import contents, notes, pointer_map, requests, results, stream
from medrec.errors import MalformedError
from medrec.keys import Keys
from medrec.multi_proofs import (
    inclusion_path,
    multi_proof,
    root_from_path,
    root_from_proof,
    tree_root,
)
from medrec.operations import (
    STATUSES,
    Note,
    notes_record,
    open_grant,
    open_relationship,
    record,
    tags_record,
)
from medrec.pairwise import Party
from medrec.primitives import be, recover_compact, sha256, sign_compact, x25519_public

from .vectors import load, network, participant, raw

NETWORK = network()


class Operations(unittest.TestCase):
    def test_records_with_and_without_a_note(self):
        vector = load("4-operations")
        signer = vector["signer"]["privateKey"]
        carried = [Note(note["tag"], note["sealed"]) for note in vector["notes"]]
        self.assertEqual(len(vector["operations"]), 11)
        for case in vector["operations"]:
            with self.subTest(kind=case["operation"]["kind"]):
                self.assertEqual(record(NETWORK, case["operation"], signer), case["record"])
                found = record(NETWORK, case["operation"], signer, carried)
                self.assertEqual(found, case["recordWithNote"])

    def test_records_without_signature(self):
        vector = load("4-operations")
        note = Note(vector["notes"][0]["tag"], vector["notes"][0]["sealed"])
        self.assertEqual(notes_record([note, note]), vector["notesRecord"])
        tags = vector["tagsRecord"][3:]
        self.assertEqual(tags_record([tags[:8], tags[8:]]), vector["tagsRecord"])

    def test_slots(self):
        slots = raw("4-operations")["slots"]
        word, opened = slots["relationship"]["word"], slots["relationship"]["opened"]
        found = open_relationship(bytes.fromhex(word[2:].zfill(64)))
        self.assertEqual(
            (STATUSES[found.status], found.epoch, found.changed_at),
            (opened["status"], opened["epoch"], opened["changedAt"]),
        )
        word, opened = slots["grant"]["word"], slots["grant"]["opened"]
        found = open_grant(bytes.fromhex(word[2:].zfill(64)))
        self.assertEqual(
            (found.expires_at, found.sequence, found.revoked, found.commitment.hex()),
            tuple(opened[name] for name in ("expiresAt", "sequence", "revoked", "commitment")),
        )


class Stream(unittest.TestCase):
    def test_running_head(self):
        word = stream.START
        for event in load("4.1-stream")["events"]:
            self.assertEqual(stream.item_of(event["packed"]), event["item"])
            word = stream.advance(word, event["item"])
            self.assertEqual(word, event["stream"])


class Notes(unittest.TestCase):
    def content(self, value: dict) -> dict:
        entries = value.get("entries")
        if entries is None:
            return value
        return {**value, "entries": [{**entry, "mask": int(entry["mask"])} for entry in entries]}

    def test_every_kind_of_content(self):
        vector = load("5-notes")
        self.assertEqual({case["kind"] for case in vector["contents"]}, set(range(1, 16)))
        for case in vector["contents"]:
            content = self.content(case["content"])
            with self.subTest(kind=content["kind"]):
                self.assertEqual(contents.NUMBERS[content["kind"]], case["kind"])
                self.assertEqual(contents.encode(content), case["body"])
                read = contents.decode(case["kind"], case["body"])
                self.assertEqual(read, {name: content[name] for name in read})
                self.assertEqual(contents.encode(read), case["body"])

    def test_sealed_parts(self):
        vector = load("5-notes")
        secret, author = vector["direction"], Keys(participant(0), NETWORK.network_id)
        author_party = Party(vector["author"], author.identity.address, 1, b"", b"")
        reader_party = Party(vector["reader"], bytes(20), 1, b"", b"")
        for case in vector["sealed"]:
            signature = None
            if case["signed"]:
                signature = notes.sign(
                    NETWORK,
                    author.identity.private,
                    vector["author"],
                    vector["reader"],
                    case["content"],
                )
            composed = notes.compose(case["content"], signature)
            parts = case["parts"]
            sealed = notes.seal(secret, parts[0]["counter"], composed, parts[0]["nonce"])
            self.assertEqual(
                [(note.tag, note.sealed) for note in sealed],
                [(part["tag"], part["sealed"]) for part in parts],
            )
            opened = [notes.open_part(secret, p["counter"], p["sealed"]) for p in parts]
            ((counter, _, joined),) = notes.join(secret, opened[::-1])
            self.assertEqual(counter, parts[0]["counter"])
            read = notes.read(NETWORK, joined, author_party, reader_party)
            self.assertEqual(read, (case["read"], case["signed"]))


class PointerMap(unittest.TestCase):
    def setUp(self):
        self.vector = load("6-pointer-map")

    def test_leaves_index_and_paths(self):
        vector, salt = self.vector, self.vector["termsSalt"]
        hashes, entries = {}, []
        for case in vector["leaves"]:
            leaf = case["leaf"]
            key = pointer_map.map_key(salt, leaf["relationship"], leaf["pointer"])
            self.assertEqual(key, case["key"])
            hashes[key] = pointer_map.leaf_hash(key, leaf)
            self.assertEqual(hashes[key], case["hash"])
            entries.append(
                pointer_map.entry_hash(leaf["pointer"], leaf["category"], leaf["schema"], key)
            )
        index = vector["index"]
        self.assertEqual(entries, index["entryHashes"])
        self.assertEqual(tree_root(entries), index["leaf"]["entries"])
        opened = index["opened"]
        hidden = pointer_map.hidden_hash(
            salt, opened["updates"], opened["logHead"], opened["logLength"]
        )
        self.assertEqual(hidden, index["leaf"]["hidden"])
        key = pointer_map.map_key(salt, index["leaf"]["relationship"], pointer_map.INDEX)
        self.assertEqual(key, index["key"])
        hashes[key] = pointer_map.index_hash(key, index["leaf"])
        self.assertEqual(hashes[key], index["hash"])
        self.assertEqual(pointer_map.map_root(hashes), vector["root"])
        self.assertEqual(pointer_map.map_root({}), vector["emptyRoot"])
        for case in [*vector["leaves"], index]:
            path = pointer_map.map_path(hashes, case["key"])
            self.assertEqual(path, case["path"])
            root = pointer_map.root_from_path(case["key"], case["hash"], case["path"])
            self.assertEqual(root, vector["root"])

    def test_pending_leaf(self):
        pending = self.vector["pending"]
        institution = Keys(participant(0), NETWORK.network_id)
        digest = pointer_map.pending_digest(NETWORK, pending)
        signer = recover_compact(digest, pending["signature"])
        self.assertEqual(signer, institution.anchor().address)
        self.assertEqual(sign_compact(institution.anchor().private, digest), pending["signature"])


class Results(unittest.TestCase):
    def test_rows_header_salts_and_tree(self):
        vector = load("7-results")
        rows = results.sort_rows(vector["unsorted"], vector["keyColumns"])
        self.assertEqual(rows, vector["rows"])
        self.assertEqual(results.header_text(vector["header"]), vector["headerText"])
        self.assertEqual(results.labels_hash(vector["list"]), vector["header"]["labels"])
        texts = [vector["headerText"]]
        for place, field in enumerate(vector["fields"]):
            values = [row[place] for row in rows]
            for value in values:
                results.check_value(field["type"], value)
            texts.append(results.column_text(field["name"], field["type"], values))
        self.assertEqual(texts, vector["tree"]["texts"])
        header = vector["header"]
        salts = [
            results.leaf_salt(vector["pointerSecret"], header["pointer"], header["version"], i)
            for i in range(len(texts))
        ]
        self.assertEqual(salts, vector["salts"])
        self.assertEqual(salts, vector["tree"]["salts"])
        leaves = [results.leaf_hash(salt, text) for salt, text in zip(salts, texts)]
        self.assertEqual(leaves, vector["tree"]["leaves"])
        self.assertEqual(tree_root(leaves), vector["tree"]["root"])
        self.assertEqual(results.column_text("code", "text", ["a", None]), vector["column"])
        leaf = vector["leaf"]
        self.assertEqual(results.leaf_hash(leaf["salt"], leaf["text"]), leaf["hash"])


class MultiProofs(unittest.TestCase):
    def test_every_case_both_ways(self):
        for case in load("7.1-multi-proofs")["cases"]:
            with self.subTest(size=case["size"], positions=case["positions"]):
                leaves = [sha256(b"\x00", be(i, 4)) for i in range(case["size"])]
                positions = case["positions"]
                self.assertEqual(tree_root(leaves), case["root"])
                self.assertEqual(multi_proof(leaves, set(positions)), case["proof"])
                shown = {p: leaves[p] for p in positions}
                found = root_from_proof(shown, case["size"], case["proof"])
                self.assertEqual(found, case["root"])
                paths = [inclusion_path(leaves, p) for p in positions]
                self.assertEqual(paths, case["inclusion"])
                for p, path in zip(positions, paths):
                    root = root_from_path(leaves[p], p, case["size"], path)
                    self.assertEqual(root, case["root"])

    def test_left_over_missing_and_outside(self):
        case = load("7.1-multi-proofs")["cases"][-1]
        shown = {p: sha256(b"\x00", be(p, 4)) for p in case["positions"]}
        for size, leaves, proof in [
            (case["size"], shown, case["proof"] + [bytes(32)]),
            (case["size"], shown, case["proof"][:-1]),
            (case["size"], {**shown, case["size"]: bytes(32)}, case["proof"]),
            (0, shown, []),
            (case["size"], {}, case["proof"]),
        ]:
            with self.assertRaises(MalformedError):
                root_from_proof(leaves, size, proof)


class Requests(unittest.TestCase):
    def setUp(self):
        self.vector = load("8-requests")
        self.viewer = Keys(self.vector["asker"], NETWORK.network_id)
        self.request = {**self.vector["request"], "body": self.vector["request"]["body"].encode()}

    def test_statement(self):
        given = dict(self.vector["statement"])
        signature = given.pop("signature")
        identity = self.viewer.identity
        signer = requests.statement_signer(NETWORK, given, signature)
        self.assertEqual(signer, identity.address)
        made = requests.make_statement(NETWORK, identity.private, given)
        self.assertEqual(made, raw("8-requests")["statement"])

    def test_signed_request(self):
        account = self.viewer.request("clinic.example:8443", 1_800_000_000)
        self.assertEqual(account.address, self.vector["statement"]["key"])
        expected = self.request["headers"]
        self.assertEqual(requests.recover_request(self.request, expected), account.address)
        signed = requests.sign_request(
            account, NETWORK.chain_id, self.request, 1_800_000_000, bytes(range(16))
        )
        self.assertEqual(signed, expected)

    def test_receipt(self):
        answer = {**self.vector["response"], "contentType": "application/json"}
        answer["body"] = answer["body"].encode()
        headers = self.request["headers"]
        signer, created = requests.check_answer(NETWORK.chain_id, self.request, headers, answer)
        institution = Keys(self.vector["institution"], NETWORK.network_id)
        self.assertEqual((signer, created), (institution.anchor().address, 1_800_000_001))
        for changed in (
            {**answer, "status": 403},
            {**answer, "body": b"{}"},
            {**answer, "contentType": "text/plain"},
            {**answer, "headers": {}},
        ):
            with self.assertRaises(MalformedError):
                requests.check_answer(NETWORK.chain_id, self.request, headers, changed)

    def test_sealed_answer(self):
        sealed = self.vector["sealed"]
        reply = sealed["reply"]
        self.assertEqual(x25519_public(reply["privateKey"]), reply["publicKey"])
        self.assertEqual(sealed["info"], requests.INFO)
        opened = requests.open_sealed(
            reply["privateKey"], sealed["aad"], sealed["enc"], sealed["ciphertext"]
        )
        self.assertEqual(opened, sealed["plain"])
        with self.assertRaises(MalformedError):
            requests.open_sealed(
                reply["privateKey"], b"\x1c" * 65, sealed["enc"], sealed["ciphertext"]
            )


if __name__ == "__main__":
    unittest.main()
