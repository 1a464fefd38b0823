"""A viewer's way through the protocol: words, chain, notes, scope, query, proof, rows."""

import time
from dataclasses import dataclass, field

from .chain import ChainView, read_chain
from .errors import MalformedError, RefusedError, UnprovenError, UnreachableError, UsageError
from .gatekeeper import Gatekeeper, gatekeeper_of
from .inbox import letters
from .keys import Keys
from .networks import Network
from .pairwise import Party
from .primitives import to_hex, unhex
from .rpc import Rpc
from .shares import Share, end_of, purposes_of, shares_in
from .verification import AheadError, Table, verify, verify_index

CATCH_UPS = 3  # an institution may be a block or two ahead of our door
LONGEST_WAIT = 15.0  # seconds for one block


def wait_for_block(rpc: Rpc, known: int) -> None:
    """Returns when the door shows a block after `known`, or after 15 seconds."""
    end = time.monotonic() + LONGEST_WAIT
    while int(rpc.call("eth_blockNumber"), 16) <= known and time.monotonic() < end:
        time.sleep(0.2)


@dataclass
class Reading:
    """What one share gave."""

    share: Share
    institution: str
    ended: str | None
    tables: list[Table] = field(default_factory=list)
    failure: RefusedError | UnprovenError | UnreachableError | None = None


def find_me(view: ChainView, keys: Keys) -> Party:
    me = view.registrar.party_of(keys.identity.address)
    if me is None:
        raise UsageError("These words belong to nobody who is registered on this network.")
    return me


def shared_fields(share: Share, told: dict) -> list[str]:
    """Names of the fields of a pointer that a share allows, in the catalogue's order."""
    mask = share.mask(unhex(told["pointer"], 16), told["category"], told["schema"])
    fields = sorted(told["catalogue"]["fields"], key=lambda field: field["bit"])
    return [field["name"] for field in fields if mask >> field["bit"] & 1]


@dataclass
class Reader:
    """One viewer at one door."""

    rpc: Rpc
    network: Network
    keys: Keys
    purpose: int | None = None
    ask_ended: bool = False

    def read(self) -> list[Reading]:
        """Every share told to the viewer, with its proven rows or the reason why there are none."""
        view = read_chain(self.rpc, self.network)
        me = find_me(view, self.keys)
        found = shares_in(letters(view, self.network, self.keys, me), me, view)
        return [self.read_share(view, me, share) for share in found]

    def read_share(self, view: ChainView, me: Party, share: Share) -> Reading:
        profile = view.registrar.profiles.get(share.scope["steward"])
        reading = Reading(share, profile.name if profile else "", end_of(share, view))
        if reading.ended is not None and not self.ask_ended:
            return reading
        try:
            door = gatekeeper_of(self.network, self.keys, me, view, share.scope["steward"])
            for pointer, names in self.pointers(view, door, share):
                reading.tables.append(self.read_pointer(view, door, share, pointer, names))
        except (RefusedError, UnprovenError, UnreachableError) as error:
            reading.failure = error
        return reading

    def pointers(self, view, door: Gatekeeper, share: Share) -> list[tuple[bytes, list[str]]]:
        """Each pointer that the share touches, with the names of its shared fields."""
        answer = door.ask(
            "/index",
            {"relationship": to_hex(share.scope["relationship"]), "share": share.body()},
        )
        proven = self.caught_up(view, lambda now: verify_index(self.network, now, share, answer))
        try:
            return [(unhex(told["pointer"], 16), shared_fields(share, told)) for told in proven]
        except (MalformedError, KeyError, TypeError) as error:
            raise UnprovenError(f"An index of another form: {error!r}") from error

    def read_pointer(self, view, door: Gatekeeper, share, pointer: bytes, names) -> Table:
        members = {
            "relationship": to_hex(share.scope["relationship"]),
            "query": f"{pointer.hex()}?_elements={','.join(names)}",
            "purpose": self.purpose_for(share),
            "share": share.body(),
        }
        table = self.answered(view, door, share, members, (pointer, names))
        while table.part + 1 < table.parts:
            part = {"part": {"number": table.part + 1, "of": to_hex(table.of)}}
            asked = pointer, names, table
            table = self.answered(view, door, share, {**members, **part}, asked)
        return table

    def answered(self, view, door: Gatekeeper, share: Share, members: dict, asked: tuple) -> Table:
        answer = door.ask("/query", members)
        return self.caught_up(view, lambda now: verify(self.network, now, share, asked, answer))

    def caught_up(self, view: ChainView, check):
        """What `check` gives of a view, once that is not behind the institution's."""
        for attempt in range(CATCH_UPS):
            try:
                return check(view)
            except AheadError:
                if attempt > 0:
                    wait_for_block(self.rpc, view.block)
                view = read_chain(self.rpc, self.network)
        return check(view)

    def purpose_for(self, share: Share) -> int:
        allowed = purposes_of(share)
        if self.purpose is not None:
            return self.purpose
        if not allowed:
            raise UnprovenError("The share allows no purpose.")
        return allowed[0]
