"""Section 8.4: an institution's access log of a period, as its file proves it."""

import json

from .errors import MalformedError, UnprovenError
from .multi_proofs import node
from .networks import Network, struct_hash
from .primitives import recover_compact, sha256, unhex

NOTHING = bytes(32)
LAST_SECOND = 253_402_300_800  # the year 10000 begins


def next_head(head: bytes, entry: str) -> bytes:
    """Head of a chain of entries after one more."""
    return sha256(b"\x06", head, entry.encode())


def log_root(blinding: bytes, root: bytes) -> bytes:
    """What an anchor says of the log (section 6)."""
    return sha256(b"\x08", blinding, root)


class Tree:
    """A tree of RFC 9162 that grows to the right, as the roots of its perfect subtrees, largest first."""

    def __init__(self, size: int, roots: list[bytes]):
        powers = [1 << bit for bit in reversed(range(size.bit_length())) if size >> bit & 1]
        if len(powers) != len(roots):
            raise UnprovenError("the tree has another number of subtrees than its size")
        self._subtrees = list(zip(powers, roots))

    def grow(self, leaf: bytes) -> None:
        size = 1
        while self._subtrees and self._subtrees[-1][0] == size:
            leaf = node(self._subtrees.pop()[1], leaf)
            size *= 2
        self._subtrees.append((size, leaf))

    def root(self) -> bytes:
        if not self._subtrees:
            return sha256(b"\x02")
        *others, (_, root) = self._subtrees
        for _, left in reversed(others):
            root = node(left, root)
        return root


def check_entries(lines: list[str], start: dict, end: dict) -> list[str]:
    """The entries of a period. `start` and `end`: size, blinding and logRoot of an anchor, `start` with its tree;
    one that begins the log has size 0. UnprovenError where an entry was changed, left out, doubled or added.
    """
    tree = Tree(start["size"], start["tree"])
    if start["size"] and log_root(start["blinding"], tree.root()) != start["logRoot"]:
        raise UnprovenError("the first anchor is of another log")
    heads: dict[int, bytes] = {}
    alone: set[bytes] = set()  # heads of entries about no relationship
    entries = []
    for number, text in enumerate(lines, start["size"]):
        line = read_line(text, number)
        before = head_before(line, heads)
        if before in alone:
            raise UnprovenError("a relationship's first entry is told as one about nobody")
        head = next_head(before, line["entry"])
        if head != unhex(line["head"], 32):
            raise UnprovenError(f"entry {number} was changed, or one before it is missing")
        if "chain" in line:
            heads[line["chain"]] = head
        else:
            alone.add(head)
        tree.grow(head)
        entries.append(line["entry"])
    if start["size"] + len(lines) != end["size"]:
        raise UnprovenError("another number of entries than the last anchor commits to")
    if log_root(end["blinding"], tree.root()) != end["logRoot"]:
        raise UnprovenError("the entries do not lead to the last anchor")
    return entries


def read_line(text: str, number: int) -> dict:
    if not text.endswith("\n") or text.count("\n") != 1:
        raise MalformedError("a line ends with one line feed and holds no other")
    try:
        line = json.loads(text)
        line["entry"].encode()
        time = json.loads(line["entry"])["time"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MalformedError("a line without an entry") from error
    if type(time) is not int or not 0 <= time < LAST_SECOND:
        raise MalformedError("an entry without a time that has a date")
    if type(line.get("number")) is not int or line["number"] != number:
        raise UnprovenError(f"entry {number} is missing, or stands at another place")
    return line


def head_before(line: dict, heads: dict[int, bytes]) -> bytes:
    if "chain" not in line:
        return NOTHING
    chain = line["chain"]
    if type(chain) is not int:
        raise MalformedError("a chain is a number")
    if chain in heads:
        if "before" in line:
            raise UnprovenError("a relationship's entries begin twice")
        return heads[chain]
    if chain != len(heads):
        raise UnprovenError("relationships are not counted in the order in which they appear")
    before = unhex(line.get("before"), 32)
    if before != NOTHING and before in heads.values():
        raise UnprovenError("one relationship's entries are told as two")
    return before


def content_hash(lines: list[str]) -> bytes:
    """What the last line of a file signs: all lines before it, each with its end."""
    content = NOTHING
    for line in lines:
        content = sha256(b"\x0b", content, line.encode())
    return content


def signer_of(network: Network, institution: bytes, lines: list[str], signature: bytes) -> bytes:
    """Address that signed these lines; the institution's anchor key, if the file is its own."""
    members = {"institution": institution, "content": content_hash(lines)}
    return recover_compact(network.ledger_digest(struct_hash("AccessLog", members)), signature)
