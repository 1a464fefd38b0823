"""Reads both contracts' whole history through one door and checks it against their running heads.

Nothing is asked about one slot or one tag: a door learns only that somebody reads the chain.
"""

from dataclasses import dataclass

from .errors import ChainError, MalformedError
from .ledger import Ledger
from .logs import read_log
from .networks import Network
from .primitives import keccak, to_hex, unhex
from .registrar import Registrar
from .rpc import Rpc

RANGE = 1000  # blocks that a door shows at once
HEAD = to_hex(keccak(b"head()")[:4])
NETWORK_ID = to_hex(keccak(b"networkId()")[:4])


@dataclass(frozen=True)
class ChainView:
    """Everything both contracts said up to one block."""

    block: int
    block_hash: bytes
    time: int
    registrar: Registrar
    ledger: Ledger


def read_chain(rpc: Rpc, network: Network) -> ChainView:
    """A checked view at the head. Facts younger than the network's confirmations may still go."""
    if int(rpc.call("eth_chainId"), 16) != network.chain_id:
        raise ChainError("This door shows another chain than the network's description names.")
    number = int(rpc.call("eth_blockNumber"), 16)
    block = rpc.call("eth_getBlockByNumber", hex(number), False)
    if block is None:
        raise ChainError(f"The door has no block {number}.")
    registrar, ledger = Registrar(), Ledger()
    for address, fold in ((network.registrar, registrar), (network.ledger, ledger)):
        check_network_id(rpc, network, address, number)
        read_events(rpc, network, address, number, fold)
        check_head(rpc, address, number, fold.stream)
    again = rpc.call("eth_getBlockByNumber", hex(number), False)
    if again is None or again["hash"] != block["hash"]:
        raise ChainError("The chain was reorganised while it was read; try again.")
    return ChainView(
        number, unhex(block["hash"], 32), int(block["timestamp"], 16), registrar, ledger
    )


def read_events(rpc: Rpc, network: Network, address: bytes, last: int, fold) -> None:
    for first in range(network.start_block, last + 1, RANGE):
        wanted = {
            "address": to_hex(address),
            "fromBlock": hex(first),
            "toBlock": hex(min(first + RANGE - 1, last)),
        }
        try:
            for value in rpc.call("eth_getLogs", wanted):
                fold.apply(read_log(value))
        except (MalformedError, KeyError, TypeError) as error:
            raise ChainError(f"The door gave an event that cannot be: {error}") from error


def view_call(rpc: Rpc, address: bytes, selector: str, number: int) -> bytes:
    raw = rpc.call("eth_call", {"to": to_hex(address), "data": selector}, hex(number))
    try:
        return unhex(raw)
    except MalformedError as error:
        raise ChainError("The door gave a value that cannot be.") from error


def check_network_id(rpc: Rpc, network: Network, address: bytes, number: int) -> None:
    if view_call(rpc, address, NETWORK_ID, number) != network.network_id:
        raise ChainError(f"The contract at {to_hex(address)} is of another network.")


def check_head(rpc: Rpc, address: bytes, number: int, stream: bytes) -> None:
    """head() returns (bytes24, uint64)."""
    raw = view_call(rpc, address, HEAD, number)
    if len(raw) != 64 or raw[:24] + raw[56:] != stream:
        raise ChainError(
            f"The events of {to_hex(address)} do not add up to its running head: "
            "the door held something back or added something. Use another door."
        )
