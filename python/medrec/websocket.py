"""The client's side of RFC 6455, as much as JSON-RPC through a door needs."""

import base64
import os
import socket
import ssl
import struct
from urllib.parse import urlsplit

from .errors import ChainError
from .primitives import be

LARGEST = 256 * 1024 * 1024
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class WebSocket:
    """One connection; texts out, texts in."""

    def __init__(self, url: str, timeout: float):
        parts = urlsplit(url)
        secure = parts.scheme == "wss"
        port = parts.port or (443 if secure else 80)
        self._socket = socket.create_connection((parts.hostname, port), timeout)
        if secure:
            context = ssl.create_default_context()
            self._socket = context.wrap_socket(self._socket, server_hostname=parts.hostname)
        self._file = self._socket.makefile("rb")
        self._shake_hands(parts)

    def _shake_hands(self, parts) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: {parts.netloc}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
        ]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        status = self._file.readline(4096)
        while self._file.readline(4096) not in (b"\r\n", b""):
            pass
        if status.split(b" ")[1:2] != [b"101"]:
            raise ChainError("This address is no door: it does not speak WebSocket.")

    def send(self, text: str) -> None:
        self._send_frame(TEXT, text.encode())

    def receive(self) -> str:
        """The next text, joined from its frames."""
        pieces, size = [], 0
        while True:
            final, kind, payload = self._frame()
            if kind == CLOSE:
                raise ConnectionError("closed by the other side")
            if kind == PING:
                self._send_frame(PONG, payload)
            elif kind < CLOSE:
                pieces.append(payload)
                size += len(payload)
                if size > LARGEST:
                    raise ConnectionError("a message of more than 256 MiB")
                if final:
                    return b"".join(pieces).decode()

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def _send_frame(self, kind: int, payload: bytes) -> None:
        size, mask = len(payload), os.urandom(4)
        if size < 126:
            length = bytes([0x80 | size])
        elif size < 1 << 16:
            length = bytes([0x80 | 126]) + be(size, 2)
        else:
            length = bytes([0x80 | 127]) + be(size, 8)
        stream = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
        masked = be(int.from_bytes(payload, "big") ^ stream, size)
        self._socket.sendall(bytes([0x80 | kind]) + length + mask + masked)

    def _frame(self) -> tuple[bool, int, bytes]:
        first, second = self._exactly(2)
        size = second & 0x7F
        if size == 126:
            (size,) = struct.unpack(">H", self._exactly(2))
        elif size == 127:
            (size,) = struct.unpack(">Q", self._exactly(8))
        if size > LARGEST:
            raise ConnectionError("a frame of more than 256 MiB")
        return first >> 7 == 1, first & 15, self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        raw = self._file.read(size)
        if len(raw) != size:
            raise ConnectionError("the connection ended")
        return raw
