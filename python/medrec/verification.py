"""Checks an opened answer against one's own view of the chain (sections 6 to 8)."""

import time
from dataclasses import dataclass

from . import parts, pointer_map, results
from .chain import ChainView
from .errors import MalformedError, UnprovenError
from .ledger import Anchor
from .multi_proofs import root_from_path as tree_root_from_path
from .multi_proofs import root_from_proof
from .networks import Network
from .primitives import recover_compact, unhex
from .shares import Share

GRACE = 60  # seconds that an anchor counts after its successor
LONGEST_PROMISE = 86_400  # seconds
SKEW = 60  # seconds that the institution's clock may be ahead
LEAF_BYTES = ("previous", "query", "result")


@dataclass(frozen=True)
class Proof:
    """What the rows rest on: an anchor on the chain, or a signed promise to anchor."""

    anchored: bool
    counter: int | None
    block: int | None


@dataclass(frozen=True)
class Table:
    """One pointer's rows, proven."""

    pointer: bytes
    version: int
    resource: str
    columns: list[tuple[str, str, list]]
    rows: int
    proof: Proof
    of: bytes  # root of the whole result
    part: int = 0
    parts: int = 1


class AheadError(UnprovenError):
    """The answer rests on a newer anchor than this view knows; the next block may hold it."""


def verify(network: Network, view: ChainView, share: Share, asked: tuple, answer: dict) -> Table:
    """The rows of an answer to `asked`, a pointer, names of fields and for a later part the rows
    before it, all parts so far being one table; or UnprovenError."""
    try:
        return checked(network, view, share, asked, answer)
    except (MalformedError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnprovenError(f"The answer has not the form that is due: {error!r}") from error


def checked(network, view, share, question, answer) -> Table:
    asked, names, *before = question
    check_parties(share, answer)
    require(unhex(answer["pointer"], 16) == asked, "another pointer than asked")
    require("later" not in answer, "a former version instead of the newest")
    leaf = read_leaf(share, asked, answer["leaf"])
    header, columns, root = read_leaves(answer)
    require(root == leaf["result"], "the rows are not those of the leaf")
    for name in ("version", "category", "schema", "catalogue"):
        require(header[name] == leaf[name], f"the header's {name} is another than the leaf's")
    require(header["change"]["origin"] == leaf["origin"], "the origin differs")
    require(header["pointer"] == answer["pointer"], "the header is of another pointer")
    labels = results.labels_hash(answer["catalogue"])
    require(unhex(header["labels"], 32) == labels, "other labels than those committed to")
    check_allowed(share, asked, leaf, columns, answer["catalogue"])
    require([name for _, (name, _, _) in columns] == names, "other fields than asked")
    key = unhex(answer["key"], 32)
    leaf_hash = pointer_map.leaf_hash(key, leaf)
    index_hash = read_index(share, asked, key, leaf, answer["index"])
    proof = check_place(network, view, share, (key, leaf_hash), index_hash, answer)
    part = answer.get("part", {"number": 0, "from": 0, "rows": header["rows"]})
    so_far = before[0] if before else None
    require(part["number"] == (so_far.part + 1 if so_far else 0), "another part than asked")
    if so_far is not None:
        require(so_far.of == root, "a part of another result")
        require(part["from"] == so_far.rows, "a part that does not follow the one before")
        columns = [
            (position, (name, kind, [*earlier[2], *values]))
            for (position, (name, kind, values)), earlier in zip(columns, so_far.columns)
        ]
    return Table(
        asked,
        leaf["version"],
        answer["catalogue"]["resource"],
        [column for _, column in columns],
        part["from"] + part["rows"],
        proof,
        root,
        part["number"],
        header.get("parts", 1),
    )


def verify_index(network: Network, view: ChainView, share: Share, answer: dict) -> list[dict]:
    """The pointers of an answer to `/index`, each proven to stand in the relationship's index."""
    try:
        return checked_index(network, view, share, answer)
    except (MalformedError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnprovenError(f"The index has not the form that is due: {error!r}") from error


def checked_index(network, view, share, answer) -> list[dict]:
    check_parties(share, answer)
    pointers = answer["pointers"]
    if pointers:
        positions = answer["shown"]["positions"]
        require(len(set(positions)) == len(positions) == len(pointers), "places of other pointers")
        shown = dict(zip(positions, map(read_entry, pointers)))
        proof = [unhex(each, 32) for each in answer["shown"]["proof"]]
        root = root_from_proof(shown, answer["size"], proof)
        require(root == unhex(answer["entries"], 32), "a pointer does not stand in the index")
    members = {
        "relationship": share.scope["relationship"],
        "size": answer["size"],
        **{name: unhex(answer[name], 32) for name in ("entries", "hidden", "previous")},
    }
    index_hash = pointer_map.index_hash(share.scope["index"], members)
    check_place(network, view, share, None, index_hash, answer)
    return pointers


def read_entry(told: dict) -> bytes:
    key = unhex(told["key"], 32)
    pointer = unhex(told["pointer"], 16)
    return pointer_map.entry_hash(pointer, told["category"], told["schema"], key)


def require(true: bool, message: str) -> None:
    if not true:
        raise UnprovenError(f"The answer is not proven: {message}.")


def check_parties(share: Share, answer: dict) -> None:
    for name in ("subject", "steward", "relationship"):
        require(unhex(answer[name], 32) == share.scope[name], f"another {name} than asked")


def read_leaf(share: Share, asked: bytes, value: dict) -> dict:
    leaf = {k: unhex(v, 32) if k in LEAF_BYTES else v for k, v in value.items()}
    return {**leaf, "relationship": share.scope["relationship"], "pointer": asked}


def read_leaves(answer: dict) -> tuple[dict, list[tuple[int, tuple]], bytes]:
    """(header, [(position, (name, type, values))], root) of the shown leaves."""
    header = results.read_exact(answer["header"])
    members = (*results.HEADER, "parts") if "part" in answer else results.HEADER
    require(tuple(header) == members, "a header of another form")
    require(tuple(header["change"]) == ("origin", "reason"), "a header of another form")
    rows = answer["part"]["rows"] if "part" in answer else header["rows"]
    shown, columns = {}, []
    for leaf in answer["leaves"]:
        position, text = leaf["position"], leaf["text"]
        require(position not in shown, "a leaf stands twice")
        shown[position] = results.leaf_hash(unhex(leaf["salt"], 16), text)
        if position == 0:
            require(text == answer["header"], "leaf 0 is not the header")
        else:
            columns.append((position, read_column(text, rows)))
    require(0 in shown, "the header's leaf is missing")
    require(answer["size"] == header["fields"] + 1, "the size is not that of the header")
    proof = [unhex(each, 32) for each in answer["proof"]]
    if "part" not in answer:
        return header, sorted(columns), root_from_proof(shown, answer["size"], proof)
    parts.check_place(answer["part"], header)
    salt = next(leaf["salt"] for leaf in answer["leaves"] if leaf["position"] == 0)
    fields = {position - 1: hashed for position, hashed in shown.items() if position > 0}
    path = [unhex(each, 32) for each in answer["part"]["path"]]
    first = unhex(salt, 16), answer["header"], header
    return header, sorted(columns), parts.root_of_part(first, answer["part"], fields, proof, path)


def read_column(text: str, rows: int) -> tuple[str, str, list]:
    name, kind, values = results.read_exact(text)
    require(len(values) == rows, "a column of another length")
    for value in values:
        results.check_value(kind, value)
    return name, kind, values


def check_allowed(share: Share, asked: bytes, leaf: dict, columns, catalogue: dict) -> None:
    """Every column stands where the catalogue puts it, and the share allows it."""
    require(catalogue["version"] == leaf["catalogue"], "a catalogue of another version")
    fields = sorted(catalogue["fields"], key=lambda field: field["bit"])
    mask = share.mask(asked, leaf["category"], leaf["schema"])
    for position, (name, kind, _) in columns:
        field = fields[position - 1]
        told = field["bit"], field["name"], field["type"]
        require(told == (position - 1, name, kind), f"{name} is not in its place")
        require(mask >> field["bit"] & 1 == 1, f"{name} was not shared")


def read_index(share: Share, asked: bytes, key: bytes, leaf: dict, index: dict) -> bytes:
    """Hash of the index leaf that lists this pointer."""
    entry = pointer_map.entry_hash(asked, leaf["category"], leaf["schema"], key)
    path = [unhex(each, 32) for each in index["entries"]]
    members = {
        "relationship": share.scope["relationship"],
        "size": index["size"],
        "entries": tree_root_from_path(entry, index["position"], index["size"], path),
        "hidden": unhex(index["hidden"], 32),
        "previous": unhex(index["previous"], 32),
    }
    return pointer_map.index_hash(share.scope["index"], members)


def check_place(network, view, share, leaf, index_hash, answer) -> Proof:
    """`leaf` is the pointer's key and hash; None where an index alone is proven."""
    require(("anchored" in answer) != ("pending" in answer), "neither anchored nor pending")
    if "pending" in answer:
        pending = answer["pending"]
        promised = leaf[1] if leaf else unhex(pending["leaf"], 32)
        return check_pending(network, view, share, promised, index_hash, pending)
    anchored = answer["anchored"]
    anchor = counting_anchor(network, view, share.scope["steward"], anchored["counter"])
    places = [(share.scope["index"], index_hash, anchored["indexPath"])]
    if leaf is not None:
        places.append((*leaf, anchored["path"]))
    for key, hashed, path in places:
        siblings = [unhex(each, 32) for each in path]
        root = pointer_map.root_from_path(key, hashed, siblings)
        require(root == anchor.root, "a path does not lead to the anchor")
    return Proof(True, anchor.counter, anchor.block)


def counting_anchor(network: Network, view: ChainView, steward: bytes, counter: int) -> Anchor:
    """The anchor, if it was the newest in one of the last 2k + 1 blocks or 60 seconds."""
    anchors = view.ledger.anchors.get(steward, [])
    for place, anchor in enumerate(anchors):
        if anchor.counter != counter:
            continue
        successor = anchors[place + 1] if place + 1 < len(anchors) else None
        oldest = view.block - 2 * network.confirmations
        if successor is None or successor.block > oldest or successor.at + GRACE > time.time():
            return anchor
        raise UnprovenError("The answer rests on an anchor that counts no more.")
    if not anchors or counter > anchors[-1].counter:
        raise AheadError("The answer rests on an anchor that the chain does not show.")
    raise UnprovenError("The answer names an anchor that never was.")


def check_pending(network, view, share, leaf_hash, index_hash, pending: dict) -> Proof:
    promised = {
        "leaf": leaf_hash,
        "index": index_hash,
        "time": pending["time"],
        "delay": pending["delay"],
    }
    digest = pointer_map.pending_digest(network, promised)
    signer = recover_compact(digest, unhex(pending["signature"], 64))
    profile = view.registrar.profiles[share.scope["steward"]]
    require(signer == profile.anchor_key, "the promise is signed by another key")
    require(pending["delay"] <= LONGEST_PROMISE, "a promise of more than a day")
    require(pending["time"] <= time.time() + SKEW, "a promise of the future")
    require(time.time() <= pending["time"] + pending["delay"], "the promise to anchor was broken")
    return Proof(False, None, None)
