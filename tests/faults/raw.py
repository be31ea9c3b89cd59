"""A websocket by hand: any bytes, in any order and speed, and it reads only when told to."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

CONTINUED, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
NO_CLOSE_FRAME = 1006
GOOD_BEAT = {"type": "beat", "n": 1, "sent_ms": 1, "visible": True, "sound": "on", "awake": True}


def frame(
    payload: bytes,
    opcode: int = TEXT,
    *,
    is_last: bool = True,
    is_masked: bool = True,
    reserved: int = 0,
    announced: int | None = None,
) -> bytes:
    """Return one frame of a client; `announced` says another length than the payload has."""
    length = len(payload) if announced is None else announced
    first = is_last << 7 | reserved << 4 | opcode
    short = length if length < 126 else 126 if length < 65_536 else 127
    longer = {126: struct.pack("!H", length & 0xFFFF), 127: struct.pack("!Q", length)}
    head = bytes([first, is_masked << 7 | short]) + longer.get(short, b"")
    return head + (b"\0\0\0\0" if is_masked else b"") + payload


def message(**fields: Any) -> bytes:
    """Return a message of the protocol as a frame."""
    return frame(json.dumps(fields).encode())


BEAT = message(**GOOD_BEAT)


async def tcp(url: str, received_bytes: int | None = None) -> socket.socket:
    """Connect, with a receive buffer of that size if one is given."""
    sock = socket.socket()
    sock.setblocking(False)
    if received_bytes is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, received_bytes)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    parts = urlsplit(url)
    try:
        await asyncio.get_running_loop().sock_connect(sock, (parts.hostname, parts.port))
    except BaseException:
        sock.close()
        raise
    return sock


def handshake(url: str, room: str, token: str) -> bytes:
    key = base64.b64encode(b"sixteen bytes...").decode()
    return (
        f"GET /api/rooms/{room}/live?v=1 HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\n"
        f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
        f"Sec-WebSocket-Version: 13\r\nAuthorization: Bearer {token}\r\n\r\n"
    ).encode()


class Raw:
    """One seat's socket. What was read and not looked at yet stands in `unread`."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.unread = b""
        self.ports = sock.getpeername()[1], sock.getsockname()[1]
        self._loop = asyncio.get_running_loop()

    @classmethod
    async def opened(cls, url: str, room: str, token: str, received: int | None = None) -> Self:
        raw = cls(await tcp(url, received))
        try:
            await raw.send(handshake(url, room, token))
            head = await raw.read_head()
            assert b" 101 " in head, head
        except BaseException:
            raw.close()
            raise
        return raw

    async def read_head(self) -> bytes:
        """Read the head of an HTTP answer; what follows it stays unread."""
        async with asyncio.timeout(10):
            while b"\r\n\r\n" not in self.unread:
                data = await self.read_some()
                if not data:
                    raise ConnectionError("closed by the server")
                self.unread += data
        head, _, self.unread = self.unread.partition(b"\r\n\r\n")
        return head

    async def send(self, data: bytes) -> None:
        await self._loop.sock_sendall(self.sock, data)

    async def read_some(self, most: int = 65_536) -> bytes:
        return await self._loop.sock_recv(self.sock, most)

    def frames(self) -> Iterator[tuple[int, bytes]]:
        """Take the whole frames, each its opcode and payload, out of what was read."""
        while len(self.unread) >= 2:
            short, at = self.unread[1] & 0x7F, 2
            if short >= 126:
                size = 2 if short == 126 else 8
                short, at = int.from_bytes(self.unread[2 : 2 + size], "big"), 2 + size
            if len(self.unread) < at + short:
                return
            opcode, payload = self.unread[0] & 0x0F, self.unread[at : at + short]
            self.unread = self.unread[at + short :]
            yield opcode, payload

    async def until(self, opcode: int, has: bytes = b"", within_s: float = 10) -> bytes:
        """Read until such a frame comes and give its payload."""
        async with asyncio.timeout(within_s):
            while True:
                for found, payload in self.frames():
                    if found == opcode and has in payload:
                        return payload
                data = await self.read_some()
                assert data, "closed by the server"
                self.unread += data

    async def until_closed(self, within_s: float = 10) -> int:
        """Read to the end and give the code of the server's close frame."""
        code = NO_CLOSE_FRAME
        async with asyncio.timeout(within_s):
            while True:
                for opcode, payload in self.frames():
                    if opcode == CLOSE and len(payload) >= 2:
                        code = int.from_bytes(payload[:2], "big")
                        await self._answer_close(payload)
                try:
                    data = await self.read_some()
                except ConnectionError:
                    return code
                if not data:
                    return code
                self.unread += data

    async def _answer_close(self, payload: bytes) -> None:
        try:
            await self.send(frame(payload, CLOSE))
        except ConnectionError:
            return  # the server has closed already

    def half_close(self) -> None:
        self.sock.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """End it as a phone does that is switched off: without a goodbye."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def close(self) -> None:
        self.sock.close()

    def at_server(self) -> tuple[str, int]:
        """Return how the kernel sees the server's end: its state (01: open) and bytes unsent."""
        for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if (int(fields[1][-4:], 16), int(fields[2][-4:], 16)) == self.ports:
                return fields[3], int(fields[4].split(":")[0], 16)
        return "gone", 0


async def start(url: str) -> tuple[str, str]:
    """Start a room and give it with the token of its client's seat."""
    (seat,) = await start_many(url, 1)
    return seat


async def start_many(url: str, count: int) -> list[tuple[str, str]]:
    # No TLS here, and reading the certificates takes longer than all the rest.
    async with httpx.AsyncClient(base_url=url, verify=False) as http:
        asked = (http.post("/api/rooms", json={"role": "client"}) for _ in range(count))
        made = [answer.json() for answer in await asyncio.gather(*asked)]
    return [(one["room"], one["seat"]["token"]) for one in made]


async def seated(url: str, received: int | None = None) -> Raw:
    """Start a room and take its client's seat."""
    return await Raw.opened(url, *await start(url), received)
