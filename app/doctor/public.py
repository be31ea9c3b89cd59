"""Looks at the server as a phone does that comes by its public address, whatever is in between.

It starts a room, opens its live socket, and deletes it again: nothing of it stays.
"""

from __future__ import annotations

import base64
import http.client
import json
import secrets
import ssl
from typing import Any
from urllib.parse import urlsplit

from app.doctor.checks import Public

WITHIN_S = 5
MARK = "saywhen"
JSON = "application/json"


def look_at(url: str) -> Public:
    """Return how much of a phone's way works; what could not be tried is left as not known."""
    try:
        alive = _ask(url, "GET", "/healthz")
    except ssl.SSLError as e:
        return Public(url, "untrusted", why=str(e.reason or e))
    except TimeoutError:
        return Public(url, "blocked")
    except (OSError, http.client.HTTPException):
        return Public(url, "nobody")
    if MARK not in alive.headers:
        return Public(url, "other")
    try:
        return _as_a_phone(url)
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return Public(url, "ours")


def _as_a_phone(url: str) -> Public:
    body = json.dumps({"role": "client"})
    started = _ask(url, "POST", "/api/rooms", {"origin": url, "content-type": JSON}, body)
    told = json.loads(started.text)
    if started.status != 201:
        is_foreign = told.get("reason") == "foreign_origin"
        return Public(url, "ours", is_origin_known=False if is_foreign else None)
    room, token = told["room"], told["seat"]["token"]
    bearer = {"authorization": f"Bearer {token}"}
    try:
        cookie = {"cookie": f"seat_{room}_client={token}"}
        is_known = _ask(url, "GET", f"/api/rooms/{room}", cookie).status == 200
        return Public(
            url,
            "ours",
            is_origin_known=True,
            has_cookies=is_known and _would_keep(url, started.headers.get("set-cookie", "")),
            has_sockets=_ask(url, "GET", f"/api/rooms/{room}/live?v=1", _UPGRADE | bearer).status
            == 101,
        )
    finally:
        _ask(url, "DELETE", f"/api/rooms/{room}", bearer)


def _would_keep(url: str, cookie: str) -> bool:
    """Return whether a browser keeps the cookie: none keeps a Secure one from plain http."""
    is_secure = "; secure" in cookie.lower()
    return bool(cookie) and (url.startswith("https:") or not is_secure)


_UPGRADE = {
    "connection": "Upgrade",
    "upgrade": "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": base64.b64encode(secrets.token_bytes(16)).decode(),
}


class _Answer:
    def __init__(self, status: int, headers: Any, text: str) -> None:
        self.status, self.headers, self.text = status, headers, text


def _ask(
    url: str, method: str, path: str, headers: dict[str, str] | None = None, body: str | None = None
) -> _Answer:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=WITHIN_S)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        text = "" if answer.status == 101 else answer.read().decode("utf-8", "replace")
        return _Answer(answer.status, answer.headers, text)
    finally:
        connection.close()
