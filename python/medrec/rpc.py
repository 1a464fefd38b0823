"""JSON-RPC to an Ethereum node, over HTTP or through a door (WebSocket)."""

import json
import urllib.error
import urllib.request

from .errors import ChainError, UsageError
from .websocket import WebSocket

TIMEOUT = 30.0


class Rpc:
    """`call` one method at a time; `close` at the end."""

    def __init__(self, url: str):
        self.url = url
        self._id = 0
        self._socket = None
        if url.startswith(("ws://", "wss://")):
            try:
                self._socket = WebSocket(url, TIMEOUT)
            except OSError as error:
                raise ChainError(f"The chain at {url} does not answer: {error}") from error
        elif not url.startswith(("http://", "https://")):
            raise UsageError(
                "The address of a chain begins with ws://, wss://, http:// or https://."
            )

    def call(self, method: str, *params):
        self._id += 1
        body = {"jsonrpc": "2.0", "id": self._id, "method": method, "params": list(params)}
        try:
            answer = self._exchange(json.dumps(body))
        except (OSError, ValueError) as error:
            raise ChainError(f"The chain at {self.url} does not answer: {error}") from error
        if "error" in answer:
            reason = answer["error"].get("message", "")
            raise ChainError(f"The chain refuses {method}: {reason}")
        return answer.get("result")

    def _exchange(self, body: str) -> dict:
        if self._socket is None:
            headers = {"content-type": "application/json"}
            request = urllib.request.Request(self.url, body.encode(), headers)
            with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
                return json.load(response)
        self._socket.send(body)
        while True:
            answer = json.loads(self._socket.receive())
            if answer.get("id") == self._id:
                return answer

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
