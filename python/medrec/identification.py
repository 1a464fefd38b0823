"""Section 2.1: identification numbers and idTags."""

import re
import unicodedata

from .errors import MalformedError
from .primitives import sha256


def normalise(kind: str, country: str, value: str, birth_date: str) -> str:
    """The one spelling of an identification number."""
    kind, country = kind.strip().lower(), country.strip().upper()
    folded = unicodedata.normalize("NFKC", value).upper()
    kept = "".join(c for c in folded if unicodedata.category(c)[0] in "LN")
    if not re.fullmatch(r"[a-z0-9-]+", kind) or not re.fullmatch(r"[A-Z]{2}", country):
        raise MalformedError("type or country of an identification number")
    if not kept or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", birth_date, re.ASCII):
        raise MalformedError("value or birth date of an identification number")
    return f"medrec-id-v1|{kind}|{country}|{kept}|{birth_date}"


def organisation_tag(network_id: bytes, identity: bytes) -> bytes:
    return sha256(b"medrec/v1/organisation", network_id, identity)
