"""An institution made of this implementation's own parts: one pointer, anchored, and a share."""

from medrec import pointer_map, results
from medrec.chain import ChainView
from medrec.keys import Keys
from medrec.ledger import Anchor, Ledger
from medrec.multi_proofs import inclusion_path, multi_proof, tree_root
from medrec.operations import GrantSlot, RelationshipSlot
from medrec.pairwise import Party
from medrec.primitives import sign_compact, to_hex
from medrec.registrar import INSTITUTION, Profile, Registrar
from medrec.scopes import grant_commitment, schema_of, scope_hash
from medrec.shares import Share

from .vectors import network

NETWORK = network()
NOW = 1_800_000_000
KEYS = Keys(bytes(range(16)), NETWORK.network_id)
STEWARD, SUBJECT, VIEWER = (bytes([n]) * 32 for n in (0x51, 0x52, 0x53))
RELATIONSHIP, TERMS_SALT, POINTER = bytes([0x61]) * 32, bytes([0x20]) * 32, bytes(range(16))
GRANT, SLOT = bytes([0x71]) * 20, bytes([0x77]) * 20
FIELDS = [
    {"bit": 0, "name": "id", "type": "int", "label": "Number"},
    {"bit": 1, "name": "name", "type": "text", "label": "Name"},
    {"bit": 2, "name": "value", "type": "decimal", "label": "Value"},
    {"bit": 3, "name": "comment", "type": "text", "label": "Comment"},
]
CATALOGUE = {"version": 1, "resource": "labs", "label": "Labs", "fields": FIELDS}
ROWS = [["1", "Kalium", "4.1", "x"], ["2", "Natrium", None, "y"]]
SCHEMA = schema_of("labs")
ASKED = POINTER, ["name", "value"]


def share(mask: int = 0b0110, **changes) -> Share:
    entry = {"pointer": POINTER, "category": 5, "schema": SCHEMA, "catalogue": 1, "mask": mask}
    scope = {
        "subject": SUBJECT,
        "steward": STEWARD,
        "viewer": VIEWER,
        "relationship": RELATIONSHIP,
        "epoch": 0,
        "index": pointer_map.map_key(TERMS_SALT, RELATIONSHIP, pointer_map.INDEX),
        "purposes": 0b10,
        "notBefore": 0,
        "salt": bytes(32),
        "entries": [entry],
        **changes,
    }
    subject = Party(SUBJECT, bytes(20), 1, b"", b"")
    return Share(subject, scope, scope_hash(scope), GRANT, bytes(64), False, None)


class Clinic:
    """Everything that an answer is made of; `view` is what the chain says."""

    def __init__(self, rewrite=lambda texts: texts):
        """`rewrite` changes the texts before they are committed to, as a dishonest one would."""
        header = {
            "pointer": POINTER,
            "version": 1,
            "category": 5,
            "schema": SCHEMA,
            "catalogue": 1,
            "labels": results.labels_hash(CATALOGUE),
            "rows": len(ROWS),
            "fields": len(FIELDS),
            "change": {"origin": 1, "reason": None},
        }
        columns = [
            results.column_text(field["name"], field["type"], [row[i] for row in ROWS])
            for i, field in enumerate(FIELDS)
        ]
        self.texts = rewrite([results.header_text(header), *columns])
        self.salts = [
            results.leaf_salt(bytes([0x35]) * 32, POINTER, 1, i) for i in range(len(self.texts))
        ]
        self.hashes = [results.leaf_hash(s, t) for s, t in zip(self.salts, self.texts)]
        self.key = pointer_map.map_key(TERMS_SALT, RELATIONSHIP, POINTER)
        self.leaf = {
            "version": 1,
            "previous": bytes(32),
            "origin": 1,
            "category": 5,
            "schema": SCHEMA,
            "catalogue": 1,
            "query": bytes([8]) * 32,
            "result": tree_root(self.hashes),
            "time": NOW,
        }
        self.make_map()

    def make_map(self) -> None:
        other = pointer_map.entry_hash(bytes([0xFF]) * 16, 4, 1, bytes(32))
        own = pointer_map.entry_hash(POINTER, 5, SCHEMA, self.key)
        self.entries = [own, other]
        index = {
            "relationship": RELATIONSHIP,
            "size": 2,
            "entries": tree_root(self.entries),
            "hidden": bytes([9]) * 32,
            "previous": bytes(32),
        }
        full = {**self.leaf, "relationship": RELATIONSHIP, "pointer": POINTER}
        self.index_key = share().scope["index"]
        self.map = {
            self.key: pointer_map.leaf_hash(self.key, full),
            self.index_key: pointer_map.index_hash(self.index_key, index),
            bytes([0x0F]) * 32: bytes([1]) * 32,
        }

    def common(self, positions) -> dict:
        return {
            "subject": to_hex(SUBJECT),
            "steward": to_hex(STEWARD),
            "relationship": to_hex(RELATIONSHIP),
            "pointer": to_hex(POINTER),
            "key": to_hex(self.key),
            "header": self.texts[0],
            "size": len(self.texts),
            "leaves": [
                {"position": p, "salt": to_hex(self.salts[p]), "text": self.texts[p]}
                for p in positions
            ],
            "proof": [to_hex(h) for h in multi_proof(self.hashes, set(positions))],
            "leaf": {k: to_hex(v) if isinstance(v, bytes) else v for k, v in self.leaf.items()},
            "index": {
                "size": 2,
                "position": 0,
                "hidden": to_hex(bytes([9]) * 32),
                "previous": to_hex(bytes(32)),
                "entries": [to_hex(h) for h in inclusion_path(self.entries, 0)],
            },
            "catalogue": {**CATALOGUE, "fields": [dict(field) for field in FIELDS]},
        }

    def anchored(self, positions=(0, 2, 3), counter: int = 7) -> dict:
        paths = [
            [to_hex(h) for h in pointer_map.map_path(self.map, key)]
            for key in (self.key, self.index_key)
        ]
        anchored = {
            "counter": counter,
            "block": 30,
            "blockHash": to_hex(bytes(32)),
            "path": paths[0],
            "indexPath": paths[1],
        }
        return {**self.common(positions), "anchored": anchored}

    def pending(self, time: int, signer: Keys = KEYS, delay: int = 300) -> dict:
        members = {
            "leaf": self.map[self.key],
            "index": self.map[self.index_key],
            "time": time,
            "delay": delay,
        }
        digest = pointer_map.pending_digest(NETWORK, members)
        signature = sign_compact(signer.anchor().private, digest)
        pending = {"time": time, "delay": delay, "signature": to_hex(signature)}
        return {**self.common((0, 2, 3)), "pending": pending}

    def index(self) -> dict:
        """An answer to `/index`, as a viewer gets it."""
        own = {"pointer": to_hex(POINTER), "key": to_hex(self.key), "category": 5, "schema": SCHEMA}
        answer = self.anchored()
        return {
            **{name: answer[name] for name in ("subject", "steward", "relationship")},
            "size": 2,
            "entries": to_hex(tree_root(self.entries)),
            "hidden": answer["index"]["hidden"],
            "previous": answer["index"]["previous"],
            "time": NOW,
            "pointers": [{**own, "catalogue": answer["catalogue"]}],
            "shown": {
                "positions": [0],
                "proof": [to_hex(h) for h in multi_proof(self.entries, {0})],
            },
            "anchored": {k: v for k, v in answer["anchored"].items() if k != "path"},
        }

    def view(self, *later: Anchor, block: int = 40, **slots) -> ChainView:
        profile = Profile(
            "Clinic",
            "http://clinic.example",
            bytes(32),
            bytes(32),
            bytes(32),
            KEYS.anchor().address,
        )
        registrar = Registrar(profiles={STEWARD: profile}, certified={(STEWARD, INSTITUTION)})
        root = pointer_map.map_root(self.map)
        ledger = Ledger(
            relationships={RELATIONSHIP: slots.get("relationship", RelationshipSlot(2, 0, NOW))},
            grants={GRANT: slots.get("grant", GrantSlot(NOW + 60, 0, commitment()))},
            anchors={STEWARD: [Anchor(root, bytes(32), 7, NOW, 30), *later]},
        )
        return ChainView(block, bytes(32), NOW, registrar, ledger)


def commitment() -> bytes:
    return grant_commitment(share().hash)
