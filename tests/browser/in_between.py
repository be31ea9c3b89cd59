"""Something between a phone and the server: it answers all that the page asks, falsely."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playwright.async_api import BrowserContext, Route, WebSocketRoute

from app.config import ASSETS

BODIES = {
    "html": ("text/html", "<!doctype html><title>Sign in</title><h1 id=knock>Sign in</h1>"),
    "empty": ("", ""),
    "json": ("application/json", '{"seat": {"role": "client"}, "room": "x", "type": "state"}'),
    "huge": ("text/html", "<p>x</p>" * 100_000),
}
HEADERS = {"hx-redirect": "/deleted", "hx-trigger": "saywhen:routine", "hx-refresh": "true"}


def addresses() -> dict[str, re.Pattern[str]]:
    """Collect every address that a template or a script asks, each with what it looks like."""
    found = set()
    for file in sorted((ASSETS / "templates").rglob("*.html")):
        found |= set(re.findall(r'data-hx-(?:get|post|put|delete)="([^"]+)"', file.read_text()))
    for file in sorted((ASSETS / "static" / "js").rglob("*.js")):
        text = file.read_text()
        is_the_one = file.name in ("ask.js", "worker.js")
        assert is_the_one or not re.search(r"\bfetch\(", text), f"{file}: use ask()"
        assert not re.search(r"XMLHttpRequest|EventSource", text), file
        found |= set(re.findall(r'\bask\(\s*["`](/[^"`]+)["`]', text))
    return {one: _pattern(one) for one in found}


def _pattern(address: str) -> re.Pattern[str]:
    path = address.partition("?")[0].replace("{{ query }}", "")
    parts = re.split(r"\{\{.*?\}\}|\$\{.*?\}", path)
    return re.compile("[^/]+".join(map(re.escape, parts)) + "$")


@dataclass
class InBetween:
    """What one phone's browser meets; `met` lists the addresses that were answered falsely."""

    known: dict[str, re.Pattern[str]] = field(default_factory=addresses)
    status: int | None = None  # None: everything gets through
    body: str = "html"
    met: set[str] = field(default_factory=set)
    sockets: list[WebSocketRoute] = field(default_factory=list)
    bodies_sent: list[str] = field(default_factory=list)

    async def stand(self, context: BrowserContext) -> None:
        """Stand before this browser; its pages themselves always come."""
        await context.route(lambda url: True, self._answer)
        await context.route_web_socket(re.compile("/live"), self._socket)

    def answers(self, status: int | None, body: str = "html") -> None:
        """From now on answer with this status; the sockets that stand are cut, new ones refused."""
        self.status, self.body = status, body

    async def cut(self) -> None:
        """Cut what stands."""
        for one in self.sockets:
            await one.close(code=3000)
        self.sockets.clear()

    async def _answer(self, route: Route) -> None:
        request = route.request
        path = re.sub(r"^https?://[^/]+", "", request.url).partition("?")[0]
        names = [name for name, pattern in self.known.items() if pattern.fullmatch(path)]
        is_page = request.is_navigation_request() and request.frame.parent_frame is None
        if self.status is None or not names or is_page:
            return await route.fallback()
        self.met |= set(names)
        self.bodies_sent.append(request.post_data or "")
        if self.status == 0:
            return await route.abort("connectionreset")
        if self.status == -1:
            return None  # never answered
        kind, text = BODIES[self.body]
        headers = HEADERS | ({"content-type": kind} if kind else {})
        if 300 <= self.status < 400 and self.status != 304:
            headers["location"] = "/help.txt"
        await route.fulfill(status=self.status, body=text, headers=headers)

    async def _socket(self, socket: WebSocketRoute) -> None:
        if self.status is not None:
            await socket.close(code=4404)
            return
        self.sockets.append(socket)
        socket.connect_to_server()
