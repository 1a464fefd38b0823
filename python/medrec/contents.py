"""Section 5.1: the kinds of notes and their members."""

from . import cbor
from .errors import MalformedError
from .primitives import be

# member: (CBOR key, form, required); a form is a size in bytes ("b16"), a width in bytes ("u4"),
# "text", "bool", "entries" or "seen".
RELATIONSHIP = {"relationship": (0, "b32", True)}
SHARE = {
    "steward": (0, "b32", True),
    "relationship": (1, "b32", True),
    "index": (2, "b32", True),
    "epoch": (3, "u2", True),
    "purposes": (4, "u2", True),
    "notBefore": (5, "u5", True),
    "grant": (6, "b20", True),
    "signature": (7, "b64", True),
    "entries": (8, "entries", True),
}
BY_DELEGATION = {
    "subject": (9, "b32", True),
    "slot": (10, "b20", True),
    "delegated": (11, "b64", True),
    "rights": (12, "u1", True),
    "categories": (13, "u4", True),
    "since": (14, "u5", True),
    "delegationSalt": (15, "b32", True),
}
KINDS = {
    1: (
        "proposal",
        {
            "nonce": (0, "b16", True),
            "salt": (1, "b32", True),
            "policy": (2, "u1", True),
            "consent": (3, "b20", False),
            "stewardVersion": (4, "u4", True),
            "subjectVersion": (5, "u4", True),
            "restored": (6, "bool", False),
        },
    ),
    2: (
        "pointer",
        {
            **RELATIONSHIP,
            "pointer": (1, "b16", True),
            "category": (2, "u4", True),
            "schema": (3, "u4", True),
            "catalogue": (4, "u2", True),
            "querySalt": (5, "b16", True),
            "query": (6, "text", True),
            "result": (7, "b32", True),
            "resource": (8, "text", True),
            "place": (9, "text", True),
            "version": (10, "u4", True),
            "time": (11, "u5", True),
        },
    ),
    3: ("answer", {**RELATIONSHIP, "status": (1, "u1", True), "reason": (2, "text", False)}),
    4: (
        "acknowledgement",
        {
            **RELATIONSHIP,
            "pointer": (1, "b16", True),
            "version": (2, "u4", True),
            "verdict": (3, "u1", True),
            "reason": (4, "text", False),
        },
    ),
    5: ("share", {**SHARE, "policy": (9, "u1", False)}),
    6: ("shareCopy", {**SHARE, "viewer": (9, "b32", True), "salt": (10, "b32", True)}),
    7: (
        "consent",
        {
            "grant": (0, "b20", True),
            "slot": (1, "b20", True),
            "signature": (2, "b64", True),
        },
    ),
    8: (
        "contact",
        {
            "idTag": (0, "b32", True),
            "name": (1, "text", True),
            "relation": (2, "text", True),
            "identity": (3, "b20", True),
        },
    ),
    9: ("checkpoint", {"seen": (0, "seen", True), "time": (1, "u5", True)}),
    10: (
        "stopped",
        {
            "grant": (0, "b20", False),
            "relationship": (1, "b32", False),
            "reason": (2, "text", False),
        },
    ),
    11: (
        "delegation",
        {
            "steward": (0, "b32", True),
            "relationship": (1, "b32", True),
            "index": (2, "b32", True),
            "epoch": (3, "u2", True),
            "rights": (4, "u1", True),
            "categories": (5, "u4", True),
            "notBefore": (6, "u5", True),
            "slot": (7, "b20", True),
            "signature": (8, "b64", True),
        },
    ),
    12: ("delegatedShare", {**SHARE, **BY_DELEGATION}),
    13: (
        "delegatedShareCopy",
        {**SHARE, **BY_DELEGATION, "viewer": (16, "b32", True), "salt": (17, "b32", True)},
    ),
    14: (
        "emergencyProfile",
        {**RELATIONSHIP, "categories": (1, "u4", True), "time": (2, "u5", True)},
    ),
    15: (
        "emergency",
        {
            **RELATIONSHIP,
            "who": (1, "b32", True),
            "reason": (2, "text", True),
            "time": (3, "u5", True),
            "expires": (4, "u5", True),
            "name": (5, "text", True),
        },
    ),
}
NUMBERS = {name: kind for kind, (name, _) in KINDS.items()}


def check(form: str, value):
    """The value, when it has exactly this form."""
    if form[0] == "b" and form != "bool":
        ok = isinstance(value, bytes) and len(value) == int(form[1:])
    elif form[0] == "u":
        ok = is_number(value) and value < 1 << 8 * int(form[1:])
    elif form == "text":
        ok = isinstance(value, str)
    elif form == "bool":
        ok = isinstance(value, bool)
    elif form == "entries":
        return read_entries(value)
    else:
        return read_seen(value)
    if not ok:
        raise MalformedError("a member of another type or width")
    return value


def is_number(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def read_entries(value) -> list[dict]:
    if not isinstance(value, list) or not value:
        raise MalformedError("entries")
    entries = []
    for item in value:
        if not isinstance(item, list) or len(item) != 5:
            raise MalformedError("an entry")
        pointer, category, schema, catalogue, mask = item
        if not isinstance(mask, bytes) or len(mask) > 32 or mask[:1] in (b"", b"\x00"):
            raise MalformedError("a mask")
        if pointer == bytes(16):
            raise MalformedError("every pointer is written as no bytes")
        entries.append(
            {
                "pointer": bytes(16) if pointer == b"" else check("b16", pointer),
                "category": check("u4", category),
                "schema": check("u4", schema),
                "catalogue": check("u2", catalogue),
                "mask": int.from_bytes(mask, "big"),
            }
        )
    orders = [(e["pointer"], e["category"], e["schema"]) for e in entries]
    if any(a >= b for a, b in zip(orders, orders[1:])):
        raise MalformedError("entries are not strictly sorted")
    return entries


def write_entries(entries: list[dict]) -> list:
    return [
        [
            b"" if e["pointer"] == bytes(16) else e["pointer"],
            e["category"],
            e["schema"],
            e["catalogue"],
            be(e["mask"], (e["mask"].bit_length() + 7) // 8),
        ]
        for e in entries
    ]


def read_seen(value) -> list[list]:
    if not isinstance(value, list):
        raise MalformedError("what was seen")
    for item in value:
        if not isinstance(item, list) or len(item) != 3:
            raise MalformedError("what was seen")
        check("b32", item[0])
        check("b32", item[1])
        check("u8", item[2])
    return value


def encode(content: dict) -> bytes:
    """CBOR of a content, whose `kind` is a name of `KINDS`; other members are left out."""
    _, members = KINDS[NUMBERS[content["kind"]]]
    fields = {}
    for name, (key, form, _) in members.items():
        if name in content and content[name] is not False:
            value = content[name]
            fields[key] = write_entries(value) if form == "entries" else value
    return cbor.encode(fields)


def decode(kind: int, body: bytes) -> dict:
    """A content, or MalformedError when it must be ignored."""
    if kind not in KINDS:
        raise MalformedError("unknown kind of note")
    name, members = KINDS[kind]
    fields = cbor.decode(body)
    if not isinstance(fields, dict):
        raise MalformedError("a note's content is a map")
    content = {"kind": name}
    for member, (key, form, required) in members.items():
        if key in fields:
            content[member] = check(form, fields[key])
        elif required:
            raise MalformedError(f"member {key} is missing")
    return content
