#!/usr/bin/env python3
"""Reads what was shared with a viewer: medrec_reader.py --network FILE --words-file FILE."""

import argparse
import json
import sys
from pathlib import Path

from medrec.errors import ChainError, MedrecError, RefusedError, UsageError
from medrec.keys import Keys, entropy_of
from medrec.networks import Network, read_network
from medrec.primitives import to_hex
from medrec.reader import Reader, Reading
from medrec.rpc import Rpc
from medrec.scopes import PURPOSES
from medrec.shares import purposes_of

EXIT_READ, EXIT_FAILED, EXIT_USAGE, EXIT_REFUSED, EXIT_UNPROVEN = 0, 1, 2, 3, 4


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Prints the records that were shared with the holder of twelve words, each "
        "value proven against the chain.",
        epilog="Exit: 0 read, 1 failed, 2 wrong use, 3 refused or ended, 4 not proven.",
    )
    parser.add_argument("--network", required=True, help="file with the network's description")
    parser.add_argument("--words-file", required=True, help="file with the viewer's twelve words")
    parser.add_argument("--rpc", help="door or node to use instead of the description's doors")
    parser.add_argument(
        "--purpose", choices=PURPOSES, help="purpose of asking; else the first shared"
    )
    parser.add_argument(
        "--ask-ended",
        action="store_true",
        help="ask the institution even where the chain says that a share is over",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    return parser


def read_file(path: str, what: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The {what} cannot be read: {error}") from error


def connect(network: Network, rpc: str | None) -> Rpc:
    """The first door that answers."""
    doors = [rpc] if rpc else list(network.doors)
    if not doors:
        raise UsageError("The network's description names no door; give one with --rpc.")
    failures = []
    for door in doors:
        try:
            return Rpc(door)
        except ChainError as error:
            failures.append(error.message)
    raise ChainError(" ".join(failures))


def as_json(reading: Reading) -> dict:
    failure = reading.failure
    return {
        "grant": to_hex(reading.share.grant),
        "subject": to_hex(reading.share.scope["subject"]),
        "institution": reading.institution,
        "purposes": [PURPOSES[bit] for bit in purposes_of(reading.share)],
        "ended": reading.ended,
        "failure": failure
        and {
            "code": failure.reason if isinstance(failure, RefusedError) else failure.code,
            "status": failure.status if isinstance(failure, RefusedError) else None,
            "signed": failure.signed if isinstance(failure, RefusedError) else None,
            "message": failure.message,
        },
        "tables": [
            {
                "pointer": to_hex(table.pointer),
                "version": table.version,
                "resource": table.resource,
                "anchored": table.proof.anchored,
                "counter": table.proof.counter,
                "block": table.proof.block,
                "rows": table.rows,
                "columns": {name: values for name, _, values in table.columns},
            }
            for table in reading.tables
        ],
    }


def as_text(reading: Reading) -> str:
    lines = [
        f"{reading.institution or 'an institution'}, for "
        + ", ".join(PURPOSES[bit] for bit in purposes_of(reading.share))
    ]
    if reading.ended is not None:
        lines.append(f"  over: {reading.ended}")
    if reading.failure is not None:
        lines.append(f"  {reading.failure.code.lower()}: {reading.failure.message}")
    for table in reading.tables:
        rest = (
            f"anchor {table.proof.counter} in block {table.proof.block}"
            if table.proof.anchored
            else "the institution's signed promise to anchor it"
        )
        lines.append(f"  {table.resource}, version {table.version}, proven by {rest}")
        names = [name for name, _, _ in table.columns]
        rows = list(zip(*(values for _, _, values in table.columns)))
        cells = [names, *[["-" if v is None else v for v in row] for row in rows]]
        widths = [max(len(row[i]) for row in cells) for i in range(len(names))]
        lines += [
            "    " + "  ".join(v.ljust(w) for v, w in zip(row, widths)).rstrip() for row in cells
        ]
    return "\n".join(lines)


def exit_code(readings: list[Reading]) -> int:
    failures = [reading.failure for reading in readings if reading.failure is not None]
    if any(failure.code == "UNPROVEN" for failure in failures):
        return EXIT_UNPROVEN
    if any(reading.tables for reading in readings):
        return EXIT_READ
    if any(failure.code == "UNREACHABLE" for failure in failures):
        return EXIT_FAILED
    return EXIT_REFUSED if readings else EXIT_READ


def run(arguments: argparse.Namespace) -> int:
    network = read_network(read_file(arguments.network, "network's description"))
    entropy = entropy_of(read_file(arguments.words_file, "file with the words"))
    rpc = connect(network, arguments.rpc)
    try:
        purpose = PURPOSES.index(arguments.purpose) if arguments.purpose else None
        keys = Keys(entropy, network.network_id)
        readings = Reader(rpc, network, keys, purpose, arguments.ask_ended).read()
    finally:
        rpc.close()
    if arguments.json:
        print(json.dumps({"shares": [as_json(reading) for reading in readings]}))
    else:
        print("\n\n".join(map(as_text, readings)) or "Nothing was shared with these words.")
    return exit_code(readings)


def main() -> int:
    try:
        return run(options().parse_args())
    except MedrecError as error:
        print(f"{error.code}: {error.message}", file=sys.stderr)
        return EXIT_USAGE if error.code == "USAGE" else EXIT_FAILED


if __name__ == "__main__":
    sys.exit(main())
