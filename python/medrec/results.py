"""Section 7: rows as canonical text, and the leaves made of them."""

import datetime
import json
import re

from .errors import MalformedError
from .primitives import be, hmac, sha256, to_hex, unbase64url

HEADER = (
    *("pointer", "version", "category", "schema", "catalogue", "labels"),
    *("rows", "fields", "change"),
)
SHORT = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}
FORMS = {
    "int": r"0|-?[1-9][0-9]*",
    "decimal": r"-?(0|[1-9][0-9]*)(\.[0-9]+)?",
    "date": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "instant": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3})?Z",
    "bool": r"true|false",
}


def stringify(value) -> str:
    """What JSON.stringify gives for nested lists, objects, strings, whole numbers and null."""
    if isinstance(value, str):
        return '"' + "".join(SHORT.get(ord(c)) or escape(c) for c in value) + '"'
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(stringify, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{stringify(k)}:{stringify(v)}" for k, v in value.items()) + "}"
    return json.dumps(value)


def escape(c: str) -> str:
    return f"\\u{ord(c):04x}" if ord(c) < 32 or 0xD800 <= ord(c) <= 0xDFFF else c


def check_value(kind: str, value: str | None) -> None:
    """Refuses a value that has not the one form of its type."""
    if value is None:
        return
    if not isinstance(value, str) or any(0xD800 <= ord(c) <= 0xDFFF for c in value):
        raise MalformedError("a value that is no text")
    if kind in FORMS:
        if not re.fullmatch(FORMS[kind], value):
            raise MalformedError(f"no {kind}")
        if kind == "decimal" and re.fullmatch(r"-0(\.0+)?", value):
            raise MalformedError("zero with a sign")
        if kind in ("date", "instant"):
            check_calendar(value)
    elif kind == "bytes":
        unbase64url(value)
    elif kind == "json":
        check_json(value)
    elif kind != "text":
        raise MalformedError("unknown type")


def check_calendar(value: str) -> None:
    try:
        datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError as error:
        raise MalformedError("no day or time of the calendar") from error


def check_json(value: str) -> None:
    """RFC 8785, as far as it can be told without its rules for fractions of numbers."""
    try:
        parsed = json.loads(value)
    except ValueError as error:
        raise MalformedError("no JSON") from error
    if not has_fraction(parsed) and stringify(sort_members(parsed)) != value:
        raise MalformedError("JSON that is not canonical")


def has_fraction(value) -> bool:
    if isinstance(value, dict):
        return any(map(has_fraction, value.values()))
    if isinstance(value, list):
        return any(map(has_fraction, value))
    return isinstance(value, float)


def sort_members(value):
    if isinstance(value, dict):
        ordered = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return {name: sort_members(value[name]) for name in ordered}
    return [sort_members(item) for item in value] if isinstance(value, list) else value


def sort_rows(rows: list[list], key_columns: list[int]) -> list[list]:
    """Rows by their record key, which must be unique."""
    keyed = [(stringify([row[c] for c in key_columns]).encode(), row) for row in rows]
    if len({key for key, _ in keyed}) != len(keyed):
        raise MalformedError("a record key stands twice")
    return [row for _, row in sorted(keyed, key=lambda pair: pair[0])]


def header_text(header: dict) -> str:
    members = {name: header[name] for name in HEADER}
    members["pointer"] = to_hex(header["pointer"])
    members["labels"] = to_hex(header["labels"])
    members["change"] = {name: header["change"][name] for name in ("origin", "reason")}
    if "parts" in header:
        members["parts"] = header["parts"]
    return stringify(members)


def labels_hash(catalogue: dict) -> bytes:
    fields = [
        {name: f[name] for name in ("bit", "name", "type", "label")} for f in catalogue["fields"]
    ]
    listed = {name: catalogue[name] for name in ("version", "resource", "label")}
    return sha256(b"\x09", stringify({**listed, "fields": fields}).encode())


def column_text(name: str, kind: str, values: list) -> str:
    return stringify([name, kind, values])


def leaf_salt(pointer_secret: bytes, pointer: bytes, version: int, position: int) -> bytes:
    return hmac(pointer_secret, pointer, be(version, 4), be(position, 4))[:16]


def leaf_hash(salt: bytes, text: str) -> bytes:
    return sha256(b"\x00", salt, text.encode())


def read_exact(text: str):
    """JSON whose text is exactly what JSON.stringify gives."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise MalformedError("no JSON") from error
    if stringify(value) != text:
        raise MalformedError("another spelling than JSON.stringify gives")
    return value
