"""Reads the published vector files, which speak for themselves in hex."""

import json
from pathlib import Path

from medrec.networks import Network, read_network

FOLDER = Path(__file__).parents[2] / "packages" / "protocol" / "vectors"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


def raw(name: str):
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


def load(name: str):
    """A vector file with every 0x string as bytes."""
    return to_bytes(raw(name))


def to_bytes(value):
    if isinstance(value, dict):
        return {key: to_bytes(item) for key, item in value.items()}
    if isinstance(value, list):
        return [to_bytes(item) for item in value]
    if isinstance(value, str) and value.startswith("0x"):
        return bytes.fromhex(value[2:])
    return value


def network() -> Network:
    return read_network(json.dumps(raw("1-networks")["network"]))


def participant(index: int):
    """Entropy of one of the two participants of section 2."""
    return load("2-keys")["participants"][index]["entropy"]
